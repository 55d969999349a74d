import type { Tuple } from '../../model/conntrack.ts';
import type { NatRange } from '../../model/effect.ts';
import type { Address } from '../../net/address.ts';
import { jhash2, reciprocalScale, swap32 } from '../../net/jhash.ts';
import { hasPorts, ICMP, ICMPV6 } from '../../net/packet.ts';
import { tuple } from '../conntrack/tuple.ts';
import type { Decide } from '../decide.ts';
import type { RulePosition } from '../trace.ts';
import type { Occupancy } from './occupancy.ts';

export type Manip = 'source' | 'destination';

/** To one address, with the ports and flags of a range. */
export const exactly = (address: Address, range: NatRange = ANY): NatRange => ({
  minAddress: address,
  maxAddress: address,
  minPort: range.minPort,
  maxPort: range.maxPort,
  basePort: range.basePort,
  random: range.random,
  fullyRandom: range.fullyRandom,
  persistent: range.persistent,
});

const ANY: NatRange = {};

/** The port or ICMP id that a manip writes; undefined for protocols without. */
export function partOf(tuple: Tuple, manip: Manip): number | undefined {
  if (tuple.icmp) return tuple.icmp.id;
  return manip === 'source' ? tuple.sport : tuple.dport;
}

export function withPart({ saddr, daddr, protocol, sport, dport, icmp }: Tuple, manip: Manip, part: number): Tuple {
  if (icmp) return tuple(saddr, daddr, protocol, sport, dport, { ...icmp, id: part });
  return manip === 'source'
    ? tuple(saddr, daddr, protocol, part, dport, icmp)
    : tuple(saddr, daddr, protocol, sport, part, icmp);
}

const addressOf = (tuple: Tuple, manip: Manip): Address => (manip === 'source' ? tuple.saddr : tuple.daddr);

const withAddress = ({ saddr, daddr, protocol, sport, dport, icmp }: Tuple, manip: Manip, address: Address): Tuple =>
  manip === 'source'
    ? tuple(address, daddr, protocol, sport, dport, icmp)
    : tuple(saddr, address, protocol, sport, dport, icmp);

export interface Selection {
  readonly original: Tuple;
  readonly range: NatRange;
  readonly manip: Manip;
  readonly zone: number;
  readonly at: RulePosition | undefined;
  readonly decide: Decide;
  readonly occupancy: Occupancy;
}

const inPorts = (part: number, { minPort, maxPort }: NatRange): boolean =>
  minPort === undefined || (part >= minPort && part <= (maxPort ?? minPort));

function inRange(tuple: Tuple, range: NatRange): boolean {
  const address = addressOf(tuple, 'source');
  if (range.minAddress !== undefined && range.maxAddress !== undefined)
    if (address < range.minAddress || address > range.maxAddress) return false;
  const part = partOf(tuple, 'source');
  return part === undefined || inPorts(part, range);
}

/** The translated tuple, chosen as get_unique_tuple does (net/netfilter/nf_nat_core.c). It may be taken all the same. */
export function uniqueTuple(selection: Selection): Tuple {
  const { original, range, manip, occupancy } = selection;
  const random = range.random === true || range.fullyRandom === true;
  if (manip === 'source' && !random) {
    if (inRange(original, range)) {
      if (!occupancy.usedUnchanged(original)) return original;
    } else {
      const mapped = occupancy.mappedSources(original).find(tuple => inRange(tuple, range));
      if (mapped && !occupancy.used(mapped)) return mapped;
    }
  }
  const tuple = withAddress(original, manip, bestAddress(selection));
  const part = partOf(tuple, manip);
  if (!random) {
    if (range.minPort === undefined) {
      if (!occupancy.used(tuple)) return tuple;
    } else if (range.basePort === undefined && part !== undefined && inPorts(part, range)) {
      if (range.minPort === (range.maxPort ?? range.minPort) || !occupancy.used(tuple)) return tuple;
    }
  }
  return freePart(selection, tuple, random);
}

