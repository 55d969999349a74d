import type { Unknown } from '../../model/truth.ts';
import { type Address, bitsOf, familyOf } from '../../net/address.ts';
import { maskOf } from '../../net/prefix.ts';
import { indexKey, masked, type Part, type Parts } from './element.ts';
import type { Entry, Members } from './members.ts';

/** `nomatch`: the most specific element that fits carries that flag. */
export type Found = { readonly kind: 'hit' | 'nomatch'; readonly entry: Entry } | { readonly kind: 'miss' } | Unknown;

/** Whether an element that fits counts: its counters are compared here. */
export type Accepts = (entry: Entry) => boolean | Unknown;

const MISS = { kind: 'miss' } as const;

/**
 * The kernel's lookup (ip_set_hash_gen.h mtype_test): where every net is a host, all prefix lengths in the set are
 * tried, longest first, those of the first net before those of the second; else the very element.
 */
export function search(members: Members, parts: Parts, accepts: Accepts): Found {
  const { type } = members;
  const nets = parts.filter(part => part.dimension === 'net');
  const [first, second] = nets;
  if (!first || nets.some(net => net.length !== bitsOf(familyOf(net.address))))
    return among(members.find(indexKey(type, parts)), parts, accepts) ?? MISS;
  // hash_netnet6_kadt refuses `::` as the first address.
  if (type.name === 'hash:net,net' && first.address === 0n) return MISS;
  const [outer = [], inner = []] = members.lengths;
  for (const length of outer) {
    for (const length2 of second ? inner : [0]) {
      const entries = members.find(indexKey(type, cut(parts, length, length2)));
      const found = among(entries, parts, accepts);
      if (found) return found;
    }
  }
  return MISS;
}

/** Undefined: look on among shorter prefixes. */
function among(entries: readonly Entry[], parts: Parts, accepts: Accepts): Found | undefined {
  const last = parts[1];
  // Of a net stored with other interfaces only, the kernel tries no shorter prefix (`multi` in mtype_test_cidrs).
  let stop: Found | undefined;
  for (const entry of entries) {
    if (last?.dimension === 'iface') {
      if (entry.iface?.physdev !== last.physdev) continue;
      stop = MISS;
      if (!sameInterface(entry, last.name)) continue;
    }
    if (last?.dimension === 'mac' || entry.mac !== undefined) {
      if (last?.dimension !== 'mac' || entry.mac === undefined) return { kind: 'hit', entry };
      if (entry.mac !== last.mac) continue;
    }
    const accepted = accepts(entry);
    if (accepted === true) return { kind: entry.element.nomatch ? 'nomatch' : 'hit', entry };
    if (accepted !== false) return accepted;
    stop = undefined;
  }
  return stop;
}

/** A wildcard stands for all names that begin with it. */
export function sameInterface(entry: Entry, name: string): boolean {
  if (!entry.iface) return false;
  return entry.iface.wildcard ? name.startsWith(entry.iface.name) : name === entry.iface.name;
}

const toLength = (address: Address, length: number): Address => masked(address, maskOf(familyOf(address), length));

/** The parts with their nets cut to the two lengths. */
export function cut(parts: Parts, ...lengths: readonly (number | undefined)[]): Parts {
  let net = 0;
  return parts.map((part): Part => {
    if (part.dimension !== 'net') return part;
    const length = lengths[net++] ?? part.length;
    return { dimension: 'net', address: toLength(part.address, length), length };
  });
}
