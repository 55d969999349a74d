import type { Unknown } from '../../model/truth.ts';
import type { Address, Family } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { RulePosition } from '../../walk/trace.ts';
import type { ServiceAddress, ServicePort } from '../comment.ts';

export type TrafficPolicy = 'Cluster' | 'Local';

/** Without endpoints, and in nftables mode, the rules of external and of load balancer addresses are alike. */
export type ProxyAddressKind = ServiceAddress | 'external or load balancer IP';

/** One address of a service port on one node. */
export interface ProxyAddress {
  readonly kind: ProxyAddressKind;
  /** Of a node port: absent where every address of the node takes it. */
  readonly address?: Address;
  readonly port: number;
  /** What becomes of a new connection from elsewhere. */
  readonly fate: 'translated' | 'rejected' | 'dropped';
  /** The chain that it is handed to. */
  readonly chain?: string;
}

/** Shares are of new connections, from 0 to 1, without affinity. */
export interface ProxyEndpoint {
  readonly address: Address;
  readonly port: number;
  /** Where any endpoint will do. */
  readonly share?: number;
  /** Where it must be one of this node. */
  readonly localShare?: number;
  /** In the order in which the rules have them: the chains of the endpoint. */
  readonly chains: readonly string[];
}

/** A rule that has sources masqueraded. */
export interface ProxyMasquerade {
  /** `any`: whoever asks; `outside`: those outside of `detail`; `node`: the node itself; `itself`: the endpoint. */
  readonly whose: 'any' | 'outside' | 'node' | 'loopback' | 'itself';
  /** A prefix, or `interface cni0`. */
  readonly detail?: string;
  /** How the service must have been addressed; absent: in any way that leads to the rule. */
  readonly kind?: ProxyAddressKind;
  readonly rule: RulePosition;
}

/** What the rules of one family on one node tell of one service port. An Unknown: they do not tell it. */
export interface ProxyService {
  /** Undefined: neither a comment nor the chains' names name it. */
  readonly service: ServicePort | undefined;
  readonly namedBy: 'comment' | 'name' | null;
  /** The part that the names of its chains share; undefined: it has no chain. */
  readonly suffix: string | undefined;
  readonly family: Family;
  readonly protocol: number;
  readonly addresses: readonly ProxyAddress[];
  readonly endpoints: readonly ProxyEndpoint[];
  /** Undefined: it has no address that the policy is about. */
  readonly externalPolicy: TrafficPolicy | Unknown | undefined;
  readonly internalPolicy: TrafficPolicy | Unknown | undefined;
  /** Undefined: none. */
  readonly affinitySeconds: number | Unknown | undefined;
  readonly sourceRanges: readonly Prefix[] | Unknown;
  readonly healthCheckPort: number | undefined;
  readonly masquerades: readonly ProxyMasquerade[];
  /** Rules that are about this service alone, but for those of its endpoints' chains. */
  readonly rules: readonly RulePosition[];
  /** What of its rules has not the shape that kube-proxy gives them. */
  readonly oddities: readonly string[];
}
