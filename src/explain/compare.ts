import type { ApiEndpoint } from '../kubernetes/objects.ts';
import { type Address, familyOf, formatAddress, formatEndpoint } from '../net/address.ts';
import type { Disagreement } from './answer.ts';
import type { Group, Merged, Sight } from './merge.ts';
import type { NodeView } from './seen.ts';

const API = 'API';

/** Where nodes, or nodes and the API's objects, say different things of one service port. */
export function disagreementsOf(
  group: Group,
  merged: Merged,
  views: readonly NodeView[],
  slices: readonly ApiEndpoint[],
): Disagreement[] {
  const found = [...absentNodes(group, views), ...addresses(group), ...endpoints(group, slices), ...policies(group)];
  if (group.api) found.push(...againstApi(group, merged));
  for (const { node, seen } of group.sights)
    for (const what of seen.oddities) found.push({ kind: 'rules', what, saidBy: [node], notBy: [] });
  return found;
}

const nodesOf = (sights: readonly Sight[]): string[] => [...new Set(sights.map(({ node }) => node))];

/** Nodes where kube-proxy's rules of a family have nothing of a service that others have there. */
function absentNodes({ sights }: Group, views: readonly NodeView[]): Disagreement[] {
  const own = views.filter(({ proxy }) => proxy.kind === 'iptables' || proxy.kind === 'nftables');
  return (['ip', 'ip6'] as const).flatMap(family => {
    const here = nodesOf(sights.filter(({ seen }) => seen.family === family));
    const not = own.map(({ node }) => node).filter(node => here.length > 0 && !here.includes(node));
    const what = `${family === 'ip' ? 'IPv4' : 'IPv6'} rules for the service`;
    return not.length > 0 ? [{ kind: 'service' as const, what, saidBy: here, notBy: not }] : [];
  });
}

function addresses({ sights }: Group): Disagreement[] {
  const where = new Map<string, { readonly family: string; readonly nodes: Set<string> }>();
  for (const { node, seen } of sights)
    for (const { kind, address, port } of seen.addresses) {
      const text = address === undefined ? `node port ${port}` : `${formatEndpoint(address, port)}`;
      const key = kind === 'node port' ? `node port ${port}` : text;
      const known = where.get(key) ?? { family: seen.family, nodes: new Set() };
      known.nodes.add(node);
      where.set(key, known);
    }
  return [...where].flatMap(([what, { family, nodes }]) => {
    const all = nodesOf(sights.filter(({ seen }) => seen.family === family));
    const not = all.filter(node => !nodes.has(node));
    return not.length > 0 ? [{ kind: 'address' as const, what, saidBy: [...nodes], notBy: not }] : [];
  });
}

/** Of endpoints that any connection may get; those of a node itself differ by their nature. */
function endpoints({ sights, api }: Group, slices: readonly ApiEndpoint[]): Disagreement[] {
  const found: Disagreement[] = [];
  const own = api && slices.filter(slice => isOf(slice, api.service));
  const zoned = own?.some(({ hintZones, hintNodes }) => hintZones ?? hintNodes) === true;
  for (const family of ['ip', 'ip6'] as const) {
    const choosing = sights.filter(
      ({ seen }) => seen.family === family && seen.endpoints.some(({ share }) => share !== undefined),
    );
    const where = new Map<string, { readonly address: Address; readonly port: number; readonly nodes: string[] }>();
    for (const { node, seen } of choosing)
      for (const { address, port, share } of seen.endpoints) {
        if (share === undefined) continue;
        const key = formatEndpoint(address, port);
        const known = where.get(key) ?? { address, port, nodes: [] };
        known.nodes.push(node);
        where.set(key, known);
      }
    for (const [what, { address, port, nodes }] of where) {
      const not = nodesOf(choosing).filter(node => !nodes.includes(node));
      const stale = own && !own.some(each => each.address === address && each.port === port);
      if (stale) found.push({ kind: 'endpoint', what, saidBy: nodes, notBy: [...not, API] });
      else if (not.length > 0 && !zoned) found.push({ kind: 'endpoint', what, saidBy: nodes, notBy: not });
    }
    if (choosing.length === 0) continue;
    for (const { address, port, ready } of own ?? [])
      if (ready && familyOf(address) === family && !where.has(formatEndpoint(address, port)))
        found.push({
          kind: 'endpoint',
          what: formatEndpoint(address, port),
          saidBy: [API],
          notBy: nodesOf(choosing),
        });
  }
  return found;
}

