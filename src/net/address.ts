/** An IPv4 address, as an unsigned 32 bit number in host order. */
export type Ipv4 = number;
/** An IPv6 address, as an unsigned 128 bit bigint. */
export type Ipv6 = bigint;
/** The JavaScript type tells the family: two addresses of one family are equal when `===` says so. */
export type Address = Ipv4 | Ipv6;
export type Family = 'ip' | 'ip6';

export const familyOf = (address: Address): Family => (typeof address === 'number' ? 'ip' : 'ip6');
export const bitsOf = (family: Family): 32 | 128 => (family === 'ip' ? 32 : 128);

/** Dotted quad, four decimal octets without leading signs; undefined for anything else. */
export function parseIpv4(text: string): Ipv4 | undefined {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (octet < 0 || ++dots > 3) return undefined;
      value = value * 256 + octet;
      octet = -1;
    } else if (code >= 48 && code <= 57) {
      octet = octet < 0 ? code - 48 : octet * 10 + code - 48;
      if (octet > 255) return undefined;
    } else return undefined;
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : undefined;
}

/** RFC 4291 text, with an embedded dotted quad where there is one; a zone (`%eth0`) is not part of an address. */
export function parseIpv6(text: string): Ipv6 | undefined {
  if (text.length < 2 || text.length > 45 || !text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '');
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  let value = 0n;
  for (const group of [...head, ...new Array<number>(Math.max(missing, 0)).fill(0), ...tail])
    value = (value << 16n) | BigInt(group);
  return value;
}

function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const out: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) out.push(Number.parseInt(part, 16));
    else if (i === parts.length - 1 && part.includes('.')) {
      const quad = parseIpv4(part);
      if (quad === undefined) return undefined;
      out.push(quad >>> 16, quad & 0xffff);
    } else return undefined;
  }
  return out;
}

export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** RFC 5952, and the dotted quad where glibc's inet_ntop prints one (IPv4-mapped and -compatible). */
export function formatIpv6(address: Ipv6): string {
  const group = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(112 - 16 * i)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && group[i + length] === 0) length++;
    if (length > best.length) best = { start: i, length };
    i += length;
  }
  const mapped = address >> 32n === 0xffffn || (best.start === 0 && best.length === 6);
  const hex = (from: number, to: number) =>
    group
      .slice(from, to)
      .map(g => g.toString(16))
      .join(':');
  if (mapped) return `${address >> 32n === 0xffffn ? '::ffff:' : '::'}${formatIpv4(Number(address & 0xffffffffn))}`;
  if (best.start < 0) return hex(0, 8);
  return `${hex(0, best.start)}::${hex(best.start + best.length, 8)}`;
}

export function formatAddress(address: Address): string {
  return typeof address === 'number' ? formatIpv4(address) : formatIpv6(address);
}

/** `10.0.0.1:80` and `[fd00::1]:80`; the address alone where there is no port. */
export function formatEndpoint(address: Address, port?: number): string {
  if (port === undefined) return formatAddress(address);
  return typeof address === 'number' ? `${formatIpv4(address)}:${port}` : `[${formatIpv6(address)}]:${port}`;
}
