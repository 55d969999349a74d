import {
  type ApiEndpoint,
  type ApiServicePort,
  apiEndpoints,
  apiServicePorts,
  apiZones,
  isOfFamily,
} from '../../src/kubernetes/objects.ts';
import { type Family, familyOf, formatAddress, formatEndpoint } from '../../src/net/address.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import type { Fact, Row, Visible } from './facts.ts';

/** What decides what a node's rules can show of the API's objects. */
export interface Viewpoint {
  /** Of kube-proxy 1.x the x. */
  readonly minor: number;
  readonly mode: 'iptables' | 'nftables';
  /** Feature gates that its configuration sets, whatever the release's defaults are. */
  readonly gates: ReadonlyMap<string, boolean>;
  readonly node: string;
  readonly zone: string | undefined;
  /** Families whose rules were captured. */
  readonly families: readonly Family[];
}

/** Releases in which kube-proxy's view of the objects changed (KEPs 563, 1669, 2433, 2086, 1860, 4444). */
const EXTERNAL_IP_POLICY = 20;
const DUAL_STACK = 21;
const INTERNAL_POLICY_BY_FILTER = 22;
const INTERNAL_POLICY_IN_RULES = 24;
const HINTS = 24;
const TERMINATING = 26;
const IP_MODE = 30;
const TRAFFIC_DISTRIBUTION = 31;
const NODE_HINTS = 34;

const enabled = ({ gates, minor }: Viewpoint, gate: string, since: number): boolean =>
  gates.get(gate) ?? minor >= since;

export interface Objects {
  readonly ports: readonly ApiServicePort[];
  readonly endpoints: readonly ApiEndpoint[];
  readonly zones: ReadonlyMap<string, string>;
}

export const objectsOf = (lists: readonly unknown[]): Objects => ({
  ports: apiServicePorts(lists),
  endpoints: apiEndpoints(lists),
  zones: apiZones(lists),
});

/** What the rules of one node can show of one service port; undefined: nothing. `left` is told every fact that they cannot. */
export function visible(
  api: ApiServicePort,
  { endpoints }: Objects,
  view: Viewpoint,
  left: (row: Row, fact: Fact) => void,
): Visible | undefined {
  const own = endpoints.filter(
    each =>
      each.namespace === api.service.namespace &&
      each.serviceName === api.service.name &&
      each.portName === (api.service.port ?? '') &&
      each.protocol === api.protocol,
  );
  const parts = (['ip', 'ip6'] as const).flatMap(family => {
    if (!api.clusterIPs.some(isOfFamily(family))) return [];
    const row = familyRow(family, view);
    if (!row)
      return [
        new FamilyPart(
          api,
          own.filter(({ address }) => familyOf(address) === family),
          family,
          view,
          left,
        ),
      ];
    for (const fact of factsOf(api, own, family)) left(row, fact);
    return [];
  });
  if (parts.length === 0) return undefined;
  const undecided = parts.some(part => part.kindsAlike);
  if (undecided) {
    left('external or balancer', { field: 'externalIPs', value: '' });
    left('external or balancer', { field: 'loadBalancerIPs', value: '' });
  }
  const addresses = parts.flatMap(part => part.addresses);
  const of = (kind: string) => parts.flatMap(part => part.ofKind(kind)).sort();
  return {
    addresses: [...new Set(addresses)].sort(),
    clusterIPs: of('cluster'),
    externalIPs: undecided ? null : of('external'),
    loadBalancerIPs: undecided ? null : of('balancer'),
    nodePort: api.nodePort,
    endpoints: parts.flatMap(part => part.endpoints.map(each => formatEndpoint(each.address, each.port))).sort(),
    externalTrafficPolicy: either(parts.map(part => part.externalPolicy())),
    internalTrafficPolicy: either(parts.map(part => part.internalPolicy())),
    sessionAffinityTimeoutSeconds: either(parts.map(part => part.affinity())),
    loadBalancerSourceRanges: ranges(parts),
  };
}

/** A field's value; undefined: it does not apply; null: the rules cannot tell it. */
type Field<T> = T | null | undefined;

/** What one family tells is told; null where none does. */
function either<T>(values: readonly Field<T>[]): Field<T> {
  const known = values.find(value => value !== undefined && value !== null);
  return known ?? (values.includes(null) ? null : undefined);
}

function ranges(parts: readonly FamilyPart[]): readonly string[] | null {
  const lists = parts.map(part => part.ranges());
  if (lists.includes(null)) return null;
  return lists.flatMap(list => list ?? []).sort();
}

