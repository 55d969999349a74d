import type { Table } from '../model/ruleset.ts';
import type { Disposition } from '../walk/trace.ts';

/** What `chainwalk trace --json` prints; docs/json.md describes it and a test freezes it. Addresses are text. */
export interface TraceAnswer {
  readonly schema: 'chainwalk.trace/1';
  readonly version: string;
  readonly packet: PacketAnswer;
  readonly from: FromAnswer;
  /** The service that the packet was for, where a rule it met names one. */
  readonly service?: ServiceAnswer;
  readonly assumptions: readonly AssumptionAnswer[];
  readonly unknowns: readonly UnknownAnswer[];
  readonly outcomes: readonly Outcome[];
  /** The answer's way back through the connections of the first outcome that delivered, or the error sent back. */
  readonly reply?: TraceAnswer;
  /** Of a protocol whose data travels on another connection: the reply is the data. */
  readonly app?: AppAnswer;
  /** What of the files could not be read or was lost in them. */
  readonly remarks: readonly RemarkAnswer[];
}

export interface FromAnswer {
  /** The host that sends it, or that it comes to first. */
  readonly node: string;
  readonly kind: HostKind;
  readonly interface?: string;
  readonly local: boolean;
}

/** `outside`: a client or a router. */
export type HostKind = 'node' | 'pod' | 'outside';

export interface EvidenceAnswer {
  readonly what: string;
  readonly file?: string;
  readonly line?: number;
}

export interface ServiceAnswer {
  readonly namespace: string;
  readonly name: string;
  readonly portName?: string;
  /** How it was addressed: `cluster IP`, `external IP`, `load balancer IP`, `node port`. */
  readonly address?: string;
}

