import type { Cluster } from '../cluster/cluster.ts';
import { remarksOf } from '../cluster/remarks.ts';
import { formatServicePort } from '../kubernetes/comment.ts';
import { type ApiServicePort, apiEndpoints, apiServicePorts } from '../kubernetes/objects.ts';
import type { Namespace } from '../model/namespace.ts';
import { InputError } from '../model/source.ts';
import { type Address, parseAddress } from '../net/address.ts';
import { parseProtocol } from '../net/protocol.ts';
import { announcers, type Surroundings, unannounced } from './announce.ts';
import type { NodeProxyAnswer, ServiceExplained, ServicesAnswer } from './answer.ts';
import { disagreementsOf } from './compare.ts';
import type { WhereRuns } from './endpoints.ts';
import { type Group, type Merged, merge, type Sight } from './merge.ts';
import { identityOf, type Named, Naming } from './naming.ts';
import { pathsOf } from './paths.ts';
import { candidatesOf, patternOf, type ServiceQuery } from './query.ts';
import { type NodeView, viewOf } from './seen.ts';

/** What was captured, with the objects of the API that names alone do not tell. */
export interface Evidence {
  readonly cluster: Cluster;
  readonly objects: readonly unknown[];
  /** Clients, routers: hosts that are no nodes. */
  readonly outside: readonly Namespace[];
}

export interface ExplainOptions {
  readonly version: string;
  /** Look at this node's rules alone. */
  readonly node?: string | undefined;
}

/** Everything that the nodes' rules do for services. Throws InputError where a named service is nowhere. */
export function explainServices(
  { cluster, objects, outside }: Evidence,
  query: ServiceQuery | 'all',
  { version, node }: ExplainOptions,
): ServicesAnswer {
  const nodes = nodesAsked(cluster, node);
  const api = apiServicePorts(objects);
  const candidates = query === 'all' ? [] : candidatesOf(query, api);
  const wanted = query === 'all' ? undefined : patternOf(query, candidates);
  const views = nodes.map(each => viewOf(each, wanted));
  const groups = groupsOf(views, new Naming(api, candidates), api).filter(
    group => query === 'all' || isAsked(group, query),
  );
  if (query !== 'all' && groups.length === 0) groups.push(...unseen(query, api));
  if (query !== 'all' && groups.length === 0 && views.every(view => view.outside.length === 0))
    throw new InputError(nowhere(query, views));
  const whereRuns = whereRunsOf(cluster, objects);
  const endpoints = apiEndpoints(objects);
  const surroundings = { cluster, outside };
  const services = groups.map((group): ServiceExplained => {
    const merged = announced(merge(group, whereRuns), surroundings);
    return {
      ...merged,
      disagreements: disagreementsOf(group, merged, views, endpoints),
      ...(query !== 'all' && { paths: pathsOf(cluster, outside, nodes, merged, version) }),
    };
  });
  return {
    schema: 'chainwalk.explain.service/1',
    version,
    nodes: views.map(proxyAnswer),
    services: services.sort(byName),
    remarks: remarksOf(cluster, nodes),
  };
}

function announced(merged: Merged, surroundings: Surroundings): Merged {
  const addresses = merged.addresses.map(each => {
    const address =
      each.kind === 'cluster IP' || each.kind === 'node port' ? undefined : parseAddress(each.address ?? '');
    if (address === undefined) return each;
    const by = announcers(address, surroundings);
    const reasons = unannounced(address, surroundings, by);
    return { ...each, announcedBy: by, ...(reasons.length > 0 && { reasons }) };
  });
  return { ...merged, addresses };
}

/** The node of that name, or all. Throws InputError where there is none. */
export function nodesAsked({ nodes }: Cluster, name: string | undefined): readonly Namespace[] {
  if (name === undefined) return [...nodes.values()];
  const node = nodes.get(name);
  if (!node) throw new InputError(`there is no node ${name}; there is ${[...nodes.keys()].join(', ')}`);
  return [node];
}

export function proxyAnswer({ node, proxy, outside }: NodeView): NodeProxyAnswer {
  return { node, proxy: proxy.kind, ...('releases' in proxy && { releases: proxy.releases }), outside };
}

function groupsOf(views: readonly NodeView[], naming: Naming, api: readonly ApiServicePort[]): Group[] {
  const groups = new Map<string, { named: Named; sights: Sight[] }>();
  for (const { node, services } of views)
    for (const seen of services) {
      const named = naming.of(seen);
      const identity = identityOf(named, seen);
      const known = groups.get(identity);
      if (known) known.sights.push({ node, seen });
      else groups.set(identity, { named, sights: [{ node, seen }] });
    }
  const byName = new Map(api.map(each => [`${formatServicePort(each.service)} ${each.protocol}`, each]));
  return [...groups].map(([identity, group]) => ({ ...group, api: byName.get(identity) }));
}

function isAsked({ named: { service }, sights }: Group, { namespace, name, port }: ServiceQuery): boolean {
  if (service?.namespace !== namespace || service.name !== name) return false;
  if (port === undefined || service.port === port) return true;
  return sights.some(({ seen }) =>
    seen.addresses.some(each => each.kind !== 'node port' && String(each.port) === port),
  );
}

/** Of the API, service ports that no node's rules have. */
function unseen({ namespace, name, port }: ServiceQuery, api: readonly ApiServicePort[]): Group[] {
  return api
    .filter(({ service }) => service.namespace === namespace && service.name === name)
    .filter(each => port === undefined || each.service.port === port || String(each.port) === port)
    .map(each => ({ named: { service: each.service, by: null }, sights: [], api: each }));
}

function nowhere({ namespace, name, port }: ServiceQuery, views: readonly NodeView[]): string {
  const text = `${namespace}/${name}${port === undefined ? '' : `:${port}`}`;
  if (views.every(({ proxy }) => proxy.kind === 'none'))
    return `${text}: there are no rules of kube-proxy in what was captured`;
  return `${text}: no rule names it; \`chainwalk list services\` tells which there are`;
}

/** Pods by the API's objects; an address that the nodes' routes lead to by the node that has it next to it. */
function whereRunsOf({ names }: Cluster, objects: readonly unknown[]): WhereRuns {
  const byAddress = new Map<Address, { node: string | undefined; pod: string | undefined }>();
  for (const { address, node, pod } of apiEndpoints(objects)) byAddress.set(address, { node, pod });
  return address => {
    const known = byAddress.get(address);
    if (known?.node !== undefined) return known;
    const named = names.get(address);
    if (!named) return known;
    return named.kind === 'node'
      ? { node: named.name, pod: known?.pod }
      : { node: named.node, pod: known?.pod ?? named.name };
  };
}

const byName = (a: Merged, b: Merged): number =>
  compareText(a.namespace, b.namespace) ||
  compareText(a.name, b.name) ||
  (a.port ?? 0) - (b.port ?? 0) ||
  (parseProtocol(a.protocol) ?? 0) - (parseProtocol(b.protocol) ?? 0);

const compareText = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1;
