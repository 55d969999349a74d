import { familyOf } from '../net/address.ts';
import { hasPorts, ICMP, ICMPV6, isIcmpError, type Packet, TCP, TCP_FLAG } from '../net/packet.ts';
import type { AssumptionAnswer } from './answer.ts';
import { PROTOCOLS } from './app/app.ts';
import type { TraceRequest } from './request.ts';

const SPORT = 40000;
const TTL = 64;

export interface BuiltPacket {
  readonly packet: Packet;
  readonly assumptions: readonly AssumptionAnswer[];
}

/** The packet of a request, and what was taken for all that the request does not say. */
export function buildPacket(request: TraceRequest): BuiltPacket {
  const { source, destination, protocol } = request;
  const assumptions: AssumptionAnswer[] = [];
  const assume = (what: string, change: string) => assumptions.push({ what, change });
  const family = familyOf(destination.address);
  const packet: Packet = {
    family,
    saddr: source.address,
    daddr: destination.address,
    protocol,
    ttl: request.ttl ?? TTL,
    tos: request.tos ?? 0,
    mark: request.mark ?? 0,
    ...(protocol === TCP && { tcp: { flags: request.tcpFlags ?? TCP_FLAG.SYN } }),
    ...((protocol === ICMP || protocol === ICMPV6) && {
      icmp: { ...(request.icmp ?? { type: protocol === ICMP ? 8 : 128, code: 0 }), id: 1 },
    }),
  };
  if (hasPorts(protocol)) {
    packet.sport = source.port ?? SPORT;
    packet.dport = destination.port ?? 0;
    if (source.port === undefined) assume(`source port ${SPORT}: clients take a random one`, '--sport');
  }
  const app = request.app && PROTOCOLS[request.app];
  packet.request = app?.request?.(packet);
  assumptions.push(...(app?.assumptions?.(packet) ?? []));
  if (protocol === TCP && request.tcpFlags === undefined) assume('TCP SYN, the first packet', '--tcp-flags');
  if (packet.icmp && !request.icmp) assume('ICMP echo request', '--icmp-type');
  if (isIcmpError(packet)) assume('the ICMP error is about no packet that is known', 'no flag yet');
  if (request.ttl === undefined) assume(`${family === 'ip' ? 'ttl' : 'hop limit'} ${TTL}`, '--ttl');
  if (request.tos === undefined) assume(`${family === 'ip' ? 'TOS' : 'traffic class'} 0`, '--tos');
  return { packet, assumptions };
}