export interface RemarkAnswer {
  readonly severity: 'error' | 'warning' | 'lossy';
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

export interface PacketAnswer {
  readonly family: 'ip' | 'ip6';
  readonly protocol: string;
  readonly source: EndpointAnswer;
  readonly destination: EndpointAnswer;
  readonly ttl: number;
  readonly tos: number;
  readonly mark: number;
  readonly tcpFlags?: readonly string[];
  readonly icmp?: { readonly type: number; readonly code: number };
}

export interface EndpointAnswer {
  readonly address: string;
  readonly port?: number;
}

export interface AssumptionAnswer {
  readonly what: string;
  /** The flag or the evidence that replaces it. */
  readonly change: string;
}

export interface UnknownAnswer {
  readonly kind: string;
  readonly what: string;
  readonly where?: string;
  readonly howToLearn?: string;
  /** False: every way it could be leads to the same outcomes. */
  readonly matters: boolean;
  /** Whether the packet is delivered hangs on it: exit code 3. */
  readonly decidesDelivery: boolean;
}

export interface Outcome {
  readonly id: string;
  /** Null: an unknown decides between this and other outcomes. */
  readonly probability: number | null;
  readonly disposition: Disposition;
  readonly reason: string;
  readonly deliveredTo?: ReceiverAnswer;
  /** Who has the destination address, of a packet that leaves what was captured. */
  readonly headedFor?: ReceiverAnswer;
  readonly sourceSeen?: EndpointAnswer;
  readonly mark: number;
  readonly translations: readonly TranslationAnswer[];
  readonly decidedBy?: RuleAnswer;
  /** What the node sends back because of the packet: `icmp-port-unreachable (to 10.0.0.1)`. */
  readonly sendsBack: readonly string[];
  /** Of a packet that goes round: how many visits it made to which hosts. */
  readonly loop?: { readonly visits: number; readonly hosts: readonly string[] };
  /** What becomes of the answer, where one was walked back. */
  readonly answered?: AnsweredAnswer;
  /** What it hangs on that no single step says, and what would work instead. */
  readonly reasons: readonly ReasonAnswer[];
  readonly hops: readonly HopAnswer[];
}

export interface ReasonAnswer {
  /**
   * `not-translated`: a rule about the destination that almost matched; `mark`: it was marked to be dropped, and was not;
   * `came-back`: to the host that had sent or masqueraded it; `loop`: by which routes it goes round; `silent`: why nobody answers for an address; `in-turn`: a
   * choice that is no chance; `instead`: what would work.
   */
  readonly kind: 'not-translated' | 'mark' | 'came-back' | 'loop' | 'silent' | 'in-turn' | 'instead';
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

export interface AppAnswer {
  readonly name: string;
  /** The nodes that the request visited in its first outcome. */
  readonly nodes: readonly { readonly node: string; readonly translated: boolean; readonly helper: boolean }[];
  readonly text: string;
}

export interface AnsweredAnswer {
  /** The sender gets an answer from whom it asked. */
  readonly accepted: boolean;
  readonly text: string;
  /** Of a call: the streams of both sides, in both orders. */
  readonly media?: readonly MediaAnswer[];
}

export interface MediaAnswer {
  /** Whose first packet comes first: it may decide by which connection the other side's go. */
  readonly first: 'caller' | 'callee';
  readonly from: 'caller' | 'callee';
  /** What the other side's SDP names as it arrived. */
  readonly to: EndpointAnswer;
  readonly arrives: boolean;
  readonly sourceSeen?: EndpointAnswer;
  readonly text: string;
}

export interface ReceiverAnswer {
  readonly kind: 'pod' | 'socket' | 'host' | 'node';
  /** Of a pod `namespace/name`. */
  readonly name?: string;
  readonly node?: string;
  readonly address: string;
  readonly port?: number;
}

export interface TranslationAnswer {
  /** `reply` and `established`: done by the connection, not by a rule. */
  readonly kind: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'netmap' | 'reply' | 'established';
  readonly node: string;
  readonly field: 'source' | 'destination';
  readonly from: EndpointAnswer;
  readonly to: EndpointAnswer;
  readonly rule?: RuleAnswer;
}

export interface RuleAnswer {
  readonly node: string;
  readonly family: Table['family'];
  readonly owner: string;
  readonly table: string;
  readonly chain: string;
  readonly number: number;
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

export interface HopAnswer {
  readonly id: string;
  /** The host visited: a node, a pod, a client, a router. */
  readonly node: string;
  readonly kind: HostKind;
  readonly in?: string;
  readonly out?: string;
  readonly nexthop?: string;
  /** The node, pod or host that has the next hop's address. */
  readonly nexthopName?: string;
  /** Who gets it next, and what that is concluded from. */
  readonly next?: NextAnswer;
  /** It left by a tunnel device. */
  readonly tunnel?: { readonly device: string; readonly evidence: readonly EvidenceAnswer[] };
  /** The visit is of a packet around another one, which left by this tunnel device. */
  readonly around?: string;
  /** The packet of this visit, where it is one around another. */
  readonly packet?: PacketAnswer;
  readonly sendsBack?: readonly string[];
  readonly steps: readonly StepAnswer[];
}

export interface NextAnswer {
  /** `behind`: a pod or host behind the interface; `elsewhere`: nothing of it was captured; `silent`: nobody answers. */
  readonly kind: HostKind | 'behind' | 'elsewhere' | 'silent';
  readonly name?: string;
  readonly interface?: string;
  readonly mac?: string;
  readonly evidence: readonly EvidenceAnswer[];
  /** What says that it is somebody else. */
  readonly against: readonly EvidenceAnswer[];
}

/** Typed steps; `hook` is the netfilter hook during which it happened. */
export type StepBody =
  | { readonly kind: 'hook'; readonly hook: string }
  | {
      readonly kind: 'rule';
      readonly hook: string;
      readonly rule: RuleAnswer;
      readonly verdict: string;
      readonly target?: string;
      readonly markBefore: number;
      readonly markAfter: number;
      /** What the rule is for, where chainwalk can name it. */
      readonly meaning?: string;
      readonly undecided?: string;
    }
  | { readonly kind: 'return'; readonly hook: string; readonly table: string; readonly chain: string }
  | {
      readonly kind: 'policy';
      readonly hook: string;
      readonly table: string;
      readonly chain: string;
      readonly policy: string;
    }
  | {
      readonly kind: 'connection';
      readonly hook: string;
      readonly state: string;
      readonly direction?: string;
      readonly text: string;
    }
  | {
      readonly kind: 'translation';
      readonly hook: string;
      readonly type: string;
      readonly field: 'source' | 'destination';
      readonly from: EndpointAnswer;
      readonly to: EndpointAnswer;
      readonly rule?: RuleAnswer;
    }
  | {
      readonly kind: 'route';
      readonly why: string;
      readonly text: string;
      readonly device?: string;
      readonly gateway?: string;
    }
  | { readonly kind: 'ttl'; readonly ttl: number }
  | { readonly kind: 'bridge'; readonly bridge: string; readonly up: boolean; readonly port?: string }
  | {
      readonly kind: 'neighbour';
      readonly address: string;
      readonly device: string;
      readonly mac?: string;
      readonly state: string;
    }
  | { readonly kind: 'note'; readonly text: string };

export type StepAnswer = { readonly id: string } & StepBody;
