import { isLoopback, isMulticast } from '../local.ts';
import type { End, Pass } from '../pass.ts';

/** What ip6_rcv_core turns away before any hook of IPv6. */
export function martian6(pass: Pass, iif: string): End | undefined {
  const { packet } = pass;
  if (packet.family === 'ip') return undefined;
  return pass.ask('martian', iif, refused, end => end?.reason ?? '');
}

function refused({ packet }: Pass, iif: string): End | undefined {
  if ((isLoopback(packet.saddr) || isLoopback(packet.daddr)) && (packet.iif ?? iif) !== 'lo')
    return { disposition: 'martian', reason: `::1 on ${iif}` };
  return isMulticast(packet.saddr) ? { disposition: 'martian', reason: 'a multicast source' } : undefined;
}
