import type { CtState, Direction, Tuple } from '../../model/conntrack.ts';
import { ICMP, ICMPV6, isIcmpError, type Packet, SCTP, TCP, UDP, UDPLITE } from '../../net/packet.ts';
import {
  type Connection,
  DEFAULT_ZONE,
  has,
  newConnection,
  STATUS,
  type Tracked,
  type Zone,
  zoneIn,
} from './connection.ts';
import { nextSctpState } from './sctp.ts';
import type { ConntrackTable, Found } from './table.ts';
import { kindOf, nextState, validFlags } from './tcp.ts';
import { invert, tupleOf } from './tuple.ts';

/** What the raw table left for conntrack to use (nf_conntrack's template). */
export interface Template {
  readonly zone: Zone;
  readonly helper: string | undefined;
}

export interface TrackOptions {
  readonly hook: 'prerouting' | 'output';
  readonly sysctl: (name: string) => string | undefined;
  readonly template: Template | undefined;
  readonly assume: CtState | undefined;
}

export type TrackResult = Tracked | 'invalid' | 'untracked';

/** Nothing follows: nf_conntrack_in finds no transport header. */
const NO_NEXT_HEADER = 59;

/** Neighbour discovery and multicast listener messages are not tracked (nf_conntrack_proto_icmpv6.c noct_valid_new). */
const UNTRACKED6 = new Set([130, 131, 132, 133, 134, 135, 136, 143]);

/** Protocols whose checksum conntrack looks at. */
const CHECKED = new Set([ICMP, TCP, UDP, ICMPV6, SCTP, UDPLITE]);

/** Finds or begins the packet's connection, as nf_conntrack_in does; a begun one is not in the table yet. */
export function track(packet: Packet, table: ConntrackTable, options: TrackOptions): TrackResult {
  if (packet.protocol === ICMPV6 && packet.icmp && UNTRACKED6.has(packet.icmp.type)) return 'untracked';
  if (options.assume === 'invalid' || options.assume === 'untracked') return options.assume;
  if (
    packet.badChecksum &&
    CHECKED.has(packet.protocol) &&
    options.hook === 'prerouting' &&
    options.sysctl('net.netfilter.nf_conntrack_checksum') !== '0'
  )
    return 'invalid';
  if (packet.family === 'ip6' && packet.protocol === NO_NEXT_HEADER) return 'invalid';
  const zone = options.template?.zone ?? DEFAULT_ZONE;
  if (isIcmpError(packet)) return trackError(packet, table, zone);
  if (packet.protocol === ICMP && packet.icmp && packet.icmp.type > 18) return 'invalid';
  return trackFlow(packet, table, zone, options);
}

function trackError(packet: Packet, table: ConntrackTable, zone: Zone): TrackResult {
  const { inner } = packet;
  const tuple = inner && invert(tupleOf(inner));
  if (!inner || !tuple) return 'invalid';
  const found = lookup(tuple, table, zone);
  if (!found) return 'invalid';
  if (packet.daddr !== inner.saddr) return 'invalid';
  return { connection: found.connection, state: 'related', direction: found.direction };
}

function trackFlow(packet: Packet, table: ConntrackTable, zone: Zone, options: TrackOptions): TrackResult {
  const found = lookup(tupleOf(packet), table, zone);
  if (!found) return begin(packet, table, zone, options);
  const { connection, direction } = found;
  const answered = has(connection, STATUS.SEEN_REPLY);
  const state =
    direction === 'reply' || answered ? 'established' : has(connection, STATUS.EXPECTED) ? 'related' : 'new';
  if (packet.protocol === TCP && packet.tcp) {
    const verdict = advanceTcp(connection, direction, packet.tcp.flags, table);
    if (verdict === 'invalid') return 'invalid';
    if (verdict === 'again') return begin(packet, table, zone, options);
  }
  if (packet.protocol === SCTP && packet.sctp && !advanceSctp(connection, direction, packet.sctp.chunks))
    return 'invalid';
  // nf_conntrack_udplite_packet: assured by the first packet after an answer; UDP wants two seconds as well.
  if (packet.protocol === UDPLITE && answered) connection.status |= STATUS.ASSURED;
  if (direction === 'reply') connection.status |= STATUS.SEEN_REPLY;
  return { connection, state, direction };
}

/** A connection is found in a direction by the zone that both have in that direction. */
function lookup(tuple: Tuple, table: ConntrackTable, zone: Zone): Found | undefined {
  for (const direction of ['original', 'reply'] as const) {
    const id = zoneIn(zone, direction);
    const found = table.find(tuple, id);
    if (found && zoneIn(zone, found.direction) === id) return found;
    if (zone.direction === 'both') break;
  }
  return undefined;
}

