import type { ReasonAnswer, RemarkAnswer, RuleAnswer } from '../cluster/answer.ts';

/**
 * What `chainwalk explain service --json` prints; docs/json.md describes it and a test freezes it. A field that is null
 * is not told by the rules: `unknowns` has the reason. A field that is absent does not apply.
 */
export interface ServicesAnswer {
  readonly schema: 'chainwalk.explain.service/1';
  readonly version: string;
  readonly nodes: readonly NodeProxyAnswer[];
  readonly services: readonly ServiceExplained[];
  readonly remarks: readonly RemarkAnswer[];
}

/** Who handles services on a node. */
export interface NodeProxyAnswer {
  readonly node: string;
  readonly proxy: 'iptables' | 'nftables' | 'ipvs' | 'none';
  /** Of kube-proxy, as its rules' shape tells: `1.25 or newer`. */
  readonly releases?: string;
  /** What handles services where netfilter does not see it. */
  readonly outside: readonly OutsideAnswer[];
}

export interface OutsideAnswer {
  readonly who: string;
  readonly what: string;
  readonly howToLearn: string;
}

export type TrafficPolicyAnswer = 'Cluster' | 'Local';

/** One port of a service, as all asked nodes have it. */
export interface ServiceExplained {
  /** Null: no comment names it and no Service of the API fits; `chains` then tell it. */
  readonly namespace: string | null;
  readonly name: string | null;
  readonly portName?: string;
  /** How the name was found. `hash`: the chains are named after what the API's Service hashes to. */
  readonly namedBy: 'comment' | 'name' | 'hash' | 'address' | null;
  readonly protocol: string;
  readonly port: number | null;
  readonly clusterIPs: readonly string[];
  readonly externalIPs: readonly string[] | null;
  readonly loadBalancerIPs: readonly string[] | null;
  readonly nodePort?: number;
  readonly healthCheckNodePort?: number;
  readonly addresses: readonly AddressExplained[];
  readonly endpoints: readonly EndpointExplained[];
  readonly externalTrafficPolicy?: TrafficPolicyAnswer | null;
  readonly internalTrafficPolicy?: TrafficPolicyAnswer | null;
  readonly sessionAffinityTimeoutSeconds?: number | null;
  readonly loadBalancerSourceRanges: readonly string[] | null;
  readonly masquerades: readonly MasqueradeExplained[];
  /** Fields above that the API's objects tell and the rules do not. */
  readonly fromApi: readonly string[];
  readonly unknowns: readonly FieldUnknown[];
  /** Of every node the names of its chains, without those of endpoints. */
  readonly chains: readonly string[];
  readonly rules: readonly RuleAnswer[];
  /** The nodes whose rules have it. */
  readonly nodes: readonly string[];
  readonly disagreements: readonly Disagreement[];
  /** What a packet gets at each address from each kind of source; where one service was asked for. */
  readonly paths?: readonly PathExplained[];
}

export interface AddressExplained {
  readonly kind: 'cluster IP' | 'external IP' | 'load balancer IP' | 'node port' | 'external or load balancer IP';
  /** Absent of a node port that every address of a node takes. */
  readonly address?: string;
  readonly port: number;
  /** What becomes of a new connection from elsewhere at each node. */
  readonly fates: readonly { readonly node: string; readonly fate: 'translated' | 'rejected' | 'dropped' }[];
  /** Who answers for the address outside; empty where nothing that was captured tells. */
  readonly announcedBy: readonly AnnouncedBy[];
  /** Of an address that nobody is known to announce: what it was to be announced by, and what became of that. */
  readonly reasons?: readonly ReasonAnswer[];
}

export interface AnnouncedBy {
  readonly node?: string;
  /** `neighbour`: an entry of its neighbour table; `route`: a route of its; `interface`: the node has the address; `metallb`: it says so. */
  readonly by: 'neighbour' | 'route' | 'interface' | 'metallb' | 'every node';
  /** The host outside that knows it so. */
  readonly seenBy?: string;
  readonly text: string;
}

export interface EndpointExplained {
  readonly address: string;
  readonly port: number;
  /** Null: rules do not tell on which node it runs. */
  readonly node: string | null;
  readonly pod?: string;
  /**
   * Share of new connections to the cluster address, from 0 to 1; null: it differs between nodes. 0: only others are
   * chosen there.
   */
  readonly probability: number | null;
  readonly nodes: readonly EndpointOnNode[];
}

/** An endpoint by the rules of one node. */
export interface EndpointOnNode {
  readonly node: string;
  /** Of connections to the cluster address. */
  readonly probability: number;
  /** Of connections from elsewhere to the other addresses; absent: it has none. */
  readonly externalProbability?: number;
}

export interface MasqueradeExplained {
  readonly node: string;
  /** `any`, those `outside` of `detail`, the `node` itself, `loopback`, an endpoint that calls `itself`. */
  readonly whose: 'any' | 'outside' | 'node' | 'loopback' | 'itself';
  readonly detail?: string;
  readonly kind?: AddressExplained['kind'];
  readonly rule: RuleAnswer;
}

export interface FieldUnknown {
  readonly field: string;
  readonly what: string;
  readonly howToLearn?: string;
}

/** Nodes that say different things, or something else than the API. */
export interface Disagreement {
  readonly kind: 'endpoint' | 'address' | 'policy' | 'service' | 'rules';
  readonly what: string;
  /** Who says so; `API` is the captured objects. */
  readonly saidBy: readonly string[];
  readonly notBy: readonly string[];
}

/** What a packet gets: one source, one address, at one node. */
export interface PathExplained {
  readonly node: string;
  readonly from: 'pod' | 'node' | 'outside';
  readonly source: string;
  readonly kind: AddressExplained['kind'];
  readonly address: string;
  readonly port: number;
  readonly outcomes: readonly PathOutcome[];
}

export interface PathOutcome {
  readonly probability: number | null;
  readonly disposition: string;
  /** Mark of the packet at the end, and whether it was marked for masquerade on the way. */
  readonly marked: boolean;
  readonly dnat?: { readonly address: string; readonly port?: number; readonly rule: RuleAnswer };
  readonly snat?: { readonly rule: RuleAnswer };
  readonly endpointNode?: string;
  readonly sourceSeen?: string;
  readonly decidedBy?: RuleAnswer;
  readonly reason: string;
  readonly reasons: readonly ReasonAnswer[];
}
