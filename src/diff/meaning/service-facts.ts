import { serviceLabel } from '../../explain/label.ts';
import { identityOf, type Naming } from '../../explain/naming.ts';
import { formatServicePort } from '../../kubernetes/comment.ts';
import type { ApiServicePort } from '../../kubernetes/objects.ts';
import type { ProxyAddress, ProxyAddressKind, ProxyService } from '../../kubernetes/proxy/service.ts';
import type { Unknown } from '../../model/truth.ts';
import { type Address, type Family, formatAddress, formatEndpoint } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';

/** What one node's rules say of a service port in one family, as text that two sides can be compared by. */
export interface ServiceFacts {
  readonly label: string;
  readonly family: Family;
  /** Of the service in the other family as well. */
  readonly identity: string;
  /** By address and port: how a client addresses it there, and what becomes of his connections. */
  readonly addresses: ReadonlyMap<string, AddressFact>;
  /** With their share of new connections, where any will do, and where they must be the node's own. */
  readonly endpoints: ReadonlyMap<
    string,
    { readonly share: number | undefined; readonly localShare: number | undefined }
  >;
  readonly externalPolicy: string | undefined;
  readonly internalPolicy: string | undefined;
  /** Null: not told. */
  readonly affinity: string | null;
  readonly ranges: readonly string[] | null;
  readonly masquerades: readonly MasqueradeFact[];
  readonly healthCheckPort: number | undefined;
}

/** Whose connections to addresses of a kind are masqueraded; absent: to all that lead to the rule. */
export interface MasqueradeFact {
  readonly kind: ProxyAddressKind | undefined;
  readonly from: string;
}

export interface AddressFact {
  readonly kind: ProxyAddressKind;
  /** Of a node port that only some addresses of the node take. */
  readonly only?: readonly string[];
  readonly address: string | undefined;
  readonly port: number;
  readonly text: string;
  readonly fate: ProxyAddress['fate'];
}

export const KIND_WORDS: Readonly<Record<ProxyAddressKind, string>> = {
  'cluster IP': 'cluster address',
  'external IP': 'external address',
  'load balancer IP': 'load balancer address',
  'external or load balancer IP': 'external or load balancer address',
  'node port': 'node port',
};

/** What is known beside the rules: of the side what the API's objects say, of the node whose its addresses are. */
export interface FactsBeside {
  readonly naming: Naming;
  readonly api: readonly ApiServicePort[];
  readonly interfaceOf: (address: Address) => string | undefined;
}

/** Services of one node by what tells them apart, in the order of their names. */
export function factsOf(
  services: readonly ProxyService[],
  { naming, api, interfaceOf }: FactsBeside,
): ReadonlyMap<string, ServiceFacts> {
  const byName = new Map(api.map(each => [`${formatServicePort(each.service)} ${each.protocol}`, each]));
  const found = services.map((seen): ServiceFacts => {
    const named = naming.of(seen);
    const identity = identityOf(named, seen);
    const label = named.service ? formatServicePort(named.service) : serviceLabel(seen);
    return { label, identity, family: seen.family, ...facts(seen, byName.get(identity), interfaceOf) };
  });
  found.sort((a, b) => (a.label === b.label ? 0 : a.label < b.label ? -1 : 1));
  return new Map(found.map(each => [`${each.family} ${each.identity}`, each] as const));
}

function facts(
  seen: ProxyService,
  api: ApiServicePort | undefined,
  interfaceOf: FactsBeside['interfaceOf'],
): Omit<ServiceFacts, 'label' | 'identity' | 'family'> {
  const { endpoints, sourceRanges, affinitySeconds, healthCheckPort } = seen;
  const affinity = told(affinitySeconds, api && { value: api.affinitySeconds });
  const ranges = isUnknown(sourceRanges) ? null : sourceRanges.map(formatPrefix);
  return {
    addresses: new Map([
      ...seen.addresses.filter(({ kind }) => kind !== 'node port').map(each => addressFact(each, api)),
      ...nodePorts(seen, interfaceOf),
    ]),
    endpoints: new Map(
      endpoints.map(({ address, port, share, localShare }) => [formatEndpoint(address, port), { share, localShare }]),
    ),
    externalPolicy: told(seen.externalPolicy, api && { value: api.externalPolicy }) ?? undefined,
    internalPolicy: told(seen.internalPolicy, api && { value: api.internalPolicy }) ?? undefined,
    affinity: affinity === null ? null : affinity === undefined ? 'none' : `${affinity} seconds`,
    ranges,
    masquerades: seen.masquerades.flatMap(masqueradeFact),
    healthCheckPort,
  };
}

/** Rules that do not tell it: the API. Null: neither does. */
function told<T>(
  value: T | Unknown | undefined,
  api: { readonly value: T | undefined } | undefined,
): T | undefined | null {
  if (!isUnknown(value)) return value;
  return api ? api.value : null;
}

const isUnknown = (value: unknown): value is Unknown =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'unknown';

function addressFact(
  { kind, address, port, fate }: ProxyAddress,
  api: ApiServicePort | undefined,
): readonly [key: string, fact: AddressFact] {
  const own = kind === 'external or load balancer IP' && address !== undefined ? kindByApi(address, api) : kind;
  const where = address === undefined ? String(port) : formatAddress(address);
  return [
    `${where} ${port}`,
    { kind: own, address: where, port, text: `${KIND_WORDS[own]} ${where} (port ${port})`, fate },
  ];
}

/** A port is one, whichever addresses of the node take it. */
function nodePorts({ addresses }: ProxyService, interfaceOf: FactsBeside['interfaceOf']): Map<string, AddressFact> {
  const found = new Map<string, AddressFact>();
  for (const { kind, address, port, fate } of addresses) {
    if (kind !== 'node port') continue;
    const text = `node port ${port}`;
    const known = found.get(text);
    const at = address === undefined ? undefined : ownAddress(address, interfaceOf(address));
    const only = at === undefined ? undefined : [...(known?.only ?? []), at];
    found.set(text, { kind, ...(only && { only }), address: undefined, port, text, fate });
  }
  return found;
}

const ownAddress = (address: Address, device: string | undefined): string =>
  device === undefined ? formatAddress(address) : `the address of ${device}`;

function kindByApi(address: NonNullable<ProxyAddress['address']>, api: ApiServicePort | undefined): ProxyAddressKind {
  if (api?.externalIPs.includes(address)) return 'external IP';
  if (api?.loadBalancerIPs.some(each => each.address === address)) return 'load balancer IP';
  return 'external or load balancer IP';
}

export const WHOSE = { any: 'from anywhere', node: 'from the node itself', loopback: 'from 127.0.0.0/8' } as const;

const outsideWords = (detail: string): string =>
  detail.startsWith('interface ')
    ? `by another interface than ${detail.slice('interface '.length)}`
    : `from outside of ${detail}`;

/** An endpoint that reaches itself comes and goes with the endpoint. */
function masqueradeFact({ whose, detail = '', kind, rule }: ProxyService['masquerades'][number]): MasqueradeFact[] {
  if (whose === 'itself') return [];
  const from = whose === 'outside' ? outsideWords(detail) : WHOSE[whose];
  // Only connections from outside come to such a chain, whichever address they were for.
  const external = kind === undefined && rule.chain.startsWith('KUBE-XLB-');
  return [{ kind: external ? 'external or load balancer IP' : kind, from }];
}
