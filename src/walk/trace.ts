import type { CtState, CtStatus, Direction, Tuple } from '../model/conntrack.ts';
import type { Hook, Owner, Policy, Rule, Table } from '../model/ruleset.ts';
import type { Unknown } from '../model/truth.ts';
import type { Address } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import type { Packet } from '../net/packet.ts';

/** A packet's fate in one network namespace. */
export type Disposition =
  | 'delivered'
  | 'refused'
  | 'leaves-the-node'
  | 'leaves-the-cluster'
  | 'dropped'
  | 'rejected'
  | 'consumed'
  | 'nat-dropped'
  | 'bridge-dropped'
  | 'no-route'
  | 'neighbour-unreachable'
  | 'ttl-exceeded'
  | 'forwarding-disabled'
  | 'reverse-path'
  | 'martian'
  | 'loop'
  | 'undecided';

/** The rule of a step, with the table and chain it stands in. */
export interface RulePosition {
  readonly family: Table['family'];
  readonly owner: Owner;
  readonly table: string;
  readonly chain: string;
  readonly rule: Rule;
}

/** What the walk met, in order. Marks are those of the packet. */
export type Step =
  | { readonly kind: 'hook'; readonly hook: Hook; readonly packet: Packet }
  | RuleStep
  /** The implicit end of a user chain, and the policy at the end of a base chain. */
  | {
      readonly kind: 'return';
      readonly hook: Hook;
      readonly family: Table['family'];
      readonly table: string;
      readonly owner: Owner;
      readonly chain: string;
      readonly rules: number;
      readonly mark: number;
    }
  | {
      readonly kind: 'policy';
      readonly hook: Hook;
      readonly family: Table['family'];
      readonly table: string;
      readonly owner: Owner;
      readonly chain: string;
      readonly policy: Policy;
      readonly mark: number;
    }
  | { readonly kind: 'hook-end'; readonly hook: Hook; readonly packet: Packet; readonly connection: ConnectionSnapshot }
  | { readonly kind: 'connection'; readonly hook: Hook; readonly connection: ConnectionSnapshot; readonly why?: string }
  | Translation
  | RouteStep
  | { readonly kind: 'ttl'; readonly ttl: number }
  | { readonly kind: 'bridge'; readonly bridge: string; readonly to: 'port' | 'up'; readonly port?: string }
  | {
      readonly kind: 'neighbour';
      readonly address: Address;
      readonly device: string;
      readonly mac: Mac | undefined;
      readonly state: string;
    }
  | { readonly kind: 'note'; readonly text: string };

export interface RuleStep {
  readonly kind: 'rule';
  readonly hook: Hook;
  readonly at: RulePosition;
  readonly markBefore: number;
  readonly markAfter: number;
  readonly verdict:
    | 'continue'
    | 'accept'
    | 'drop'
    | 'return'
    | 'jump'
    | 'goto'
    | 'reject'
    | 'nat'
    | 'queue'
    | 'consumed';
  /** Of jump and goto. */
  readonly chain?: string | undefined;
  /** A match of the rule is not known; the walk went on as if it said yes, or its effect does not matter. */
  readonly undecided?: Unknown | undefined;
}

export interface Translation {
  readonly kind: 'translation';
  readonly hook: Hook;
  /** `reply`: undone for an answer, `established`: repeated for a further packet; else the statement that made it. */
  readonly type: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'netmap' | 'reply' | 'established';
  readonly field: 'source' | 'destination';
  readonly from: { readonly address: Address; readonly port?: number | undefined };
  readonly to: { readonly address: Address; readonly port?: number | undefined };
  readonly at?: RulePosition | undefined;
}

export interface RouteStep {
  readonly kind: 'route';
  readonly why: 'input' | 'output' | 'reroute' | 'reverse-path';
  readonly destination: Address;
  /** As `ip route` prints it, or what the kernel answered. */
  readonly text: string;
  readonly device?: string | undefined;
  readonly gateway?: Address | undefined;
}

export interface ConnectionSnapshot {
  readonly state: CtState;
  readonly direction?: Direction | undefined;
  readonly status: readonly CtStatus[];
  /** As `conntrack -L` prints it, of protocols that have one. */
  readonly protocolState?: string | undefined;
  readonly mark?: number | undefined;
  readonly zone?: number | undefined;
  readonly helper?: string | undefined;
  readonly original?: Tuple | undefined;
  readonly reply?: Tuple | undefined;
}

/**
 * A connection and the state under which a packet of the kernel's own belongs to it (nf_ct_attach). `'untracked'`: it
 * is about a packet that was not tracked; it has no connection, and NOTRACK passes it by.
 */
export interface Attached {
  readonly connection: object | 'untracked';
  readonly state: CtState;
  readonly direction: Direction;
}

/** A packet that the node itself sends because of this one: an ICMP error, a redirect, a TCP reset. */
export interface Answer {
  /** `ICMP port unreachable`. */
  readonly what: string;
  readonly packet: Packet;
  readonly attached?: Attached;
  /** The port of a bridge by which it leaves at once, past all rules (nf_send_reset to a frame that came in there). */
  readonly port?: string;
}

/** One visit of one packet to one network namespace. */
export interface Hop {
  readonly node: string;
  /** As it came in (or was made), and as it was at the end. */
  readonly before: Packet;
  readonly after: Packet;
  readonly steps: readonly Step[];
  readonly disposition: Disposition;
  /** In a few words, for every disposition: `dropped by rule`, `TTL 1`. */
  readonly reason: string;
  readonly decidedBy?: RulePosition | undefined;
  readonly connection: ConnectionSnapshot;
  /** ICMP errors and TCP resets that the kernel sends back. */
  readonly answers: readonly Answer[];
  /** Where it left, with the next hop. */
  readonly out?:
    | { readonly device: string; readonly nexthop?: Address; readonly mac?: Mac; readonly port?: string }
    | undefined;
  /** What the kernel does by default and nobody captured. */
  readonly assumptions: readonly Assumed[];
  readonly unknowns: readonly Undecided[];
}

/** A default that the walk took, and the evidence or flag that replaces it. */
export interface Assumed {
  readonly what: string;
  readonly change: string;
}

export interface Undecided {
  readonly why: Unknown;
  readonly at?: RulePosition;
}
