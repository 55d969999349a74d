import { hasPorts, ICMP, ICMPV6, type Packet, SCTP, TCP, TCP_FLAG } from '../../net/packet.ts';
import type { Box } from './space/box.ts';
import { buildFields } from './space/point.ts';

const TTL = 64;
const INIT = 1;

/** What is taken of a packet that no dimension tells; the same on both sides. */
export const HELD: readonly string[] = [
  'first packets of connections: TCP SYN, SCTP INIT, ICMP echo requests; no connection is known',
  'packets are whole, with TTL 64, TOS 0, a length that nobody told, and without mark',
  'what limits, quotas, counters and sockets say is the same on both sides; no list of recent clients has the sender',
  'marks alone are no difference, nor is the port that a masquerade takes',
];

/** A packet of the class that a person would think of, with headers as the first of a connection has them. */
export function packetOf(box: Box): Packet {
  const { iif, protocol, sport, dport, ...fields } = buildFields(box);
  const ports = hasPorts(protocol);
  return {
    ...fields,
    protocol,
    ttl: TTL,
    tos: 0,
    ...(iif !== '' && { iif, type: 'unicast' as const }),
    ...(ports && { sport, dport }),
    ...(protocol === TCP && { tcp: { flags: TCP_FLAG.SYN } }),
    ...(protocol === SCTP && { sctp: { chunks: [INIT] } }),
    ...((protocol === ICMP || protocol === ICMPV6) && {
      icmp: { type: protocol === ICMP ? 8 : 128, code: 0, id: 1 },
    }),
  };
}
