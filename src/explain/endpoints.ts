import { type Address, formatAddress, formatEndpoint } from '../net/address.ts';
import type { EndpointExplained, EndpointOnNode } from './answer.ts';
import type { Sight } from './merge.ts';

/** Where an address runs, as far as something that was captured tells. */
export type WhereRuns = (
  address: Address,
) => { readonly node: string | undefined; readonly pod: string | undefined } | undefined;

/** The endpoints that any node has, with the shares that each gives them. */
export function endpointsOf(sights: readonly Sight[], whereRuns: WhereRuns): EndpointExplained[] {
  const found = new Map<string, { readonly address: Address; readonly port: number; readonly on: EndpointOnNode[] }>();
  for (const { node, seen } of sights) {
    const external = seen.addresses.some(({ kind }) => kind !== 'cluster IP');
    for (const { address, port, share = 0, localShare = 0 } of seen.endpoints) {
      const key = formatEndpoint(address, port);
      const known = found.get(key) ?? { address, port, on: [] };
      known.on.push({
        node,
        probability: seen.internalPolicy === 'Local' ? localShare : share,
        ...(external && { externalProbability: seen.externalPolicy === 'Local' ? localShare : share }),
      });
      found.set(key, known);
    }
  }
  const inOrder = [...found.values()].sort(
    (a, b) => Number(typeof a.address !== 'number') - Number(typeof b.address !== 'number'),
  );
  return inOrder.map(({ address, port, on }) => {
    const where = whereRuns(address);
    const family = typeof address === 'number' ? 'ip' : 'ip6';
    const nodes = sights.filter(({ seen }) => seen.family === family).map(({ node }) => node);
    const shares = new Set(nodes.map(node => on.find(each => each.node === node)?.probability ?? 0));
    const [only = 0] = shares;
    return {
      address: formatAddress(address),
      port,
      node: where?.node ?? null,
      ...(where?.pod !== undefined && { pod: where.pod }),
      probability: shares.size === 1 ? only : null,
      nodes: on,
    };
  });
}
