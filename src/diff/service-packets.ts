import { candidatesOf, patternOf, type ServiceQuery } from '../explain/query.ts';
import { viewOf } from '../explain/seen.ts';
import type { ProxyService } from '../kubernetes/proxy/service.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Box } from './fate/fate.ts';
import { interfacesOf } from './fate/interfaces.ts';
import { SELF } from './fate/space/box.ts';
import { NO_MARK } from './fate/space/cube.ts';
import { from } from './fate/space/intervals.ts';
import { addresses, PORTS } from './fate/space/whole.ts';
import type { ComparedHost } from './fate-layer.ts';
import type { Knowledge } from './meaning/host.ts';

/** The packets for a service that either side has: to its addresses, and to its node port at any address. */
export function servicePackets(
  { pair: { before, after }, rules }: ComparedHost,
  query: ServiceQuery,
  [a, b]: readonly [Knowledge, Knowledge],
): readonly Box[] {
  const iif = [SELF, ...interfacesOf(before, after, rules).names].sort();
  const boxes = new Map<string, Box>();
  const take = (node: Namespace, known: Knowledge) => {
    for (const seen of viewOf(node, patternOf(query, candidatesOf(query, known.api))).services) {
      const { service } = known.naming.of(seen);
      if (service?.namespace !== query.namespace || service.name !== query.name) continue;
      for (const { address, port } of seen.addresses)
        boxes.set(`${seen.family} ${address} ${seen.protocol} ${port}`, boxOf(seen, address, port, iif));
    }
  };
  take(before, a);
  take(after, b);
  return [...boxes.values()];
}

function boxOf(
  { family, protocol }: ProxyService,
  address: ProxyService['addresses'][number]['address'],
  port: number,
  iif: readonly string[],
): Box {
  const all = addresses(family);
  return {
    family,
    iif,
    saddr: all,
    daddr: address === undefined ? all : from(address),
    protocol: from(protocol),
    sport: PORTS,
    dport: from(port),
    mark: NO_MARK,
  };
}
