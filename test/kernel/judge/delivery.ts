import { formatAddress } from '../../../src/net/address.ts';
import { type Packet, TCP, UDP } from '../../../src/net/packet.ts';
import type { Hop } from '../../../src/walk/trace.ts';
import type { Injected, Observation } from '../observation.ts';
import { LISTENING, TRANSPARENT_PORT } from '../topology.ts';
import { addressOf } from './arrival.ts';
import type { Report } from './decide.ts';

/** A walked visit, and what the observer put in that became it; undefined: the node made the packet. */
export interface Visit {
  readonly hop: Hop;
  readonly injected: Injected | undefined;
}

type Ends = Pick<Packet, 'saddr' | 'sport' | 'dport'>;

const textOf = ({ saddr, sport, dport }: Ends): string => `port ${dport} from ${formatAddress(saddr)} port ${sport}`;

/**
 * Which of the node's servers got something, and from whom as they see it. A datagram of the probe must have got to the
 * server on its port; of TCP a server hears when the handshake is done, so there only the other direction is asked. The
 * stack may still refuse a checksum: of IPv6 that which conntrack has verified before a rule wrote to the header.
 */
export function compareDelivery(
  { delivered, droppedOnHooks, drops = [] }: Observation,
  visits: readonly Visit[],
  report: Report,
): void {
  const walked = visits.filter(({ hop }) => hop.disposition === 'delivered');
  const seen = delivered.map(({ protocol, port, saddr, sport }) => ({
    protocol: protocol === 'tcp' ? TCP : UDP,
    ends: { saddr: addressOf(saddr), sport, dport: port },
  }));
  // A rule gives a packet to the transparent socket, whatever its port (TPROXY).
  const isSame = (ends: Ends, after: Packet) =>
    textOf(ends) === textOf(ends.dport === TRANSPARENT_PORT ? { ...after, dport: TRANSPARENT_PORT } : after);
  for (const { protocol, ends } of seen)
    if (!walked.some(({ hop: { after } }) => after.protocol === protocol && isSame(ends, after)))
      report('server', `protocol ${protocol} ${textOf(ends)}`, 'not delivered');
  if (drops.some(({ reason }) => reason === 'UDP_CSUM')) return;
  const isTraced = droppedOnHooks !== undefined;
  for (const { hop, injected } of walked) {
    const { after } = hop;
    if (after.family === 'ip6' && !isTraced) continue;
    const listens = LISTENING.udp.some(port => port === after.dport);
    if (after.protocol !== UDP || !listens || injected?.what !== 'probe' || after.badChecksum) continue;
    if (!seen.some(({ ends }) => isSame(ends, after))) report('server', 'nothing', `udp ${textOf(after)}`);
  }
}
