import { runHook } from '../hook.ts';
import type { End, Pass } from '../pass.ts';
import { bridged } from './bridged.ts';
import { runOnDevice } from './link.ts';
import { martian6 } from './martian.ts';
import { routed } from './routed.ts';

/** The way of a packet that came in by an interface, from prerouting to its fate. */
export function received(pass: Pass): End {
  const { packet, compiled } = pass;
  if (packet.owner === undefined) packet.owner = 'none';
  const { links } = compiled;
  const iif = pass.bare.iif ?? '';
  const bridgeAt = (name: string) => (links.isBridge(name) ? links.get(name) : links.bridgeOf(name));
  const bridge = pass.ask(
    'bridge',
    () => bridgeAt(packet.iif ?? ''),
    found => found?.name ?? '',
  );
  if (bridge) return bridged(pass, bridge, iif === bridge.name ? undefined : iif);
  const taken = runOnDevice(pass, 'ingress', iif);
  if (taken) return taken;
  pass.cameBy = iif;
  return martian6(pass, iif) ?? runHook(pass, 'prerouting') ?? routed(pass, iif);
}
