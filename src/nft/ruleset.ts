import type { Counters, Owner, Table } from '../model/ruleset.ts';
import type { Remark, Source } from '../model/source.ts';
import type { Element, Flowtable, NftObject, SetDeclaration, Statement } from './schema.ts';

export type NftFamily = Table['family'];
export const NFT_FAMILIES: readonly NftFamily[] = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];
export const NFT_HOOKS = ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting', 'egress'] as const;
export type NftHook = (typeof NFT_HOOKS)[number];
export const TABLE_FLAGS = ['dormant', 'owner', 'persist'] as const;

/** One `nft list ruleset`, from JSON or text. */
export interface NftRuleset {
  readonly tables: readonly NftTable[];
  /** Of what was read so far; grows as rules are asked for. */
  readonly remarks: readonly Remark[];
}

export interface NftTable {
  readonly family: NftFamily;
  readonly name: string;
  readonly handle: number | undefined;
  /** `iptables-nft`: its chains and extensions are that tool's; its own save tells more. */
  readonly owner: Extract<Owner, 'nft' | 'iptables-nft'>;
  /** A dormant table's chains hang on no hook. */
  readonly flags: readonly (typeof TABLE_FLAGS)[number][];
  readonly comment: string | undefined;
  readonly chains: ReadonlyMap<string, NftChain>;
  /** Sets and maps, which share their names. */
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly flowtables: ReadonlyMap<string, Flowtable>;
  readonly objects: readonly NftObject[];
  /** All of the table in the order of the listing. */
  readonly parts: readonly (NftChain | NftSet | Flowtable | NftObject)[];
  readonly source: Source;
  /** Where the listing ends in the middle of the table: rules may be missing. */
  readonly cutOff: Source | undefined;
  /** Where all its rules stand in one text; JSON, and listings that were laid together, do not tell it. */
  readonly listed?: ListedRules;
}

/** The rules of a table as they were listed, one behind the other, perhaps with other things between them. */
export interface ListedRules {
  readonly text: string;
  /** The rule that stands at a place in the text; undefined: none does. */
  at(place: number): { readonly chain: NftChain; readonly index: number } | undefined;
}

export interface NftBaseChain {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: NftHook;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  /** Of netdev and of inet's ingress; JSON of nft 1.0.6 leaves them out. */
  readonly devices: readonly string[];
}

export interface NftChain {
  readonly kind: 'chain';
  readonly name: string;
  readonly handle: number | undefined;
  readonly base: NftBaseChain | undefined;
  readonly comment: string | undefined;
  readonly rules: NftRuleList;
  /** All its rules as they were listed, perhaps with counters and handles, without reading them; JSON does not tell it. */
  listed?(): string;
  readonly source: Source;
}

/** Rules are read when they are first asked for. `at` counts from 0. */
export interface NftRuleList extends Iterable<NftRule> {
  readonly length: number;
  at(index: number): NftRule;
  /** The rule as it was listed, perhaps with counters and handle, without reading it; JSON does not tell it. */
  listed?(index: number): string;
}

export interface NftRule {
  /** Position in its chain, from 1. */
  readonly number: number;
  readonly handle: number | undefined;
  readonly statements: readonly Statement[];
  readonly comment: string | undefined;
  /** Of the rule's own counter, the first one. */
  readonly counters: Counters | undefined;
  readonly source: Source;
  /** As nft prints it, from the statements. */
  readonly text: string;
}

/** A named set or map. Elements are read when they are first asked for. */
export interface NftSet extends SetDeclaration {
  readonly kind: 'set';
  readonly source: Source;
  readonly elements: NftElements;
}

export interface NftElements extends Iterable<Element> {
  readonly length: number;
  /** Counts from 0. */
  at(index: number): Element;
  /**
   * The words of an element's key where it is a constant or a concatenation of constants and nothing more, without
   * reading the element; undefined: ask the element.
   */
  words(index: number): readonly string[] | undefined;
  /** The element whose key has just these words, found without taking the others apart; undefined: ask each. */
  seek?(words: readonly string[]): Element | undefined;
  /** All elements as they were listed, without reading them; JSON does not tell it. */
  listed?(): string;
  /** Those in whose text a word stands; the others are not read. */
  holding?(word: string): Iterable<Element>;
  /** Those that hold the pattern as they were listed, with a blank on either side; the others are not read. */
  matching?(pattern: RegExp): Iterable<Element>;
}
