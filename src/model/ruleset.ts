import type { Address, Family } from '../net/address.ts';
import type { Packet } from '../net/packet.ts';
import type { Change, Effect } from './effect.ts';
import type { Remark, Source } from './source.ts';
import { type Truth, type Unknown, unknown } from './truth.ts';
import type { World } from './world.ts';

/** Where IP packets pass, and frames that a bridge takes from port to port. */
export type IpHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
/** Those of devices, too. */
export type Hook = IpHook | 'ingress' | 'egress';
export const HOOKS: readonly IpHook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

/** A match or an action, of either language; a rule runs its statements from left to right. */
export interface Statement {
  /** Of an iptables extension its name, `ip` for the header options, `jump` and `goto`; of nft's matches what they ask for. */
  readonly name: string;
  evaluate(packet: Packet, world: World): Truth | Effect;
  /**
   * Asked only of a packet that every statement before let through: evaluate() moves state of the world (`statistic nth`),
   * or looks far away for what the packet may never reach (a jump, at its chain).
   */
  readonly waits?: boolean;
  /**
   * What evaluating a match wrote (`-m recent --set`), from the same packet and world that evaluate() was asked with.
   * The kernel writes when the statement is reached, whether or not it says yes.
   */
  changes?(packet: Packet, world: World): readonly Change[];
  /** A few words for a person: `from 10.0.0.0/8`. */
  describe(): string;
}

export interface Counters {
  readonly packets: bigint;
  readonly bytes: bigint;
}

export interface Rule {
  /** Position in its chain, from 1. */
  readonly number: number;
  readonly statements: readonly Statement[];
  readonly comment: string | undefined;
  readonly counters: Counters | undefined;
  readonly source: Source;
  /** The rule as its tool prints it (`-A CHAIN ...`), made from the typed options. */
  readonly text: string;
}

/**
 * A value that a rule demands of every packet before it asks, writes or assumes anything else. Of a port: a packet of
 * which the port is not known, or a later fragment, is another matter.
 */
export type Demand =
  | { readonly field: 'saddr' | 'daddr'; readonly value: Address }
  | { readonly field: 'dport'; readonly value: number }
  | { readonly field: 'iif' | 'oif'; readonly value: string };

/** What a rule may ask of a packet beside its mark; `ctstate` is its connection's state as `ConnectionView` has it. */
export type Asked = 'saddr' | 'daddr' | 'iif' | 'oif' | 'protocol' | 'fragment' | 'ctstate';

/** Rules are read when they are first asked for. `at` counts from 0. */
export interface RuleList extends Iterable<Rule> {
  readonly length: number;
  at(index: number): Rule;
  /** Whether the text of some rule holds the pattern; tells without reading the rules. */
  mentions(pattern: RegExp): boolean;
  /** The places, from 0, of the rules whose text holds the pattern; tells without reading the others. */
  matching?(pattern: RegExp): Iterable<number>;
  /** For an index of long chains; undefined: the rule demands nothing that an index knows. */
  demand?(index: number): Demand | undefined;
  /**
   * The rule's statements without those that always say yes and do nothing, made without building the rule; they are
   * the rule's until this is called again. Undefined: ask the rule itself.
   */
  live?(index: number): readonly Statement[] | undefined;
  /** All that what the rule does hangs on, with the mark; undefined: on more. */
  asks?(index: number): readonly Asked[] | undefined;
}

export type Policy = 'accept' | 'drop';

export interface BaseChain {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook;
  readonly priority: number;
  readonly policy: Policy;
  /** Of ingress and egress. */
  readonly devices?: readonly string[];
}

export interface Chain {
  readonly name: string;
  /** Only of chains that hang on a hook. */
  readonly base: BaseChain | undefined;
  readonly counters: Counters | undefined;
  readonly rules: RuleList;
  readonly source: Source;
}

/** Who registered a table's hooks; `iptables`: the dump does not say which of the two. */
export type Owner = 'iptables-legacy' | 'iptables-nft' | 'iptables' | 'nft';

export interface Table {
  readonly family: Family | 'inet' | 'arp' | 'bridge' | 'netdev';
  readonly name: string;
  readonly owner: Owner;
  readonly chains: ReadonlyMap<string, Chain>;
  /** The chains that hang on hooks, where the table can tell them without building all. */
  readonly baseChains?: readonly Chain[];
  /** The names of chains that begin so, in their order, where the table can tell without building all names. */
  namesLike?(beginning: string): Iterable<string>;
  /** As RuleList.mentions, of all chains. */
  mentions?(pattern: RegExp): boolean;
  /** Whether the table makes conntrack active for a family; absent: the options of its rules tell. */
  tracks?(family: Family): boolean;
  readonly source: Source;
  /** Some chains stand in the place of others: what a statement knows of its target does not count. */
  readonly byName?: true;
  /** Where the dump ends in the middle of the table: rules may be missing. */
  readonly cutOff?: Source;
  /** Of the rules that were read so far; grows as they are walked. */
  readonly remarks?: readonly Remark[];
}

/** Of a table whose dump is cut off: what its last rules do is not known. */
export const missingRules = ({ name, cutOff }: Table): Unknown | undefined =>
  cutOff &&
  unknown(
    `table ${name} is cut off at ${cutOff.file}:${cutOff.line}: rules may be missing`,
    'the whole output of iptables-save',
  );

/** Of one network namespace, all tables of all owners. */
export interface Ruleset {
  readonly tables: readonly Table[];
}

/**
 * What hangs on a hook, as `nft list hooks` shows it: of equal priorities the first runs first. Chains of type nat are
 * not shown one by one. A legacy table is named by its place alone.
 */
export interface ListedChain {
  readonly family: Family;
  readonly hook: Hook;
  readonly priority: number;
  readonly backend: 'nft' | 'legacy';
  readonly table: string;
  /** Absent: the legacy table's own on that hook. */
  readonly chain?: string;
}

/** A base chain that was put on its hook. */
export interface Registration {
  readonly owner: Owner;
  readonly family: Table['family'];
  readonly table: string;
  readonly chain: string;
}