function familyRow(family: Family, view: Viewpoint): Row | undefined {
  if (family === 'ip6' && !enabled(view, 'IPv6DualStack', DUAL_STACK)) return 'one family';
  return view.families.includes(family) ? undefined : 'family not captured';
}

/** Everything that the objects say of a family. */
function* factsOf(api: ApiServicePort, own: readonly ApiEndpoint[], family: Family): Generator<Fact> {
  const of = isOfFamily(family);
  for (const address of api.clusterIPs.filter(of)) yield { field: 'clusterIPs', value: formatAddress(address) };
  for (const address of api.externalIPs.filter(of)) yield { field: 'externalIPs', value: formatAddress(address) };
  for (const { address } of api.loadBalancerIPs)
    if (of(address)) yield { field: 'loadBalancerIPs', value: formatAddress(address) };
  for (const { address, port } of own)
    if (of(address)) yield { field: 'endpoints', value: formatEndpoint(address, port) };
}

/** One service port in one family, as the rules of one node can have it. */
class FamilyPart {
  readonly endpoints: readonly ApiEndpoint[];
  /** Nothing tells external from load balancer addresses. */
  readonly kindsAlike: boolean;
  private readonly api: ApiServicePort;
  private readonly family: Family;
  private readonly view: Viewpoint;
  private readonly left: (row: Row, fact: Fact) => void;
  private readonly balancers: readonly string[];
  private readonly hasAny: boolean;
  private readonly chosen: readonly ApiEndpoint[];

  constructor(
    api: ApiServicePort,
    own: readonly ApiEndpoint[],
    family: Family,
    view: Viewpoint,
    left: (row: Row, fact: Fact) => void,
  ) {
    this.api = api;
    this.family = family;
    this.view = view;
    this.left = left;
    this.balancers = this.visibleBalancers();
    const { minor, node } = view;
    const able = enabled(view, 'ServiceInternalTrafficPolicy', INTERNAL_POLICY_BY_FILTER);
    const slices = view.gates.get('EndpointSliceProxying') !== false;
    const filters = able && slices && minor < INTERNAL_POLICY_IN_RULES;
    const filtered = filters && this.internalLocal && !this.externalLocal;
    const all = filtered ? own.filter(each => each.node === node) : own;
    const usable = this.usable(all);
    this.hasAny = usable.length > 0;
    const cluster = this.near(usable);
    const local = this.usable(all.filter(each => each.node === node));
    this.chosen = [...(this.usesCluster ? cluster : []), ...(this.usesLocal ? local : [])];
    this.endpoints = [...new Set(this.chosen)];
    for (const each of own)
      if (!this.endpoints.includes(each))
        left(this.rowOf(each, usable), { field: 'endpoints', value: formatEndpoint(each.address, each.port) });
    const outside = this.ofKind('external').length + this.balancers.length > 0;
    const ranged = this.balancers.length > 0 && this.ownRanges.length > 0;
    // In nftables mode only the map of source ranges names load balancer addresses as such.
    this.kindsAlike = outside && (view.mode === 'nftables' ? !ranged || !this.hasAny : !this.hasAny);
  }

  get addresses(): readonly string[] {
    return ['cluster', 'external', 'balancer'].flatMap(kind => this.ofKind(kind));
  }

  ofKind(kind: string): readonly string[] {
    if (kind === 'balancer') return this.balancers;
    const list = kind === 'cluster' ? this.api.clusterIPs : this.api.externalIPs;
    return list.filter(isOfFamily(this.family)).map(formatAddress);
  }

  externalPolicy(): Field<string> {
    if (!this.isExternal) return undefined;
    const alike =
      this.view.minor < EXTERNAL_IP_POLICY && this.api.nodePort === undefined && this.balancers.length === 0;
    if (this.hasAny && alike) {
      this.left('external policy before 1.20', { field: 'externalTrafficPolicy', value: this.api.externalPolicy });
      return null;
    }
    if (this.hasAny) return this.api.externalPolicy;
    this.left('no endpoints', { field: 'externalTrafficPolicy', value: this.api.externalPolicy });
    return null;
  }

  internalPolicy(): Field<string> {
    const fact = { field: 'internalTrafficPolicy', value: this.api.internalPolicy } as const;
    if (this.hasAny && this.view.minor >= INTERNAL_POLICY_IN_RULES) return this.api.internalPolicy;
    this.left(this.hasAny ? 'internal policy before 1.24' : 'no endpoints', fact);
    return null;
  }

