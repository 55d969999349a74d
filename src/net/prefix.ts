import { type Address, bitsOf, type Family, familyOf, formatAddress, formatIpv4, parseAddress } from './address.ts';

/** An address and a mask of one family. Netfilter allows masks with holes (`10.0.12.0/255.0.12.0`). */
export type Prefix =
  | { readonly family: 'ip'; readonly address: number; readonly mask: number }
  | { readonly family: 'ip6'; readonly address: bigint; readonly mask: bigint };

const ALL6 = (1n << 128n) - 1n;

export function maskOf(family: 'ip', length: number): number;
export function maskOf(family: 'ip6', length: number): bigint;
export function maskOf(family: Family, length: number): Address;
export function maskOf(family: Family, length: number): Address {
  if (family === 'ip') return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  return (ALL6 << BigInt(128 - length)) & ALL6;
}

/** Builds a prefix; host bits are kept as given (iptables cuts them, `ip addr` does not). Length in bits. */
export function prefixOf(address: Address, length?: number): Prefix {
  const bits = length ?? bitsOf(familyOf(address));
  return typeof address === 'number'
    ? { family: 'ip', address, mask: maskOf('ip', bits) }
    : { family: 'ip6', address, mask: maskOf('ip6', bits) };
}

/** `10.0.0.0/8`, `10.0.12.0/255.0.12.0`, `fd00::/8`, or a bare address; undefined for anything else. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash < 0) return prefixOf(address);
  const suffix = text.slice(slash + 1);
  if (/^\d{1,3}$/.test(suffix)) {
    const length = Number(suffix);
    return length <= bitsOf(familyOf(address)) ? prefixOf(address, length) : undefined;
  }
  const mask = parseAddress(suffix);
  if (typeof address === 'number') return typeof mask === 'number' ? { family: 'ip', address, mask } : undefined;
  return typeof mask === 'bigint' ? { family: 'ip6', address, mask } : undefined;
}

/** The same prefix with its host bits cleared. */
export function networkOf(prefix: Prefix): Prefix {
  return prefix.family === 'ip'
    ? { family: 'ip', address: (prefix.address & prefix.mask) >>> 0, mask: prefix.mask }
    : { family: 'ip6', address: prefix.address & prefix.mask, mask: prefix.mask };
}

/** An address of the other family is in no prefix. */
export function contains(prefix: Prefix, address: Address): boolean {
  if (prefix.family === 'ip') return typeof address === 'number' && ((address ^ prefix.address) & prefix.mask) === 0;
  return typeof address === 'bigint' && ((address ^ prefix.address) & prefix.mask) === 0n;
}

/** The number of leading one bits, or undefined for a mask with holes. */
export function prefixLength(prefix: Prefix): number | undefined {
  if (prefix.family === 'ip') {
    const length = Math.clz32(~prefix.mask);
    return maskOf('ip', length) === prefix.mask ? length : undefined;
  }
  let length = 0;
  for (let rest = prefix.mask; length < 128 && (rest >> 127n) & 1n; rest = (rest << 1n) & ALL6) length++;
  return maskOf('ip6', length) === prefix.mask ? length : undefined;
}

/** As iptables-save prints it: always with its length, or the mask where that has holes. */
export function formatPrefix(prefix: Prefix): string {
  const length = prefixLength(prefix);
  const mask = prefix.family === 'ip' ? formatIpv4(prefix.mask) : formatAddress(prefix.mask);
  return `${formatAddress(prefix.address)}/${length ?? mask}`;
}
