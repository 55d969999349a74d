import { hasPorts, type Packet } from '../../net/packet.ts';
import type { Fib, Flow } from './fib.ts';

type Transport = Pick<Flow, 'protocol' | 'sport' | 'dport'>;

function transportOf({ protocol, sport, dport }: Packet): Transport {
  if (!hasPorts(protocol)) return { protocol };
  return { protocol, ...(sport !== undefined && { sport }), ...(dport !== undefined && { dport }) };
}

/** fib4_rules_early_flow_dissect: protocol and ports are looked at where a rule asks for them. */
function dissected(packet: Packet, fib: Fib): Transport | undefined {
  return fib.dissects[packet.family] ? transportOf(packet) : undefined;
}

const baseOf = ({ family, saddr, daddr, mark, tos }: Packet) => ({
  saddr,
  daddr,
  mark,
  tos: tos & (family === 'ip' ? 0x1c : 0xfc),
});

/** ip_route_input_slow and ip6_route_input: of a packet that came in. */
export function inputFlow(packet: Packet, iif: string, fib: Fib): Flow {
  const { family, protocol, extensionHeaders: [first] = [] } = packet;
  const header = family === 'ip' ? {} : { protocol: first ?? protocol };
  return { ...baseOf(packet), iif, ...header, ...dissected(packet, fib) };
}

/** fib_validate_source: of an answer to that packet. */
export function backFlow(packet: Packet, out: string | undefined, mark: number, fib: Fib): Flow {
  const { saddr, daddr, tos } = baseOf(packet);
  const { sport, dport, ...rest } = dissected(packet, fib) ?? {};
  const ports = { ...(dport !== undefined && { sport: dport }), ...(sport !== undefined && { dport: sport }) };
  return { saddr: daddr, daddr: saddr, iif: out ?? 'lo', mark, tos, ...rest, ...ports };
}

/** Of a packet that a socket of the namespace sends; the uid is the socket's. */
export function sentFlow(packet: Packet): Flow {
  return { ...baseOf(packet), iif: 'lo', ...transportOf(packet), uid: uidOf(packet) };
}

/** ip_route_me_harder and ip6_route_me_harder, after OUTPUT changed a packet: IPv4 forgets whose it is. */
export function rerouteFlow(packet: Packet, fib: Fib): Flow {
  const uid = packet.family === 'ip' ? 0 : uidOf(packet);
  return { ...baseOf(packet), iif: 'lo', ...dissected(packet, fib), uid };
}

const uidOf = ({ owner }: Packet): number | null => (typeof owner === 'string' ? 0 : (owner?.uid ?? null));
