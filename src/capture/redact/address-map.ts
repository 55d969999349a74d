import { type Address, bitsOf, familyOf, formatAddress, parseAddress } from '../../net/address.ts';
import { BitMap, prefixKey } from './bit-map.ts';

/** Networks, ranges and so on that the files speak of, gathered before anything is mapped. */
export interface Structure {
  readonly networks: readonly { readonly address: Address; readonly length: number }[];
  /** From the first to the last address. */
  readonly ranges: readonly { readonly first: Address; readonly last: Address }[];
  /** Networks whose addresses are numbered the same in another one (NETMAP). */
  readonly numbered: readonly { readonly address: Address; readonly length: number }[];
}

/** Blocks with a meaning of their own: what is in them stays in them. */
const SPECIAL = [
  ...['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'],
  ...['fc00::/7', '2001::/32', '2002::/16'],
];
/** Blocks in which nothing changes: loopback, link-local, multicast, and what looks like an address and is a mask. */
const KEPT = [...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'], ...['::/8', 'ff00::/8']];
const LINK_LOCAL = ['fe80::/64'];

/** IPv6 addresses that hold one of IPv4 in their last 32 bits: mapped ones, and NAT64's well-known prefix. */
const EMBEDDING = new Set([0xffffn, 0x0064ff9b0000000000000000n]);

/** Maps addresses of all kinds consistently. The same key and structure give the same map. */
export class AddressMap {
  private readonly v4: BitMap;
  private readonly v6: BitMap;
  private readonly macs: BitMap;
  /** Lengths between 64 and 128, in which an interface id is no longer one. */
  private readonly long: ReadonlySet<string>;

  constructor(key: Uint8Array, structure: Structure) {
    const keys = (family: 'ip' | 'ip6', list: Structure['networks']) =>
      new Set(
        list
          .filter(({ address, length }) => familyOf(address) === family && length < bitsOf(family))
          .map(({ address, length }) => prefixKey(BigInt(address), length, bitsOf(family))),
      );
    const common = structure.ranges.map(({ first, last }) => ({ address: first, length: commonLength(first, last) }));
    const fixed = (family: 'ip' | 'ip6') => {
      const special = [...SPECIAL, ...KEPT, ...LINK_LOCAL]
        .map(parseBlock)
        .filter(({ address }) => familyOf(address) === family);
      const kept = KEPT.map(parseBlock);
      return {
        bits: bitsOf(family),
        prefixes: new Set(special.flatMap(({ address, length }) => pathTo(BigInt(address), length, bitsOf(family)))),
        whole: keys(family, [...kept, ...common, ...structure.numbered]),
        networks: keys(family, structure.networks),
      };
    };
    this.v4 = new BitMap(key, fixed('ip'));
    this.v6 = new BitMap(key, fixed('ip6'));
    const first = Array.from({ length: 256 }, (_, byte) => BigInt(byte) << 40n);
    this.macs = new BitMap(key, {
      bits: 48,
      prefixes: new Set(first.flatMap(value => pathTo(value, 8, 48))),
      whole: new Set(),
      networks: new Set(),
    });
    this.long = new Set(
      [...structure.networks, ...common]
        .filter(({ address, length }) => familyOf(address) === 'ip6' && length > 64 && length < 128)
        .map(({ address }) => (BigInt(address) >> 64n).toString(16)),
    );
  }

  address(address: Address): Address {
    if (typeof address === 'number') return Number(this.v4.map(BigInt(address)));
    const above = address >> 32n;
    if (EMBEDDING.has(above)) return (above << 32n) | this.v4.map(address & 0xffffffffn);
    if (((address >> 24n) & 0xffffn) === 0xfffen && !this.long.has((address >> 64n).toString(16)))
      return (this.v6.map(address) & ~0xffffffffffffffffn) | this.interfaceId(address & 0xffffffffffffffffn);
    return this.v6.map(address);
  }

  /** An interface id made of a MAC (RFC 4291) is made of the mapped one afterwards. */
  private interfaceId(id: bigint): bigint {
    const local = 1n << 57n;
    const mac = this.mac((((id ^ local) >> 40n) << 24n) | (id & 0xffffffn));
    return (((mac >> 24n) << 40n) | (0xfffen << 24n) | (mac & 0xffffffn)) ^ local;
  }

  /** Of 48 bits. The first byte is kept: it tells group and local addresses. Groups are kept whole. */
  mac(mac: bigint): bigint {
    if (mac === 0n || (mac >> 40n) & 1n) return mac;
    return this.macs.map(mac);
  }
}

function parseBlock(text: string): { address: Address; length: number } {
  const [address = '', length] = text.split('/');
  return { address: parseAddress(address) ?? 0, length: Number(length) };
}

/** Each prefix that comes before this one. */
const pathTo = (value: bigint, length: number, bits: number): string[] =>
  Array.from({ length }, (_, depth) => prefixKey(value, depth, bits));

function commonLength(first: Address, last: Address): number {
  const bits = bitsOf(familyOf(first));
  const difference = BigInt(first) ^ BigInt(last);
  return difference === 0n ? bits : bits - difference.toString(2).length;
}

/** As it was written: all eight groups in full, where they were. */
export function formatLike(address: Address, like: string): string {
  if (typeof address === 'number' || !/^[0-9a-f]{4}(?::[0-9a-f]{4}){7}$/i.test(like)) return formatAddress(address);
  return address
    .toString(16)
    .padStart(32, '0')
    .replace(/.{4}(?=.)/g, '$&:');
}