/**
 * Chunks that a packet without a connection may have (measured on Linux 6.18): INIT, INIT ACK, HEARTBEAT and its ACK,
 * SHUTDOWN and its ACK, ERROR, COOKIE ECHO; with a verification tag HEARTBEAT, its ACK and SHUTDOWN ACK.
 */
const SCTP_BEGINS = new Set([1, 2, 4, 5, 7, 8, 9, 10]);
const SCTP_BEGINS_TAGGED = new Set([4, 5, 8]);

/** A packet without a connection begins one, unless it is of a kind that cannot. */
function begin(packet: Packet, table: ConntrackTable, zone: Zone, options: TrackOptions): TrackResult {
  const tuple = tupleOf(packet);
  const reply = invert(tuple);
  if (!reply) return 'invalid';
  const { icmp, tcp, protocol } = packet;
  if (icmp && protocol === ICMP && ![8, 13, 15, 17].includes(icmp.type)) return 'invalid';
  if (icmp && protocol === ICMPV6 && ![128, 139].includes(icmp.type)) return 'invalid';
  const connection = newConnection(packet.family, tuple, reply, zone);
  if (protocol === TCP && tcp) {
    if (!validFlags(tcp.flags)) return 'invalid';
    const kind = kindOf(tcp.flags);
    const state = nextState('original', kind, 'NONE');
    if (state === 'invalid' || state === 'ignore') return 'invalid';
    if (kind === 'ack' && options.sysctl('net.netfilter.nf_conntrack_tcp_loose') === '0') return 'invalid';
    connection.tcp = state;
  }
  if (protocol === SCTP && packet.sctp) {
    const begins = packet.sctp.tag ? SCTP_BEGINS_TAGGED : SCTP_BEGINS;
    if (!packet.sctp.chunks.every(chunk => begins.has(chunk))) return 'invalid';
    advanceSctp(connection, 'original', packet.sctp.chunks);
  }
  const expected = table.meet(tuple, zoneIn(zone, 'original'));
  if (expected) {
    connection.status |= STATUS.EXPECTED;
    connection.mark = expected.mark;
    return { connection, state: 'related', direction: 'original', expected };
  }
  if (options.template?.helper !== undefined) {
    connection.helper = options.template.helper;
    connection.status |= STATUS.HELPER;
  }
  const { assume } = options;
  if (assume === 'established' || assume === 'related') return { connection, state: assume, direction: 'original' };
  return { connection, state: 'new', direction: 'original' };
}

/** The state machine of TCP; sequence numbers are taken to be in their windows. */
function advanceTcp(
  connection: Connection,
  direction: Direction,
  flags: number,
  table: ConntrackTable,
): 'ok' | 'invalid' | 'again' {
  if (!validFlags(flags)) return 'invalid';
  const old = connection.tcp ?? 'ESTABLISHED';
  const kind = kindOf(flags);
  const next = nextState(direction, kind, old);
  if (next === 'invalid') return 'invalid';
  const { last } = connection;
  connection.last = { direction, kind };
  if (next === 'ignore') return 'ok';
  if (next === 'SYN_SENT' && (old === 'TIME_WAIT' || old === 'CLOSE')) {
    const aborted = last === undefined || (last.direction === direction && last.kind === 'rst');
    if (!aborted && connection.closing !== direction) return 'ok';
    table.remove(connection);
    return 'again';
  }
  connection.tcp = next;
  if (next === 'FIN_WAIT') connection.closing = direction;
  if (!has(connection, STATUS.SEEN_REPLY) && kind === 'rst') {
    connection.status |= STATUS.DYING;
    table.remove(connection);
    return 'ok';
  }
  if ((old === 'SYN_RECV' || old === 'ESTABLISHED') && next === 'ESTABLISHED' && has(connection, STATUS.SEEN_REPLY))
    connection.status |= STATUS.ASSURED;
  return 'ok';
}

/** The state machine of SCTP. False: the packet is invalid. */
function advanceSctp(connection: Connection, direction: Direction, chunks: readonly number[]): boolean {
  for (const chunk of chunks) {
    const old = connection.sctp ?? 'NONE';
    const next = nextSctpState(direction, chunk, old);
    if (next === 'invalid') return false;
    connection.sctp = next;
    if (next === 'ESTABLISHED' && old === 'COOKIE_ECHOED' && direction === 'reply') connection.status |= STATUS.ASSURED;
  }
  return true;
}