  affinity(): Field<number> {
    if (this.chosen.length > 0) return this.api.affinitySeconds;
    const value = String(this.api.affinitySeconds ?? 'none');
    this.left(this.hasAny ? 'no endpoint of its own' : 'no endpoints', {
      field: 'sessionAffinityTimeoutSeconds',
      value,
    });
    return null;
  }

  ranges(): readonly string[] | null {
    const own = this.ownRanges;
    if (this.balancers.length === 0) {
      for (const value of own) this.left('ranges without balancer', { field: 'loadBalancerSourceRanges', value });
      return this.kindsAlike && !this.hasAny ? null : [];
    }
    if (this.hasAny) return own;
    this.left('no endpoints', { field: 'loadBalancerSourceRanges', value: own.join() || 'none' });
    return null;
  }

  private get ownRanges(): readonly string[] {
    return this.api.sourceRanges.filter(({ family }) => family === this.family).map(formatPrefix);
  }

  private get internalLocal(): boolean {
    return this.api.internalPolicy === 'Local';
  }

  /** As kube-proxy asks before 1.24: of types with a node port or a balancer alone. */
  private get externalLocal(): boolean {
    const { externalPolicy, nodePort, loadBalancerIPs } = this.api;
    return externalPolicy === 'Local' && (nodePort !== undefined || loadBalancerIPs.length > 0);
  }

  private get isExternal(): boolean {
    return this.api.nodePort !== undefined || this.balancers.length > 0 || this.ofKind('external').length > 0;
  }

  private get usesCluster(): boolean {
    return this.view.minor < INTERNAL_POLICY_IN_RULES || !this.internalLocal || this.isExternal;
  }

  private get usesLocal(): boolean {
    const external = this.isExternal && this.api.externalPolicy === 'Local';
    return external || (this.internalLocal && this.view.minor >= INTERNAL_POLICY_IN_RULES);
  }

  /** The ready ones; without any, since 1.26, those that still serve while they terminate. */
  private usable(list: readonly ApiEndpoint[]): readonly ApiEndpoint[] {
    const ready = list.filter(each => each.ready);
    if (ready.length > 0 || !enabled(this.view, 'ProxyTerminatingEndpoints', TERMINATING)) return ready;
    return list.filter(each => each.serving && each.terminating);
  }

  /** Those that hints keep a node to, where every ready one has hints and some fit. */
  private near(list: readonly ApiEndpoint[]): readonly ApiEndpoint[] {
    const { zone, node } = this.view;
    const ready = list.filter(each => each.ready);
    if (!enabled(this.view, 'TopologyAwareHints', HINTS) || ready.length === 0) return list;
    if (!enabled(this.view, 'ServiceTrafficDistribution', TRAFFIC_DISTRIBUTION) && !this.annotated()) return list;
    if (
      enabled(this.view, 'PreferSameTrafficDistribution', NODE_HINTS) &&
      ready.every(({ hintNodes }) => hintNodes?.length)
    ) {
      const same = ready.filter(({ hintNodes }) => hintNodes?.includes(node));
      if (same.length > 0) return same;
    }
    if (zone === undefined || !ready.every(({ hintZones }) => hintZones?.length)) return list;
    const fitting = ready.filter(({ hintZones }) => hintZones?.includes(zone));
    return fitting.length > 0 ? fitting : list;
  }

  private annotated(): boolean {
    const { annotations } = this.api;
    const text =
      annotations.get('service.kubernetes.io/topology-mode') ??
      annotations.get('service.kubernetes.io/topology-aware-hints');
    return text !== undefined && text.toLowerCase() === 'auto';
  }

  private visibleBalancers(): readonly string[] {
    return this.api.loadBalancerIPs.flatMap(({ address, proxied }) => {
      if (familyOf(address) !== this.family) return [];
      const value = formatAddress(address);
      if (!proxied || !enabled(this.view, 'LoadBalancerIPMode', IP_MODE)) return [value];
      this.left('proxied balancer', { field: 'loadBalancerIPs', value });
      return [];
    });
  }

  private rowOf(endpoint: ApiEndpoint, usable: readonly ApiEndpoint[]): Row {
    const { ready, serving, terminating, node } = endpoint;
    if (!ready && !(serving && terminating)) return 'not ready';
    if (!ready)
      return enabled(this.view, 'ProxyTerminatingEndpoints', TERMINATING)
        ? 'terminating beside ready'
        : 'terminating before 1.26';
    if (
      this.internalLocal &&
      node !== this.view.node &&
      (!this.usesCluster || this.view.minor < INTERNAL_POLICY_IN_RULES)
    )
      return 'endpoints of other nodes';
    return usable.includes(endpoint) ? 'endpoints of other zones' : 'not ready';
  }
}
