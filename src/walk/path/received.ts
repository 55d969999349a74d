import type { Interface } from '../../model/interface.ts';
import { runHook } from '../hook.ts';
import type { Links } from '../local.ts';
import type { End, Pass } from '../pass.ts';
import { bridged } from './bridged.ts';
import { runOnDevice } from './link.ts';
import { martian6 } from './martian.ts';
import { routed } from './routed.ts';

/** The way of a packet that came in by an interface, from prerouting to its fate. */
export function received(pass: Pass): End {
  const { packet, compiled } = pass;
  if (packet.owner === undefined) packet.owner = 'none';
  const iif = pass.bare.iif ?? '';
  const bridge = pass.ask('bridge', compiled.links, bridgeAt, nameOf);
  // By which port it came is asked all over the bridge, also where the packet's interface is the bridge by then.
  if (bridge) return bridged(pass, bridge, iif === bridge.name ? undefined : packet.iif);
  const taken = runOnDevice(pass, 'ingress', iif);
  if (taken) return taken;
  pass.cameBy = iif;
  return martian6(pass, iif) ?? runHook(pass, 'prerouting') ?? routed(pass, iif);
}

/** The bridge that the packet came in by, or by a port of. */
function bridgeAt({ packet }: Pass, links: Links): Interface | undefined {
  const name = packet.iif ?? '';
  return links.isBridge(name) ? links.get(name) : links.bridgeOf(name);
}

const nameOf = (bridge: Interface | undefined): string => bridge?.name ?? '';
