import type { Statement, Verdict } from './statement.ts';

/**
 * The expressions of libnftables-json(5). A one-key object of it, `{"payload": {...}}`, is `{ kind: 'payload', ... }`
 * here; the scalars, lists and references of JSON have kinds of their own. Both readers, of JSON and of text, make
 * these, alike but for what nft's own output leaves out.
 */
export type Expression =
  | Value
  | Wildcard
  | SetReference
  | List
  | Concat
  | Prefix
  | Range
  | AnonymousSet
  | MapLookup
  | Binary
  | Payload
  | RawPayload
  | Meta
  | Ct
  | Fib
  | Rt
  | Socket
  | Osf
  | Ipsec
  | Exthdr
  | TcpOption
  | RawTcpOption
  | IpOption
  | SctpChunk
  | DccpOption
  | Numgen
  | Jhash
  | Symhash
  | UnreadExpression;

export type ExpressionKind = Expression['kind'];
export type ExpressionOf<K extends ExpressionKind> = Extract<Expression, { readonly kind: K }>;

/**
 * A constant as nft printed it: a symbol (`established`, `tcp`), an address, an interface's name or a time as a string; a
 * number where nft gives one (a bigint beyond 2^53); true and false for `exists` and `missing`. What it means in bits is
 * told by the datatype of the expression it stands beside: typeOf() of `src/nft/type`.
 */
export interface Value {
  readonly kind: 'value';
  readonly value: string | number | bigint | boolean;
}

/** `*`, the element of a map that is taken where no other is. */
export interface Wildcard {
  readonly kind: 'wildcard';
}

/** `@name`: a named set or map of the same table. */
export interface SetReference {
  readonly kind: 'set-reference';
  readonly name: string;
}

/** `a,b`: flags or'ed together (`ct state established,related`, `tcp flags syn,ack`). */
export interface List {
  readonly kind: 'list';
  readonly items: readonly Expression[];
}

/** `a . b`. */
export interface Concat {
  readonly kind: 'concat';
  readonly items: readonly Expression[];
}

export interface Prefix {
  readonly kind: 'prefix';
  readonly address: Expression;
  readonly length: number;
}

/** Both ends belong to it. */
export interface Range {
  readonly kind: 'range';
  readonly from: Expression;
  readonly to: Expression;
}

/** `{ a, b }`, and of a map `{ k : v }`. */
export interface AnonymousSet {
  readonly kind: 'set';
  readonly elements: readonly Element[];
}

/** An element of a set or map, named or anonymous. */
export interface Element {
  readonly key: Expression;
  /** Of a map: what the key leads to; of a verdict map a verdict. */
  readonly value?: Expression | Verdict;
  readonly comment?: string;
  /** Milliseconds. JSON of a set's elements has whole seconds. */
  readonly timeout?: number;
  /** Milliseconds that were left when the set was listed. */
  readonly expires?: number;
  /** The element's own counter, limit, quota or ct count. */
  readonly statements?: readonly Statement[];
}

/** `key map data`: a key without an element ends the rule. */
export interface MapLookup {
  readonly kind: 'map';
  readonly key: Expression;
  readonly data: Expression;
}

export type BinaryOperator = '&' | '|' | '^' | '<<' | '>>';

/** JSON of nft 1.1 has more than two operands in one list: they are folded from the left. */
export interface Binary {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** A field of a header by its name: `ip saddr`, `th dport`. */
export interface Payload {
  readonly kind: 'payload';
  readonly protocol: string;
  readonly field: string;
  /** The protocol it is carried in (`vxlan ip saddr`), from nft 1.0.8 on. */
  readonly tunnel?: string;
}

/** `@nh,96,32`; offset and length in bits. */
export interface RawPayload {
  readonly kind: 'raw-payload';
  readonly base: 'll' | 'nh' | 'th' | 'ih';
  readonly offset: number;
  readonly length: number;
  readonly tunnel?: string;
}

export interface Meta {
  readonly kind: 'meta';
  /** As JSON has it: `l4proto`, `iifname`, `mark`, `ibrname`, `sdif`. */
  readonly key: string;
}

export interface Ct {
  readonly kind: 'ct';
  /** `state`, `mark`; of addresses with the family where nft names it: `ip saddr`. */
  readonly key: string;
  readonly direction?: 'original' | 'reply';
}

export interface Fib {
  readonly kind: 'fib';
  readonly result: 'type' | 'oif' | 'oifname' | 'check';
  readonly flags: readonly FibFlag[];
}
export type FibFlag = 'saddr' | 'daddr' | 'mark' | 'iif' | 'oif';

export interface Rt {
  readonly kind: 'rt';
  /** `classid`, `nexthop`, `mtu`, `ipsec`. */
  readonly key: string;
  readonly family?: 'ip' | 'ip6';
}

export interface Socket {
  readonly kind: 'socket';
  /** `transparent`, `mark`, `wildcard`, `cgroupv2`. */
  readonly key: string;
  /** Of cgroupv2. */
  readonly level?: number;
}

export interface Osf {
  readonly kind: 'osf';
  readonly key: 'name' | 'version';
  readonly ttl?: 'loose' | 'skip';
}

export interface Ipsec {
  readonly kind: 'ipsec';
  /** `saddr`, `daddr`, `reqid`, `spi`. */
  readonly key: string;
  readonly direction: 'in' | 'out';
  readonly family?: 'ip' | 'ip6';
  readonly spnum: number;
}

/** An IPv6 extension header; without a field: whether there is one. */
export interface Exthdr {
  readonly kind: 'exthdr';
  readonly name: string;
  readonly field?: string;
  /** Of `rt0 addr[1]`. */
  readonly offset?: number;
}

export interface TcpOption {
  readonly kind: 'tcp option';
  readonly name: string;
  readonly field?: string;
}

/** `tcp option @34,0,16`: offset and length in bits. */
export interface RawTcpOption {
  readonly kind: 'raw-tcp-option';
  readonly option: number;
  readonly offset: number;
  readonly length: number;
}

export interface IpOption {
  readonly kind: 'ip option';
  readonly name: string;
  readonly field?: string;
}

export interface SctpChunk {
  readonly kind: 'sctp chunk';
  readonly name: string;
  readonly field?: string;
}

export interface DccpOption {
  readonly kind: 'dccp option';
  readonly option: number;
}

export interface Numgen {
  readonly kind: 'numgen';
  readonly mode: 'inc' | 'random';
  readonly modulus: number;
  readonly offset: number;
}

export interface Jhash {
  readonly kind: 'jhash';
  readonly expression: Expression;
  readonly modulus: number;
  /** Without one the kernel has chosen it, and nobody can tell. */
  readonly seed?: number;
  readonly offset: number;
}

export interface Symhash {
  readonly kind: 'symhash';
  readonly modulus: number;
  readonly offset: number;
}

/** What neither reader knows: the words or the JSON as they stood. Evaluates to unknown with the reason. */
export interface UnreadExpression {
  readonly kind: 'unread';
  readonly text: string;
  readonly reason: string;
}
