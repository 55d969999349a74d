import { ruleAnswer } from '../cluster/hop.ts';
import type { ApiServicePort } from '../kubernetes/objects.ts';
import type { ProxyAddress, ProxyAddressKind, ProxyService, TrafficPolicy } from '../kubernetes/proxy/service.ts';
import type { Unknown } from '../model/truth.ts';
import { type Address, familyOf, formatAddress } from '../net/address.ts';
import { formatPrefix } from '../net/prefix.ts';
import { protocolName } from '../net/protocol.ts';
import type { AddressExplained, FieldUnknown, MasqueradeExplained, ServiceExplained } from './answer.ts';
import { endpointsOf, type WhereRuns } from './endpoints.ts';
import type { Named } from './naming.ts';

/** One service port as one node and family have it. */
export interface Sight {
  readonly node: string;
  readonly seen: ProxyService;
}

/** A service port, and everyone who has it. */
export interface Group {
  readonly named: Named;
  readonly sights: readonly Sight[];
  readonly api: ApiServicePort | undefined;
}

export type Merged = Omit<ServiceExplained, 'disagreements' | 'paths'>;

/** Puts together what nodes and families have; what they do not tell is taken from the API, where it is there. */
export function merge({ named, sights, api }: Group, whereRuns: WhereRuns): Merged {
  const unknowns: FieldUnknown[] = [];
  const fromApi: string[] = [];
  const kinds = kindsOf(sights, api);
  const addresses = addressesOf(sights, kinds);
  const of = (kind: ProxyAddressKind) =>
    distinct(addresses.flatMap(each => (each.kind === kind && each.address !== undefined ? [each.address] : [])));
  const undecided = of('external or load balancer IP');
  if (undecided.length > 0)
    for (const field of ['externalIPs', 'loadBalancerIPs'])
      unknowns.push({
        field,
        what: `the rules do not tell which of the two ${undecided.join(', ')} is`,
        howToLearn: "the API's Service",
      });
  if (api && sights.some(({ seen }) => seen.addresses.some(a => a.kind === 'external or load balancer IP')))
    fromApi.push('externalIPs', 'loadBalancerIPs');
  const tell = <T>(field: string, values: readonly (T | Unknown | undefined)[], said: T | undefined) =>
    told(field, values, api && { value: said }, unknowns, fromApi);
  const external = sights.some(({ seen }) => seen.addresses.some(({ kind }) => kind !== 'cluster IP'));
  const externalPolicy = tell<TrafficPolicy>(
    'externalTrafficPolicy',
    sights.map(({ seen }) => seen.externalPolicy),
    external ? api?.externalPolicy : undefined,
  );
  const internalPolicy = tell<TrafficPolicy>(
    'internalTrafficPolicy',
    sights.map(({ seen }) => seen.internalPolicy),
    api?.internalPolicy,
  );
  const affinity = tell<number>(
    'sessionAffinityTimeoutSeconds',
    sights.map(({ seen }) => seen.affinitySeconds),
    api?.affinitySeconds,
  );
  const endpoints = endpointsOf(sights, whereRuns);
  if (endpoints.some(({ node }) => node === null))
    unknowns.push({ field: 'endpoints.node', what: 'rules do not tell it', howToLearn: "the API's EndpointSlices" });
  if (endpoints.some(({ probability }) => probability === null))
    unknowns.push({ field: 'endpoints.probability', what: 'it differs between nodes: endpoints.nodes has it' });
  const port = addresses.find(({ kind }) => kind !== 'node port')?.port;
  if (port === undefined) unknowns.push({ field: 'port', what: 'only its node port is in the rules' });
  if (named.service === undefined)
    unknowns.push({ field: 'name', what: 'no comment names the service', howToLearn: 'cluster/services.json' });
  const nodePort = addresses.find(({ kind }) => kind === 'node port')?.port;
  const health = sights.find(({ seen }) => seen.healthCheckPort !== undefined)?.seen.healthCheckPort;
  return {
    namespace: named.service?.namespace ?? null,
    name: named.service?.name ?? null,
    ...(named.service?.port !== undefined && { portName: named.service.port }),
    namedBy: named.by,
    protocol: protocolWord(sights[0]?.seen.protocol ?? api?.protocol ?? 0),
    port: port ?? null,
    clusterIPs: of('cluster IP'),
    externalIPs: undecided.length > 0 ? null : of('external IP'),
    loadBalancerIPs: undecided.length > 0 ? null : of('load balancer IP'),
    ...(nodePort !== undefined && { nodePort }),
    ...(health !== undefined && { healthCheckNodePort: health }),
    addresses,
    endpoints,
    ...(externalPolicy !== undefined && { externalTrafficPolicy: externalPolicy }),
    ...(internalPolicy !== undefined && { internalTrafficPolicy: internalPolicy }),
    ...(affinity !== undefined && { sessionAffinityTimeoutSeconds: affinity }),
    loadBalancerSourceRanges: rangesOf(sights, api, unknowns, fromApi),
    masquerades: masqueradesOf(sights),
    fromApi,
    unknowns,
    chains: chainsOf(sights),
    rules: sights.flatMap(({ node, seen }) => seen.rules.map(rule => ruleAnswer(node, rule))),
    nodes: distinct(sights.map(({ node }) => node)),
  };
}

export const protocolWord = (protocol: number): string => protocolName(protocol) ?? String(protocol);