const isOf = (slice: ApiEndpoint, service: { namespace: string; name: string; port?: string }): boolean =>
  slice.namespace === service.namespace &&
  slice.serviceName === service.name &&
  slice.portName === (service.port ?? '');

function policies({ sights }: Group): Disagreement[] {
  const fields = [
    ['externalTrafficPolicy', ({ seen }: Sight) => seen.externalPolicy],
    ['internalTrafficPolicy', ({ seen }: Sight) => seen.internalPolicy],
    ['sessionAffinityTimeoutSeconds', ({ seen }: Sight) => seen.affinitySeconds],
  ] as const;
  return fields.flatMap(([field, saidBy]) => {
    const says = new Map<string, string[]>();
    for (const sight of sights) {
      const value = saidBy(sight);
      if (value === undefined || typeof value === 'object') continue;
      says.set(String(value), [...(says.get(String(value)) ?? []), sight.node]);
    }
    const [[value, by] = ['', []], ...others] = says;
    if (others.length === 0) return [];
    const not = [...new Set(others.flatMap(([, nodes]) => nodes))];
    return [{ kind: 'policy' as const, what: `${field} ${value}`, saidBy: [...new Set(by)], notBy: not }];
  });
}

/** What the Service says and the rules do not, and the other way round; of what the rules do tell. */
function againstApi({ api, sights }: Group, merged: Merged): Disagreement[] {
  if (!api) return [];
  const found: Disagreement[] = [];
  const nodes = nodesOf(sights);
  const families = new Set(sights.map(({ seen }) => seen.family));
  const differ = (kind: Disagreement['kind'], name: string, rules: readonly string[], said: readonly string[]) => {
    for (const each of said)
      if (!rules.includes(each)) found.push({ kind, what: `${name}${each}`, saidBy: [API], notBy: nodes });
    for (const each of rules)
      if (!said.includes(each)) found.push({ kind, what: `${name}${each}`, saidBy: nodes, notBy: [API] });
  };
  const own = (list: readonly Address[]) =>
    list.filter(address => families.has(familyOf(address))).map(address => formatAddress(address));
  const balancers = api.loadBalancerIPs.filter(({ proxied, address }) => !proxied || isSeen(merged, address));
  if (sights.length === 0) return [{ kind: 'service', what: 'the service', saidBy: [API], notBy: nodes }];
  differ('address', '', merged.clusterIPs, own(api.clusterIPs));
  if (merged.externalIPs) differ('address', '', merged.externalIPs, own(api.externalIPs));
  if (merged.loadBalancerIPs) {
    const said = own(balancers.map(({ address }) => address));
    differ('address', '', merged.loadBalancerIPs, said);
  }
  const port = (number: number | undefined) => (number === undefined ? [] : [String(number)]);
  differ('address', 'node port ', port(merged.nodePort), port(api.nodePort));
  const policy = (name: string, rules: string | number | null | undefined, said: string | number | undefined) => {
    if (rules === null || merged.fromApi.includes(name) || rules === said) return;
    if (rules !== undefined) found.push({ kind: 'policy', what: `${name} ${rules}`, saidBy: nodes, notBy: [API] });
    else if (said !== undefined) found.push({ kind: 'policy', what: `${name} ${said}`, saidBy: [API], notBy: nodes });
  };
  if (merged.externalTrafficPolicy !== undefined)
    policy('externalTrafficPolicy', merged.externalTrafficPolicy, api.externalPolicy);
  policy('internalTrafficPolicy', merged.internalTrafficPolicy, api.internalPolicy);
  policy('sessionAffinityTimeoutSeconds', merged.sessionAffinityTimeoutSeconds, api.affinitySeconds);
  return found;
}

const isSeen = ({ addresses }: Merged, address: Address): boolean =>
  addresses.some(each => each.address === formatAddress(address));
