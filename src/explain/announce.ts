import type { ReasonAnswer } from '../cluster/answer.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { plannedBy } from '../cluster/why/planned.ts';
import type { Namespace } from '../model/namespace.ts';
import { type Address, formatAddress } from '../net/address.ts';
import { contains, formatPrefix, prefixLength } from '../net/prefix.ts';
import type { AnnouncedBy } from './answer.ts';

/** What was captured: nodes, and hosts outside which know the way to their addresses. */
export interface Surroundings {
  readonly cluster: Cluster;
  readonly outside: readonly Namespace[];
}

/** Of an address that nobody is known to announce, how it was to be announced. */
export const unannounced = (address: Address, { cluster }: Surroundings, by: readonly AnnouncedBy[]): ReasonAnswer[] =>
  by.some(({ node }) => node !== undefined) ? [] : plannedBy(cluster, address);

/** Who answers for an address that is of no node's own, as hosts outside have learnt it; then who does by MetalLB's word. */
export function announcers(address: Address, { cluster, outside }: Surroundings): AnnouncedBy[] {
  const nodes = [...cluster.nodes.values()];
  const found: AnnouncedBy[] = [];
  for (const node of nodes) {
    const own = node.interfaces?.find(({ addresses }) => addresses.some(each => each.address === address));
    if (own) found.push({ node: node.name, by: 'interface', text: `address of ${own.name} of ${node.name}` });
  }
  for (const host of outside) found.push(...neighbourOf(address, host, nodes), ...routeOf(address, host, nodes));
  for (const { node, evidence } of cluster.announced.get(address)?.by ?? [])
    found.push({ node, by: 'metallb', text: `${node}, says ${evidence.what.replace(/ of \S+ names .*$/, '')}` });
  return found;
}

function neighbourOf(address: Address, host: Namespace, nodes: readonly Namespace[]): AnnouncedBy[] {
  return (host.neighbours ?? []).flatMap((entry): AnnouncedBy[] => {
    if (entry.address !== address || entry.proxy) return [];
    const { mac, state, device } = entry;
    const seenBy = host.name;
    if (mac === undefined || state === 'FAILED' || state === 'INCOMPLETE')
      return [{ by: 'neighbour', seenBy, text: `nobody: its neighbour entry is ${state}` }];
    const owner = nodes.find(({ interfaces }) => interfaces?.some(each => each.mac === mac));
    const protocol = typeof address === 'number' ? 'ARP' : 'NDP';
    const where = device === undefined ? '' : ` on ${device}`;
    const text = owner ? `${owner.name}, by ${protocol}` : `${mac}${where}, by ${protocol}`;
    return [{ ...(owner && { node: owner.name }), by: 'neighbour', seenBy, text }];
  });
}

/** The route that the host would take, where it leads to a node and is of the address itself or its network. */
function routeOf(address: Address, host: Namespace, nodes: readonly Namespace[]): AnnouncedBy[] {
  const able = (host.routes ?? []).filter(
    ({ type, table, destination }) =>
      type === 'unicast' && table === 'main' && contains(destination, address) && prefixLength(destination) !== 0,
  );
  const longest = Math.max(-1, ...able.map(({ destination }) => prefixLength(destination) ?? 0));
  const best = able.find(({ destination }) => prefixLength(destination) === longest);
  return (best?.nexthops ?? []).flatMap(({ gateway }): AnnouncedBy[] => {
    if (!best || gateway === undefined) return [];
    const owner = nodes.find(({ interfaces }) =>
      interfaces?.some(({ addresses }) => addresses.some(each => each.address === gateway)),
    );
    const text = `route to ${formatPrefix(best.destination)} via ${owner?.name ?? formatAddress(gateway)}`;
    return [{ ...(owner && { node: owner.name }), by: 'route', seenBy: host.name, text }];
  });
}
