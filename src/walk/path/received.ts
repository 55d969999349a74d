import { runHook } from '../hook.ts';
import { isLoopback, isMulticast } from '../local.ts';
import type { End, Pass } from '../pass.ts';
import { bridged } from './bridged.ts';
import { routed } from './routed.ts';

/** The way of a packet that came in by an interface, from prerouting to its fate. */
export function received(pass: Pass): End {
  const { packet, compiled } = pass;
  const { links } = compiled;
  const iif = packet.iif ?? '';
  const martian = packet.family === 'ip6' ? martian6(pass, iif) : undefined;
  if (martian) return martian;
  const bridge = links.isBridge(iif) ? links.get(iif) : links.bridgeOf(iif);
  if (bridge) return bridged(pass, bridge, iif === bridge.name ? undefined : iif);
  return runHook(pass, 'prerouting') ?? routed(pass, iif);
}

/** What ip6_rcv_core turns away before any hook. */
function martian6({ packet }: Pass, iif: string): End | undefined {
  if (iif !== 'lo' && (isLoopback(packet.saddr) || isLoopback(packet.daddr)))
    return { disposition: 'martian', reason: `::1 on ${iif}` };
  return isMulticast(packet.saddr) ? { disposition: 'martian', reason: 'a multicast source' } : undefined;
}
