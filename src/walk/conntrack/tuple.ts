import type { Direction, Tuple } from '../../model/conntrack.ts';
import type { Address } from '../../net/address.ts';
import { GRE, hasPorts, ICMP, ICMPV6, type Packet } from '../../net/packet.ts';

export const otherDirection = (direction: Direction): Direction => (direction === 'original' ? 'reply' : 'original');

/** Requests that conntrack tracks, with the type of their answers, and back. */
const ICMP_ANSWER: Readonly<Record<number, number>> = { 8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17 };
const ICMPV6_ANSWER: Readonly<Record<number, number>> = { 128: 129, 129: 128, 139: 140, 140: 139 };

export function answerType(protocol: number, type: number): number | undefined {
  return (protocol === ICMP ? ICMP_ANSWER : ICMPV6_ANSWER)[type];
}

/** All tuples of a walk have the same fields. */
export const tuple = (
  saddr: Address,
  daddr: Address,
  protocol: number,
  sport: number | undefined,
  dport: number | undefined,
  icmp: Tuple['icmp'],
): Tuple => ({ saddr, daddr, protocol, sport, dport, icmp });

/** Of a whole packet. An ICMP id that nobody told counts as 0, and so do the keys of GRE (PPTP alone has others). */
export function tupleOf(packet: Packet): Tuple {
  const { saddr, daddr, protocol } = packet;
  if (packet.icmp && (protocol === ICMP || protocol === ICMPV6)) {
    const { type, code, id = 0 } = packet.icmp;
    return tuple(saddr, daddr, protocol, undefined, undefined, { type, code, id });
  }
  if (protocol === GRE) return tuple(saddr, daddr, protocol, 0, 0, undefined);
  if (hasPorts(protocol)) return tuple(saddr, daddr, protocol, packet.sport ?? 0, packet.dport ?? 0, undefined);
  return tuple(saddr, daddr, protocol, undefined, undefined, undefined);
}

/** The tuple that an answer has; undefined for ICMP messages that nothing answers (nf_ct_invert_tuple). */
export function invert({ saddr, daddr, protocol, sport, dport, icmp }: Tuple): Tuple | undefined {
  if (!icmp) return tuple(daddr, saddr, protocol, dport, sport, undefined);
  const type = answerType(protocol, icmp.type);
  return type === undefined ? undefined : tuple(daddr, saddr, protocol, undefined, undefined, { ...icmp, type });
}

/** Whether `invert` finds one. */
export const hasAnswer = ({ icmp, protocol }: Tuple): boolean =>
  icmp === undefined || answerType(protocol, icmp.type) !== undefined;

/** One string a tuple and zone: the hash table's key. */
export function keyOf(tuple: Tuple, zone: number): string {
  const { icmp } = tuple;
  const ports = icmp ? `${icmp.type}.${icmp.code}.${icmp.id}` : `${tuple.sport ?? ''}>${tuple.dport ?? ''}`;
  const family = typeof tuple.saddr === 'number' ? 4 : 6;
  return `${family}|${tuple.protocol}|${tuple.saddr}|${tuple.daddr}|${ports}|${zone}`;
}

/** What nf_nat_bysource hashes: a source address with its port or ICMP id. */
export const sourceKey = (tuple: Tuple): string =>
  `${tuple.protocol}|${tuple.saddr}|${tuple.icmp ? tuple.icmp.id : (tuple.sport ?? '')}`;

export const sameTuple = (a: Tuple, b: Tuple): boolean =>
  a.saddr === b.saddr &&
  a.daddr === b.daddr &&
  a.protocol === b.protocol &&
  a.sport === b.sport &&
  a.dport === b.dport &&
  a.icmp?.type === b.icmp?.type &&
  a.icmp?.code === b.icmp?.code &&
  a.icmp?.id === b.icmp?.id;