/** An address as the words of its memory, of 32 bits each, the first first. */
const wordsOf = (address: Address): readonly number[] =>
  typeof address === 'number' ? [address] : [96n, 64n, 32n, 0n].map(shift => Number((address >> shift) & 0xffffffffn));

/**
 * find_best_ips_proto: one of a range by a hash of the source and, unless persistent, the destination. It has no secret,
 * but depends on the order of bytes: taken is the little end first.
 */
function bestAddress({ original, range, manip, zone }: Selection): Address {
  const { minAddress: min, maxAddress: max, persistent = false } = range;
  if (min === undefined) return addressOf(original, manip);
  if (max === undefined || min === max) return min;
  const destination = wordsOf(original.daddr).map(swap32);
  const source = [...wordsOf(original.saddr).map(swap32), 0, 0, 0].slice(0, 4);
  let hash = jhash2(source, persistent ? 0 : ((destination.at(-1) ?? 0) ^ zone) >>> 0);
  const highest = wordsOf(max);
  let full = false;
  const chosen = wordsOf(min).map((lowest, i) => {
    const top = highest[i] ?? 0;
    const count = full ? 0xffffffff : (top - lowest + 1) >>> 0;
    const word = ((full ? 0 : lowest) + reciprocalScale(hash, count)) >>> 0;
    if (word !== top) full = true;
    // The destination's words are overwritten one by one where they are what is chosen.
    if (!persistent) hash = (hash ^ (manip === 'destination' ? swap32(word) : (destination[i] ?? 0))) >>> 0;
    return word;
  });
  return typeof min === 'number'
    ? (chosen[0] ?? min)
    : chosen.reduce((address, word) => (address << 32n) | BigInt(word), 0n);
}

/** NF_NAT_MAX_ATTEMPTS, and the size of the last window of tries. */
const MOST_TRIES = 128;
const FEWEST_TRIES = 16;

/** nf_nat_l4proto_unique_tuple: the classes of source ports, offsets of a base port, and chance. */
function freePart(selection: Selection, tuple: Tuple, random: boolean): Tuple {
  const { range, manip, at, decide, occupancy } = selection;
  const part = partOf(tuple, manip);
  if (part === undefined || !(hasPorts(tuple.protocol) || tuple.protocol === ICMP || tuple.protocol === ICMPV6))
    return tuple;
  const low = lowest(range, manip, part, tuple.icmp !== undefined);
  if (low === undefined) return tuple;
  const high = highest(range, part, tuple.icmp !== undefined);
  const size = high - low + 1;
  let byChance = range.basePort === undefined && (random || manip === 'source');
  let offset = byChance
    ? decide.choose({ kind: 'port', low, high, at })
    : range.basePort === undefined
      ? 0
      : part - range.basePort;
  for (let tries = Math.min(size, MOST_TRIES); ; tries = tries >> 1) {
    for (let i = 0; i < tries; i++) {
      const candidate = withPart(tuple, manip, low + (((offset + i) & 0xffff) % size));
      if (!occupancy.usedHarder(candidate, tries - i)) return candidate;
    }
    // The kernel goes on with the last one it tried; from an offset by chance that is any of them.
    const last = byChance ? offset : offset + tries - 1;
    if (tries >= size || tries < FEWEST_TRIES) return withPart(tuple, manip, low + ((last & 0xffff) % size));
    byChance = true;
    offset = decide.choose({ kind: 'port', low, high, at });
  }
}

/** Undefined: there is no other part to choose. */
function lowest(
  { minPort, maxPort = minPort }: NatRange,
  manip: Manip,
  part: number,
  icmp: boolean,
): number | undefined {
  if (minPort !== undefined && maxPort !== undefined) return Math.min(minPort, maxPort);
  if (icmp) return 0;
  if (manip === 'destination') return undefined;
  if (part < 512) return 1;
  return part < 1024 ? 600 : 1024;
}

function highest({ minPort, maxPort = minPort }: NatRange, part: number, icmp: boolean): number {
  if (minPort !== undefined && maxPort !== undefined) return Math.max(minPort, maxPort);
  if (icmp) return 65535;
  if (part < 512) return 511;
  return part < 1024 ? 1023 : 65535;
}
