import type { Element, Expression } from './expression.ts';

/** The statements of libnftables-json(5), named by their key there. */
export type Statement =
  | Verdict
  | Match
  | Counter
  | Last
  | Quota
  | Limit
  | CtCount
  | Mangle
  | Vmap
  | SetUpdate
  | Meter
  | Nat
  | Masquerade
  | Redirect
  | Reject
  | Log
  | Notrack
  | Dup
  | Fwd
  | Tproxy
  | Synproxy
  | CtHelper
  | CtTimeout
  | CtExpectation
  | Secmark
  | TunnelReference
  | Flow
  | Reset
  | Xt
  | UnreadStatement;

export type StatementKind = Statement['kind'];
export type StatementOf<K extends StatementKind> = Extract<Statement, { readonly kind: K }>;

/** Ends the chain or leads elsewhere; also what a verdict map's key leads to. */
export type Verdict = Plain<'accept'> | Plain<'drop'> | Plain<'continue'> | Plain<'return'> | Jump | Queue;

interface Plain<K> {
  readonly kind: K;
}

export type Jump = Leading<'jump'> | Leading<'goto'>;
interface Leading<K> {
  readonly kind: K;
  /** Empty where the chain is written in place (`jump { ... }`). */
  readonly target: string;
  /** Of a chain that is written in place. */
  readonly rules?: readonly RuleInPlace[];
}

export interface RuleInPlace {
  readonly statements: readonly Statement[];
  readonly comment: string | undefined;
}

export interface Queue {
  readonly kind: 'queue';
  /** A number, a range of numbers, or an expression that yields one; absent: queue 0. */
  readonly number?: Expression;
  readonly flags: readonly string[];
}

export type MatchOperator = '==' | '!=' | '<' | '>' | '<=' | '>=' | 'in' | '!';

/**
 * `in`: some of the right side's bits are set on the left (`ct state established,related`); `!`: none of them is
 * (`tcp flags ! syn,ack`).
 */
export interface Match {
  readonly kind: 'match';
  readonly operator: MatchOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** The name of an object of the same table, or a map that yields one. */
export interface ObjectReference {
  readonly name: Expression;
}

export type Counter = { readonly kind: 'counter' } & (
  | { readonly packets: bigint; readonly bytes: bigint }
  | ObjectReference
  // `nft -s`: not shown.
  | { readonly stateless: true }
);

/** When the statement was last reached. */
export interface Last {
  readonly kind: 'last';
  /** Milliseconds ago; absent: never, or a listing without state. */
  readonly used?: number;
}

export type Quota = { readonly kind: 'quota' } & (QuotaTerms | ObjectReference);
export interface QuotaTerms {
  readonly bytes: bigint;
  readonly used?: bigint;
  /** `over`: says yes once the quota is used up. */
  readonly inverted: boolean;
  /** `bytes`, `kbytes`, `mbytes`: as printed. */
  readonly unit: string;
  readonly usedUnit?: string;
}

export type Limit = { readonly kind: 'limit' } & (LimitTerms | ObjectReference);
export interface LimitTerms {
  readonly rate: number;
  /** `packets`, or `bytes`, `kbytes`, `mbytes` as printed. */
  readonly rateUnit: string;
  readonly per: 'second' | 'minute' | 'hour' | 'day' | 'week';
  readonly burst: number;
  readonly burstUnit: string;
  /** `over`: says yes beyond the rate. */
  readonly inverted: boolean;
}

export interface CtCount {
  readonly kind: 'ct count';
  readonly value: number;
  readonly inverted: boolean;
}

/** `key set value`. */
export interface Mangle {
  readonly kind: 'mangle';
  readonly key: Expression;
  readonly value: Expression;
}

/** `key vmap { ... }`: a key without an element goes on with the next rule. */
export interface Vmap {
  readonly kind: 'vmap';
  readonly key: Expression;
  readonly data: Expression;
}

/** `add @s { ... }`, of a map with the element's value. */
export interface SetUpdate {
  readonly kind: 'set';
  readonly operation: 'add' | 'update' | 'delete';
  readonly set: string;
  readonly element: Element;
}

/** `meter name { ... }` of older nft. */
export interface Meter {
  readonly kind: 'meter';
  readonly name: string;
  readonly size?: number;
  readonly element: Element;
}

export type Nat = Translation<'snat'> | Translation<'dnat'>;
interface Translation<K> {
  readonly kind: K;
  readonly family?: 'ip' | 'ip6';
  readonly address?: Expression;
  readonly port?: Expression;
  /** `random`, `fully-random`, `persistent`, `netmap`. */
  readonly flags: readonly string[];
  /** `interval`, `prefix`, `concat`: how the elements of the address's map are to be read. */
  readonly typeFlags: readonly string[];
}

export interface Masquerade {
  readonly kind: 'masquerade';
  readonly port?: Expression;
  readonly flags: readonly string[];
}

export interface Redirect {
  readonly kind: 'redirect';
  readonly port?: Expression;
  readonly flags: readonly string[];
}

export interface Reject {
  readonly kind: 'reject';
  /** Absent: as the family has it. */
  readonly type?: 'tcp reset' | 'icmp' | 'icmpv6' | 'icmpx';
  readonly code?: Expression;
}

export interface Log {
  readonly kind: 'log';
  readonly prefix?: string;
  readonly group?: number;
  readonly snaplen?: number;
  readonly queueThreshold?: number;
  readonly level?: string;
  /** `tcp sequence`, `tcp options`, `ip options`, `skuid`, `ether`, `all`. */
  readonly flags: readonly string[];
}

export interface Notrack {
  readonly kind: 'notrack';
}

export interface Dup {
  readonly kind: 'dup';
  /** Absent in the family netdev. */
  readonly address?: Expression;
  readonly device?: Expression;
}

export interface Fwd {
  readonly kind: 'fwd';
  readonly device: Expression;
  readonly family?: 'ip' | 'ip6';
  readonly address?: Expression;
}

export interface Tproxy {
  readonly kind: 'tproxy';
  readonly family?: 'ip' | 'ip6';
  readonly address?: Expression;
  readonly port?: Expression;
}

export type Synproxy = { readonly kind: 'synproxy' } & (SynproxyTerms | ObjectReference);
export interface SynproxyTerms {
  readonly mss?: number;
  readonly wscale?: number;
  /** `timestamp`, `sack-perm`. */
  readonly flags: readonly string[];
}

export type CtHelper = { readonly kind: 'ct helper' } & ObjectReference;
export type CtTimeout = { readonly kind: 'ct timeout' } & ObjectReference;
export type CtExpectation = { readonly kind: 'ct expectation' } & ObjectReference;
export type Secmark = { readonly kind: 'secmark' } & ObjectReference;
export type TunnelReference = { readonly kind: 'tunnel' } & ObjectReference;

export interface Flow {
  readonly kind: 'flow';
  readonly flowtable: string;
}

/** Takes a TCP option out of the packet. */
export interface Reset {
  readonly kind: 'reset';
  readonly option: Expression;
}

/** An extension of iptables-nft: nft tells at most its words. Always unknown. */
export interface Xt {
  readonly kind: 'xt';
  readonly type: 'match' | 'target' | 'watcher';
  readonly name: string;
  /** What nft printed of it beside the name. */
  readonly text?: string;
}

/** What neither reader knows: the words or the JSON as they stood. Evaluates to unknown with the reason. */
export interface UnreadStatement {
  readonly kind: 'unread';
  readonly text: string;
  readonly reason: string;
}
