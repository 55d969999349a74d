import type { CtState } from '../../model/conntrack.ts';
import { ICMP, ICMPV6, isIcmpError, type Packet, TCP } from '../../net/packet.ts';
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
import type { ConntrackTable } from './table.ts';
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

/** Neighbour discovery and multicast listener messages are not tracked (nf_conntrack_proto_icmpv6.c noct_valid_new). */
const UNTRACKED6 = new Set([130, 131, 132, 133, 134, 135, 136, 143]);

/** Finds or begins the packet's connection, as nf_conntrack_in does; a begun one is not in the table yet. */
export function track(packet: Packet, table: ConntrackTable, options: TrackOptions): TrackResult {
  if (packet.protocol === ICMPV6 && packet.icmp && UNTRACKED6.has(packet.icmp.type)) return 'untracked';
  if (options.assume === 'invalid' || options.assume === 'untracked') return options.assume;
  if (
    packet.badChecksum &&
    options.hook === 'prerouting' &&
    options.sysctl('net.netfilter.nf_conntrack_checksum') !== '0'
  )
    return 'invalid';
  const zone = options.template?.zone ?? DEFAULT_ZONE;
  if (isIcmpError(packet)) return trackError(packet, table, zone);
  if (packet.protocol === ICMP && packet.icmp && packet.icmp.type > 18) return 'invalid';
  return trackFlow(packet, table, zone, options);
}

function trackError(packet: Packet, table: ConntrackTable, zone: Zone): TrackResult {
  const { inner } = packet;
  const tuple = inner && invert(tupleOf(inner));
  if (!inner || !tuple) return 'invalid';
  const found = table.find(tuple, zoneIn(zone, 'original')) ?? table.find(tuple, zoneIn(zone, 'reply'));
  if (!found) return 'invalid';
  if (packet.daddr !== inner.saddr) return 'invalid';
  return { connection: found.connection, state: 'related', direction: found.direction };
}

function trackFlow(packet: Packet, table: ConntrackTable, zone: Zone, options: TrackOptions): TrackResult {
  const tuple = tupleOf(packet);
  const found = table.find(tuple, zoneIn(zone, 'original')) ?? findReply(packet, table, zone);
  if (!found) return begin(packet, zone, options);
  const { connection, direction } = found;
  const answered = has(connection, STATUS.SEEN_REPLY);
  const state =
    direction === 'reply' || answered ? 'established' : has(connection, STATUS.EXPECTED) ? 'related' : 'new';
  if (packet.protocol === TCP && packet.tcp) {
    const verdict = advanceTcp(connection, direction, packet.tcp.flags, table);
    if (verdict === 'invalid') return 'invalid';
    if (verdict === 'again') return begin(packet, zone, options);
  }
  if (direction === 'reply') connection.status |= STATUS.SEEN_REPLY;
  return { connection, state, direction };
}

function findReply(packet: Packet, table: ConntrackTable, zone: Zone) {
  const found = table.find(tupleOf(packet), zoneIn(zone, 'reply'));
  return found?.direction === 'reply' ? found : undefined;
}

/** A packet without a connection begins one, unless it is of a kind that cannot. */
function begin(packet: Packet, zone: Zone, options: TrackOptions): TrackResult {
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
  direction: 'original' | 'reply',
  flags: number,
  table: ConntrackTable,
): 'ok' | 'invalid' | 'again' {
  if (!validFlags(flags)) return 'invalid';
  const old = connection.tcp ?? 'ESTABLISHED';
  const kind = kindOf(flags);
  const next = nextState(direction, kind, old);
  if (next === 'invalid') return 'invalid';
  if (next === 'ignore') return 'ok';
  if (next === 'SYN_SENT' && (old === 'TIME_WAIT' || old === 'CLOSE')) {
    table.remove(connection);
    return 'again';
  }
  connection.tcp = next;
  if (!has(connection, STATUS.SEEN_REPLY) && kind === 'rst') {
    connection.status |= STATUS.DYING;
    table.remove(connection);
    return 'ok';
  }
  if ((old === 'SYN_RECV' || old === 'ESTABLISHED') && next === 'ESTABLISHED' && has(connection, STATUS.SEEN_REPLY))
    connection.status |= STATUS.ASSURED;
  return 'ok';
}
