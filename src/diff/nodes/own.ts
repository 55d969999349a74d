import type { Interface } from '../../model/interface.ts';
import type { Namespace } from '../../model/namespace.ts';
import { formatAddress } from '../../net/address.ts';
import { formatPrefix, networkOf, type Prefix, prefixLength, prefixOf } from '../../net/prefix.ts';

/** Chains that exist because of a pod that runs on the node, by the beginnings of their names. */
const OF_PODS =
  /^(?:CNI-[0-9a-f]{16,}|CNI-(?:DN|SN)-|cali-(?:tw|fw|pi|po|pri|pro|th|fh|thfw|fhfw)-|felix-|KUBE-POD-FW-|KUBE-NWPLCY-|KUBE-HP-|WEAVE-NPC-)/;

export const isOfPods = (chain: string): boolean => OF_PODS.test(chain);

/** Chains and elements for endpoints of the node itself. */
export const isOfLocalEndpoints = (name: string): boolean => /^(?:KUBE-(?:SVL|XLB)-|local-[A-Z2-7]{8}-)/.test(name);

/** Writes what is a node's own in the same words for every node. */
export type Localise = (text: string) => string;

/** What tells of nodes which networks are their pods'. */
export interface Cluster {
  readonly nodes: readonly Namespace[];
  /** As the API has it. */
  readonly podNetworks: ReadonlyMap<string, readonly Prefix[]>;
}

/** By node: networks that it has on an interface and no other node has, or to which others go by way of it. */
export function ownNetworks({ nodes, podNetworks }: Cluster): ReadonlyMap<string, ReadonlySet<string>> {
  const own = new Map(nodes.map(({ name, interfaces = [] }) => [name, new Set(interfaces.flatMap(networksOf))]));
  const shared = (network: string) => [...own.values()].filter(networks => networks.has(network)).length > 1;
  const networks = new Map([...own].map(([name, list]) => [name, new Set([...list].filter(each => !shared(each)))]));
  const owners = new Map(
    nodes.flatMap(({ name, interfaces = [] }) =>
      interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => [address, name] as const)),
    ),
  );
  for (const { routes = [] } of nodes)
    for (const { destination, nexthops, type } of routes) {
      const [hop, ...others] = nexthops;
      const owner = hop?.gateway === undefined || others.length > 0 ? undefined : owners.get(hop.gateway);
      if (owner !== undefined && type === 'unicast' && prefixLength(destination) !== 0)
        networks.get(owner)?.add(formatPrefix(destination));
    }
  for (const [name, list] of podNetworks) for (const each of list) networks.get(name)?.add(formatPrefix(each));
  return networks;
}

/** By node: for its addresses and its own networks words that are the same for every node. */
export function localisers(cluster: Cluster): ReadonlyMap<string, Localise> {
  const networks = ownNetworks(cluster);
  return new Map(
    cluster.nodes.map(({ name, interfaces = [] }) => {
      const words = new Map<string, string>();
      for (const network of networks.get(name) ?? []) words.set(network, '<own network>');
      for (const own of interfaces)
        for (const { address, scope } of own.addresses)
          if (scope === 'global') {
            const text = formatAddress(address);
            const said = `<address of ${own.name}>`;
            words.set(text, said).set(`${text}/32`, said).set(`${text}/128`, said);
          }
      return [name, text => text.replace(/[^\s,;{}"]+/g, word => words.get(word) ?? word)] as const;
    }),
  );
}

const networksOf = ({ addresses }: Interface): string[] =>
  addresses.flatMap(({ address, prefixLength: length, scope }) =>
    scope === 'global' ? [formatPrefix(networkOf(prefixOf(address, length)))] : [],
  );
