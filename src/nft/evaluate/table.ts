import type { BaseChain, Chain, Rule, RuleList, Table } from '../../model/ruleset.ts';
import type { Remark, Source } from '../../model/source.ts';
import type { Family } from '../../net/address.ts';
import { Printer } from '../printer.ts';
import type { NftBaseChain, NftChain, NftRule, NftTable } from '../ruleset.ts';
import type { NftObject, NftObjectKind, RuleInPlace } from '../schema.ts';
import { CompiledChains } from './chains.ts';
import { withNested } from './dynamic.ts';
import { NamedSet } from './scope.ts';
import { type Context, compileStatement } from './statement.ts';
import { trackedFamilies } from './tracking.ts';

/** What a table's statements may name, but for where they stand. */
type Surroundings = Omit<Context, 'source' | 'chainInPlace'>;

/** A table of nft as the walk asks it; its rules are made ready when they are first walked, and `remarks` grow then. */
export function tableOf(table: NftTable, remarks: readonly Remark[]): Table {
  const { family, name, owner, source, cutOff } = table;
  const surroundings = surroundingsOf(table);
  const isDormant = table.flags.includes('dormant');
  const chains = new CompiledChains(table.chains, chain => chainOf(chain, surroundings, isDormant));
  const baseChains: Chain[] = [];
  for (const { name, base } of isDormant ? [] : table.chains.values()) {
    const chain = base && chains.get(name);
    if (chain?.base) baseChains.push(chain);
  }
  let tracked: ReadonlySet<Family> | undefined;
  const tracks = (one: Family) => {
    tracked ??= trackedFamilies(table);
    return tracked.has(one);
  };
  const made: Table = { family, name, owner, chains, baseChains, tracks, source, remarks, ...(cutOff && { cutOff }) };
  LISTINGS.set(made, table);
  return made;
}

const LISTINGS = new WeakMap<Table, NftTable>();

/** What a table was made of: its sets and maps, and its statements as they were listed. */
export const listingOf = (table: Table): NftTable | undefined => LISTINGS.get(table);

function surroundingsOf({ family, sets, objects }: NftTable): Surroundings {
  const named = new Map<string, NamedSet>();
  const find = <K extends NftObjectKind>(kind: K, name: string) =>
    objects.find((object): object is Extract<NftObject, { kind: K }> => object.kind === kind && object.name === name);
  return {
    family,
    set(name) {
      const declared = sets.get(name);
      if (!declared || named.has(name)) return named.get(name);
      const made = new NamedSet(declared);
      named.set(name, made);
      return made;
    },
    limit: name => find('limit', name),
    quota: name => find('quota', name),
    helper: name => find('ct helper', name)?.type,
  };
}

function chainOf({ name, base, rules, source }: NftChain, surroundings: Surroundings, isDormant: boolean): Chain {
  return {
    name,
    base: base && !isDormant ? baseOf(base) : undefined,
    counters: undefined,
    rules: new CompiledRules(rules.length, index => new CompiledRule(rules.at(index), surroundings)),
    source,
  };
}

const baseOf = ({ type, hook, priority, policy, devices }: NftBaseChain): BaseChain => ({
  type,
  hook,
  priority,
  policy,
  ...(devices.length > 0 && { devices }),
});

class CompiledRules implements RuleList {
  readonly length: number;
  private readonly make: (index: number) => Rule;
  private readonly made: (Rule | undefined)[] = [];

  constructor(length: number, make: (index: number) => Rule) {
    this.length = length;
    this.make = make;
  }

  at(index: number): Rule {
    const known = this.made[index];
    if (known) return known;
    const rule = this.make(index);
    this.made[index] = rule;
    return rule;
  }

  *[Symbol.iterator](): Iterator<Rule> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  mentions(pattern: RegExp): boolean {
    for (const rule of this) if (pattern.test(rule.text)) return true;
    return false;
  }
}

type Listed = Pick<NftRule, 'number' | 'statements' | 'comment' | 'counters' | 'source' | 'text'>;

class CompiledRule implements Rule {
  readonly number: number;
  readonly comment: string | undefined;
  readonly counters: Rule['counters'];
  readonly source: Source;
  private readonly listed: Listed;
  private readonly surroundings: Surroundings;
  private compiled: Rule['statements'] | undefined;

  constructor(listed: Listed, surroundings: Surroundings) {
    this.number = listed.number;
    this.comment = listed.comment;
    this.counters = listed.counters;
    this.source = listed.source;
    this.listed = listed;
    this.surroundings = surroundings;
  }

  get text(): string {
    return this.listed.text;
  }

  get statements(): Rule['statements'] {
    if (this.compiled) return this.compiled;
    const { source, surroundings } = this;
    const chainInPlace = (rules: readonly RuleInPlace[]) => inPlace(rules, source, surroundings);
    const context: Context = { ...surroundings, source, chainInPlace };
    this.compiled = this.listed.statements
      .flatMap(statement => withNested(statement, context))
      .map(statement => compileStatement(statement, context));
    return this.compiled;
  }
}

/** The kernel gives such a chain a name that it does not tell. */
function inPlace(rules: readonly RuleInPlace[], source: Source, surroundings: Surroundings): Chain {
  const printer = new Printer(surroundings.family);
  const make = (index: number): Rule => {
    const rule = rules[index] ?? { statements: [], comment: undefined };
    const listed = { ...rule, number: index + 1, counters: undefined, source, text: printer.rule(rule) };
    return new CompiledRule(listed, surroundings);
  };
  return {
    name: `in place at line ${source.line}`,
    base: undefined,
    counters: undefined,
    rules: new CompiledRules(rules.length, make),
    source,
  };
}
