import type { Tuple } from '../../model/conntrack.ts';
import type { NatRange } from '../../model/effect.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import { jhash2, reciprocalScale, swap32 } from '../../net/jhash.ts';
import { hasPorts, ICMP, ICMPV6 } from '../../net/packet.ts';
import { tuple } from '../conntrack/tuple.ts';
import type { Decide } from '../decide.ts';
import type { RulePosition } from '../trace.ts';

export type Manip = 'source' | 'destination';

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
  /** Another connection's answers would have this tuple's inverse. */
  taken(tuple: Tuple): boolean;
  /** The mapping of another connection from the same source, as a tuple with that source. */
  mappedSources(): readonly Tuple[];
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

/** The translated tuple, chosen as get_unique_tuple does (net/netfilter/nf_nat_core.c); undefined: no port is free. */
export function uniqueTuple(selection: Selection): Tuple | undefined {
  const { original, range, manip } = selection;
  const random = range.random === true || range.fullyRandom === true;
  if (manip === 'source' && !random) {
    if (inRange(original, range)) {
      if (!selection.taken(original)) return original;
    } else {
      const mapped = selection.mappedSources().find(tuple => inRange(tuple, range) && !selection.taken(tuple));
      if (mapped) return mapped;
    }
  }
  const tuple = withAddress(original, manip, bestAddress(selection));
  const part = partOf(tuple, manip);
  if (!random) {
    if (range.minPort === undefined) {
      if (!selection.taken(tuple)) return tuple;
    } else if (range.basePort === undefined && part !== undefined && inPorts(part, range)) {
      if (range.minPort === (range.maxPort ?? range.minPort) || !selection.taken(tuple)) return tuple;
    }
  }
  return freePart(selection, tuple, random);
}

/** find_best_ips_proto: one of a range by a hash of the source and, unless persistent, the destination. */
function bestAddress({ original, range, manip, zone, decide }: Selection): Address {
  const { minAddress: min, maxAddress: max, persistent } = range;
  if (min === undefined) return addressOf(original, manip);
  if (max === undefined || min === max) return min;
  if (typeof min === 'number' && typeof max === 'number') {
    const source = typeof original.saddr === 'number' ? original.saddr : 0;
    const destination = typeof original.daddr === 'number' ? original.daddr : 0;
    const hash = jhash2([swap32(source), 0, 0, 0], persistent ? 0 : (swap32(destination) ^ zone) >>> 0);
    return min + reciprocalScale(hash, max - min + 1);
  }
  return oneOf(decide, BigInt(min), BigInt(max));
}

/** Which IPv6 address of a range the kernel's hash takes is not modelled: each is as likely as the others. */
function oneOf(decide: Decide, min: bigint, max: bigint): bigint {
  const count = max - min < 255n ? Number(max - min) + 1 : 256;
  const labels = Array.from({ length: count }, (_, i) => formatAddress(min + BigInt(i)));
  return min + BigInt(decide.choose({ kind: 'nexthop', labels, weights: labels.map(() => 1) }));
}

/** nf_nat_l4proto_unique_tuple: the classes of source ports, offsets of a base port, and chance. */
function freePart(selection: Selection, tuple: Tuple, random: boolean): Tuple | undefined {
  const { range, manip, at, decide } = selection;
  const part = partOf(tuple, manip);
  if (part === undefined || !(hasPorts(tuple.protocol) || tuple.protocol === ICMP || tuple.protocol === ICMPV6))
    return tuple;
  const [low, high] = partBounds(range, manip, part, tuple.icmp !== undefined);
  if (low === undefined) return tuple;
  const size = high - low + 1;
  if (range.basePort !== undefined || (!random && manip === 'destination')) {
    const first = range.basePort === undefined ? 0 : part - range.basePort;
    for (let i = 0; i < size; i++) {
      const candidate = withPart(tuple, manip, low + (((((first + i) % 65536) + 65536) % 65536) % size));
      if (!selection.taken(candidate)) return candidate;
    }
    return undefined;
  }
  const chosen = withPart(tuple, manip, low + decide.choose({ kind: 'port', low, high, at }));
  if (!selection.taken(chosen)) return chosen;
  for (let port = low; port <= high; port++) {
    const candidate = withPart(tuple, manip, port);
    if (!selection.taken(candidate)) return candidate;
  }
  return undefined;
}

function partBounds(range: NatRange, manip: Manip, part: number, icmp: boolean): [number | undefined, number] {
  if (range.minPort !== undefined) {
    const max = range.maxPort ?? range.minPort;
    return [Math.min(range.minPort, max), Math.max(range.minPort, max)];
  }
  if (icmp) return [0, 65535];
  if (manip === 'destination') return [undefined, 0];
  if (part < 512) return [1, 511];
  return part < 1024 ? [600, 1023] : [1024, 65535];
}
