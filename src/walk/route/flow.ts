import { hasPorts, type Packet } from '../../net/packet.ts';
import type { Fib, Flow } from './fib.ts';

type Transport = Pick<Flow, 'protocol' | 'sport' | 'dport'>;

const NOTHING: Transport = { protocol: undefined, sport: undefined, dport: undefined };

const transportOf = ({ protocol, sport, dport }: Packet): Transport =>
  hasPorts(protocol) ? { protocol, sport, dport } : { protocol, sport: undefined, dport: undefined };

/** fib4_rules_early_flow_dissect: protocol and ports are looked at where a rule asks for them. */
const dissected = (packet: Packet, fib: Fib): Transport =>
  fib.dissects[packet.family] ? transportOf(packet) : NOTHING;

const tosOf = ({ family, tos }: Packet): number => tos & (family === 'ip' ? 0x1c : 0xfc);

/** ip_route_input_slow and ip6_route_input: of a packet that came in. */
export function inputFlow(packet: Packet, iif: string, fib: Fib): Flow {
  const { family, saddr, daddr, mark, extensionHeaders } = packet;
  const { protocol, sport, dport } = dissected(packet, fib);
  const first = family === 'ip' ? undefined : (extensionHeaders?.[0] ?? packet.protocol);
  return { saddr, daddr, iif, mark, tos: tosOf(packet), protocol: protocol ?? first, sport, dport, uid: undefined };
}

/** fib_validate_source: of an answer to that packet. */
export function backFlow(packet: Packet, out: string | undefined, mark: number, fib: Fib): Flow {
  const { protocol, sport, dport } = dissected(packet, fib);
  return {
    saddr: packet.daddr,
    daddr: packet.saddr,
    iif: out ?? 'lo',
    mark,
    tos: tosOf(packet),
    protocol,
    sport: dport,
    dport: sport,
    uid: undefined,
  };
}

/** Of a packet that the namespace itself sends. */
function ownFlow(packet: Packet, { protocol, sport, dport }: Transport, uid: number | null): Flow {
  const { saddr, daddr, mark } = packet;
  return { saddr, daddr, iif: 'lo', mark, tos: tosOf(packet), protocol, sport, dport, uid };
}

/** Of a packet that a socket of the namespace sends; the uid is the socket's. */
export const sentFlow = (packet: Packet): Flow => ownFlow(packet, transportOf(packet), uidOf(packet));

/** ip_route_me_harder and ip6_route_me_harder, after OUTPUT changed a packet: IPv4 forgets whose it is. */
export const rerouteFlow = (packet: Packet, fib: Fib): Flow =>
  ownFlow(packet, dissected(packet, fib), packet.family === 'ip' ? 0 : uidOf(packet));

const uidOf = ({ owner }: Packet): number | null => (typeof owner === 'string' ? 0 : (owner?.uid ?? null));