const distinct = <T>(list: readonly T[]): T[] => [...new Set(list)];

const isUnknown = (value: unknown): value is Unknown =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'unknown';

/** Undefined: it does not apply; null: it is not known, or nodes say different things. */
function told<T>(
  field: string,
  values: readonly (T | Unknown | undefined)[],
  api: { readonly value: T | undefined } | undefined,
  unknowns: FieldUnknown[],
  fromApi: string[],
): T | null | undefined {
  const known = distinct(values.filter((value): value is T => value !== undefined && !isUnknown(value)));
  if (known.length > 1) {
    unknowns.push({ field, what: `nodes say different things: ${known.join(', ')}` });
    return null;
  }
  if (known.length === 1) return known[0];
  const open = values.find(isUnknown);
  if (!open) return undefined;
  if (api) {
    fromApi.push(field);
    return api.value;
  }
  unknowns.push(fieldUnknown(field, open));
  return null;
}

const fieldUnknown = (field: string, { reason, howToLearn }: Unknown): FieldUnknown => ({
  field,
  what: reason,
  ...(howToLearn !== undefined && { howToLearn }),
});

/** Kinds of addresses that some node, or the API, tells apart. */
function kindsOf(sights: readonly Sight[], api: ApiServicePort | undefined): ReadonlyMap<Address, ProxyAddressKind> {
  const kinds = new Map<Address, ProxyAddressKind>();
  for (const address of api?.externalIPs ?? []) kinds.set(address, 'external IP');
  for (const { address } of api?.loadBalancerIPs ?? []) kinds.set(address, 'load balancer IP');
  for (const { seen } of sights)
    for (const { kind, address } of seen.addresses)
      if (address !== undefined && kind !== 'external or load balancer IP') kinds.set(address, kind);
  return kinds;
}

const ORDER: readonly ProxyAddressKind[] = [
  'cluster IP',
  'load balancer IP',
  'external IP',
  'external or load balancer IP',
  'node port',
];

function addressesOf(
  sights: readonly Sight[],
  kinds: ReadonlyMap<Address, ProxyAddressKind>,
): readonly Omit<AddressExplained, never>[] {
  const found = new Map<string, { kind: ProxyAddressKind; address: Address | undefined; port: number; at: Sight[] }>();
  for (const sight of sights)
    for (const { kind: seen, address, port } of sight.seen.addresses) {
      const kind =
        seen === 'external or load balancer IP' && address !== undefined ? (kinds.get(address) ?? seen) : seen;
      const key = `${address ?? 'node'} ${port}`;
      const known = found.get(key) ?? { kind, address, port, at: [] };
      known.at.push(sight);
      found.set(key, known);
    }
  return [...found.values()]
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || compareAddresses(a.address, b.address))
    .map(({ kind, address, port, at }) => ({
      kind,
      ...(address !== undefined && { address: formatAddress(address) }),
      port,
      fates: fatesOf(at, address, port),
      announcedBy: [],
    }));
}

/** A node port is of both families at once: the better of two fates. */
function fatesOf(at: readonly Sight[], address: Address | undefined, port: number): AddressExplained['fates'] {
  const fates = new Map<string, ProxyAddress['fate']>();
  for (const { node, seen } of at) {
    const fate = seen.addresses.find(each => each.address === address && each.port === port)?.fate;
    if (fate && fates.get(node) !== 'translated') fates.set(node, fate);
  }
  return [...fates].map(([node, fate]) => ({ node, fate }));
}

function compareAddresses(a: Address | undefined, b: Address | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
  if (familyOf(a) !== familyOf(b)) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The list is one for both families; where one of them is not known the list is not. */
function rangesOf(
  sights: readonly Sight[],
  api: ApiServicePort | undefined,
  unknowns: FieldUnknown[],
  fromApi: string[],
): readonly string[] | null {
  const field = 'loadBalancerSourceRanges';
  const texts: string[] = [];
  let open: Unknown | undefined;
  for (const family of ['ip', 'ip6'] as const) {
    const own = sights.filter(({ seen }) => seen.family === family).map(({ seen }) => seen.sourceRanges);
    const lists = own.flatMap(ranges => ('reason' in ranges ? [] : [ranges.map(formatPrefix)]));
    texts.push(...lists.flat());
    if (own.length > 0 && lists.length === 0) open ??= own.find(isUnknown);
  }
  if (!open) return distinct(texts);
  if (api) {
    fromApi.push(field);
    return api.sourceRanges.map(formatPrefix);
  }
  unknowns.push(fieldUnknown(field, open));
  return null;
}

const masqueradesOf = (sights: readonly Sight[]): MasqueradeExplained[] =>
  sights.flatMap(({ node, seen }) =>
    seen.masquerades.map(({ whose, detail, kind, rule }) => ({
      node,
      whose,
      ...(detail !== undefined && { detail }),
      ...(kind && { kind }),
      rule: ruleAnswer(node, rule),
    })),
  );

/** Chains of the service itself, not those that it shares with others. */
function chainsOf(sights: readonly Sight[]): string[] {
  const own = sights.flatMap(({ seen }) => {
    const { suffix, rules, addresses } = seen;
    const chains = [...addresses.flatMap(({ chain }) => chain ?? []), ...rules.map(({ chain }) => chain)];
    return suffix === undefined ? [] : chains.filter(chain => chain.endsWith(suffix));
  });
  return distinct(own).sort();
}
