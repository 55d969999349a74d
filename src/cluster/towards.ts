import { leadsToPods } from '../kubernetes/interface.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Neighbour } from '../model/neighbour.ts';
import type { Route } from '../model/route.ts';
import { type Address, formatAddress } from '../net/address.ts';
import { contains, prefixLength, prefixOf } from '../net/prefix.ts';
import { portOf } from '../walk/path/port.ts';

/** The interface that an address is behind, as far as is known. */
export function interfaceTowards(node: Namespace, address: Address): { device: string; why: string } {
  const device = routeTo(node, address)?.nexthops[0]?.device;
  if (device !== undefined) {
    const why = `where the route to ${formatAddress(address)} leads`;
    return { device: bridgePortOf(node, device, address) ?? device, why };
  }
  const others = (node.interfaces ?? []).filter(({ flags }) => !flags.includes('LOOPBACK'));
  const onLink = others.find(({ addresses }) =>
    addresses.some(own => own.prefixLength > 0 && contains(prefixOf(own.address, own.prefixLength), address)),
  );
  if (onLink) return { device: onLink.name, why: `which has an address next to ${formatAddress(address)}` };
  const guess = others.find(({ name }) => !leadsToPods(name)) ?? others[0];
  if (guess) return { device: guess.name, why: 'for want of routes' };
  return { device: 'eth0', why: 'for want of ip addr and ip route' };
}

/** Longest prefix, then lowest metric, of the tables that nobody needs a rule for. */
export function routeTo(node: Namespace, address: Address): Route | undefined {
  let best: Route | undefined;
  for (const route of node.routes ?? []) {
    if (route.type !== 'unicast' || (route.table !== 'main' && route.table !== 'default')) continue;
    if (!contains(route.destination, address)) continue;
    const longer = best ? lengthOf(route) - lengthOf(best) : 1;
    if (!best || longer > 0 || (longer === 0 && route.metric < best.metric)) best = route;
  }
  return best;
}

const lengthOf = (route: Route): number => prefixLength(route.destination) ?? 0;

/** The port of a bridge behind which an address is. */
export function bridgePortOf(node: Namespace, bridge: string, address: Address): string | undefined {
  const isIt = (known: Neighbour) => known.address === address && known.device === bridge && !known.proxy;
  return portOf(node, bridge, node.neighbours?.find(isIt)?.mac);
}
