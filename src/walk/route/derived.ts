import type { Namespace } from '../../model/namespace.ts';
import type { Route, RouteType } from '../../model/route.ts';
import { type Address, bitsOf, type Family, familyOf } from '../../net/address.ts';
import { networkOf, type Prefix, prefixOf } from '../../net/prefix.ts';

/** Routes that the kernel itself adds for addresses, for dumps without a routing table. */
function derived(
  family: Family,
  type: RouteType,
  destination: Prefix,
  table: string,
  device: string | undefined,
  scope: string,
  source?: Address,
): Route {
  return {
    family,
    type,
    destination,
    table,
    nexthops: [{ ...(device !== undefined && { device }), weight: 1, flags: [] }],
    ...(source !== undefined && { source }),
    tos: 0,
    metric: 0,
    scope,
    protocol: 'kernel',
    flags: [],
    at: { file: '', line: 0 },
  };
}

/** The local table as addresses make it. */
export function localRoutes(namespace: Namespace, family: Family): Route[] {
  const routes: Route[] = [];
  const add = (type: RouteType, address: Address, device: string | undefined, length: number = bitsOf(family)) =>
    routes.push(derived(family, type, prefixOf(address, length), 'local', device, type === 'local' ? 'host' : 'link'));
  for (const { name, addresses } of namespace.interfaces ?? [])
    for (const { address, prefixLength, broadcast } of addresses) {
      if (familyOf(address) !== family) continue;
      add('local', address, name);
      if (family === 'ip' && name === 'lo' && typeof address === 'number' && address >>> 24 === 127)
        routes.push(derived(family, 'local', networkOf(prefixOf(address, prefixLength)), 'local', name, 'host'));
      if (broadcast !== undefined && familyOf(broadcast) === family) add('broadcast', broadcast, name);
    }
  for (const address of namespace.localAddresses) if (familyOf(address) === family) add('local', address, undefined);
  if (!namespace.interfaces) {
    if (family === 'ip') add('local', 0x7f000000, 'lo', 8);
    else add('local', 1n, 'lo');
  }
  return routes;
}

/** The networks that addresses put on a link. */
export function connectedRoutes(namespace: Namespace, family: Family): Route[] {
  return (namespace.interfaces ?? []).flatMap(({ name, addresses }) =>
    name === 'lo'
      ? []
      : addresses
          .filter(a => familyOf(a.address) === family && a.prefixLength < bitsOf(family))
          .map(a =>
            derived(family, 'unicast', networkOf(prefixOf(a.address, a.prefixLength)), 'main', name, 'link', a.address),
          ),
  );
}
