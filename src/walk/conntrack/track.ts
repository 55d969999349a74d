import type { CtState, Tuple } from '../../model/conntrack.ts';
import { GRE, ICMP, ICMPV6, isIcmpError, type Packet, SCTP, TCP, UDP, UDPLITE } from '../../net/packet.ts';
import { DEFAULT_ZONE, has, newConnection, STATUS, type Tracked, type Zone, zoneIn } from './connection.ts';
import { advanceSctp, beginSctp, capturedSctp } from './sctp-tracking.ts';
import type { ConntrackTable, Found } from './table.ts';
import { advanceTcp, beginTcp, capturedTcp, type TcpContext } from './tcp-tracking.ts';
import { invert, tupleOf } from './tuple.ts';

/**
 * What the raw table left for conntrack to use (nf_conntrack's template). Until then rules see it as the packet's
 * connection; all packets of a CT rule share it, and its mark.
 */
export interface Template {
  readonly zone: Zone;
  readonly helper: string | undefined;
  readonly shared: { mark: number };
  /** `related`: it hung on the packet that made the kernel send this one (nf_ct_attach). */
  readonly state: 'new' | 'related';
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
  const tuple = tupleOf(packet);
  const found = lookup(tuple, table, zone);
  if (!found) return begin(packet, tuple, table, zone, options);
  const { connection, direction } = found;
  const answered = has(connection, STATUS.SEEN_REPLY);
  const state =
    direction === 'reply' || answered ? 'established' : has(connection, STATUS.EXPECTED) ? 'related' : 'new';
  if (packet.protocol === TCP && packet.tcp) {
    const { verdict, tcp } = advanceTcp(
      connection.tcp ?? capturedTcp('ESTABLISHED'),
      packet.tcp,
      tcpContext(found, options),
    );
    connection.tcp = tcp;
    if (verdict === 'invalid') return 'invalid';
    if (verdict === 'assure') connection.status |= STATUS.ASSURED;
    if (verdict === 'begin' || verdict === 'forget') table.remove(connection);
    if (verdict === 'begin') return begin(packet, tuple, table, zone, options);
    if (verdict === 'forget') connection.status |= STATUS.DYING;
  }
  if (packet.protocol === SCTP && packet.sctp) {
    const { verdict, sctp } = advanceSctp(connection.sctp ?? capturedSctp('ESTABLISHED'), direction, packet.sctp);
    connection.sctp = sctp;
    if (verdict === 'invalid') return 'invalid';
    if (verdict === 'assure') connection.status |= STATUS.ASSURED;
  }
  // nf_conntrack_udplite_packet, nf_conntrack_gre_packet: by the first packet after an answer; UDP wants two seconds as well.
  if ((packet.protocol === UDPLITE || packet.protocol === GRE) && answered) connection.status |= STATUS.ASSURED;
  if (direction === 'reply') connection.status |= STATUS.SEEN_REPLY;
  return { connection, state, direction };
}

/** A connection is found in a direction by the zone that both have in that direction. */
function lookup(tuple: Tuple, table: ConntrackTable, zone: Zone): Found | undefined {
  if (table.isEmpty) return undefined;
  for (const direction of ['original', 'reply'] as const) {
    const id = zoneIn(zone, direction);
    const found = table.find(tuple, id, zone);
    if (found) return found;
    if (zone.direction === 'both') break;
  }
  return undefined;
}

/** A packet without a connection begins one, unless it is of a kind that cannot. */
function begin(packet: Packet, tuple: Tuple, table: ConntrackTable, zone: Zone, options: TrackOptions): TrackResult {
  const reply = invert(tuple);
  if (!reply) return 'invalid';
  const { icmp, tcp, protocol } = packet;
  if (icmp && protocol === ICMP && ![8, 13, 15, 17].includes(icmp.type)) return 'invalid';
  if (icmp && protocol === ICMPV6 && ![128, 139].includes(icmp.type)) return 'invalid';
  const connection = newConnection(packet.family, tuple, reply, zone);
  if (protocol === TCP && tcp) {
    connection.tcp = beginTcp(tcp, tcpContext({ connection, direction: 'original' }, options));
    if (!connection.tcp) return 'invalid';
  }
  if (protocol === SCTP && packet.sctp) {
    connection.sctp = beginSctp(packet.sctp);
    if (!connection.sctp) return 'invalid';
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

function tcpContext({ connection, direction }: Found, { sysctl }: TrackOptions): TcpContext {
  return {
    direction,
    isReplied: has(connection, STATUS.SEEN_REPLY),
    isAssured: has(connection, STATUS.ASSURED),
    isLiberal: sysctl('net.netfilter.nf_conntrack_tcp_be_liberal') === '1',
    isLoose: sysctl('net.netfilter.nf_conntrack_tcp_loose') !== '0',
    ignoresInvalidReset: sysctl('net.netfilter.nf_conntrack_tcp_ignore_invalid_rst') === '1',
  };
}
