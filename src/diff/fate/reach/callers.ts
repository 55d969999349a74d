import type { Rule, Statement, Table } from '../../../model/ruleset.ts';
import { syntaxOf } from '../../../nft/evaluate/statement.ts';
import { listingOf } from '../../../nft/evaluate/table.ts';
import type { Expression } from '../../../nft/schema.ts';
import { isVerdict } from '../../../nft/verdict.ts';
import type { Numeric } from '../space/box.ts';
import { type Intervals, union } from '../space/intervals.ts';
import { type Conditions, conditionsOf, valuesOf } from './conditions.ts';
import { type RulePlace, ruleTextOf } from './text.ts';

/** A rule that leads to a chain, and the packets that it may lead there. */
export interface Call {
  readonly chain: string;
  readonly conditions: readonly Conditions[];
}

/** A map that leads to more chains than these is asked for no keys. */
const MOST_KEYS = 64;

/** Which rules of one table lead to a chain. */
export class Callers {
  private readonly table: Table;
  private readonly known = new Map<string, readonly Call[]>();

  constructor(table: Table) {
    this.table = table;
  }

  of(name: string): readonly Call[] {
    const known = this.known.get(name);
    if (known) return known;
    const calls = [...this.byRules(name), ...this.byMaps(name)];
    this.known.set(name, calls);
    return calls;
  }

  private byRules(name: string): Call[] {
    const calls: Call[] = [];
    for (const { chain, rule } of rulesNaming(this.table, name))
      if (rule.statements.some(statement => leadsTo(statement, name)))
        calls.push({ chain: chain.name, conditions: [conditionsOf(rule.statements)] });
    return calls;
  }

  /** By a map of the table, whose keys then tell which packets. */
  private byMaps(name: string): Call[] {
    const calls: Call[] = [];
    for (const { name: set, map, elements } of listingOf(this.table)?.sets.values() ?? []) {
      if (!map) continue;
      const keys: Expression[] = [];
      for (const { key, value } of elements.holding?.(name) ?? elements)
        if (value && isVerdict(value) && 'target' in value && value.target === name) keys.push(key);
      if (keys.length === 0) continue;
      for (const { chain, rule } of rulesNaming(this.table, set))
        calls.push({ chain: chain.name, conditions: keyed(rule, set, keys) });
    }
    return calls;
  }
}

/** Before and behind a name stands something that is no part of one. */
const EDGE = /^[\s,:;{}[\]@"]?$/;

/** Behind it stands the chain that a rule is in. */
const OWN = '-A ';

/** The rules of a table in whose text a name stands as a word; rules are read where it does. */
export function rulesNaming(table: Table, name: string): readonly RulePlace[] {
  const whole = ruleTextOf(table);
  if (!whole) return rulesOfChainsNaming(table, name);
  const found = new Set<Rule>();
  const places: RulePlace[] = [];
  for (const at of placesOf(whole.text, name)) {
    if (whole.text.startsWith(OWN, at - OWN.length)) continue;
    const place = whole.at(at);
    if (!place || found.has(place.rule)) continue;
    found.add(place.rule);
    places.push(place);
  }
  return places;
}

/** Where a name stands as a word. */
function* placesOf(text: string, name: string): Iterable<number> {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length))
    if (EDGE.test(text.charAt(at - 1)) && EDGE.test(text.charAt(at + name.length))) yield at;
}

/** As text where the listing has it: a chain in whose text the name does not stand is not taken apart. */
function rulesOfChainsNaming(table: Table, name: string): readonly RulePlace[] {
  const listing = listingOf(table);
  return [...table.chains.values()].flatMap(chain => {
    const listed = listing?.chains.get(chain.name);
    if (listed?.listed?.()?.includes(name) === false) return [];
    const found: RulePlace[] = [];
    for (let i = 0; i < chain.rules.length; i++) {
      const text = listed?.rules.listed?.(i) ?? chain.rules.at(i).text;
      if (!placesOf(text, name)[Symbol.iterator]().next().done) found.push({ chain, rule: chain.rules.at(i) });
    }
    return found;
  });
}

/** A jump, goto or map within the rule that names the chain; over-hasty where only the words are there. */
function leadsTo(statement: Statement, name: string): boolean {
  const syntax = syntaxOf(statement)?.syntax;
  if (!syntax) return statement.name === 'jump' || statement.name === 'goto';
  return JSON.stringify(syntax, (_, value) => (typeof value === 'bigint' ? `${value}` : value)).includes(`"${name}"`);
}

/** The conditions of a rule with those of the map's keys, one for each. */
export function keyed(rule: Rule, set: string, keys: readonly Expression[]): readonly Conditions[] {
  const plain = conditionsOf(rule.statements);
  const fields = keyFields(rule, set);
  if (!fields || keys.length > MOST_KEYS) return [plain];
  return keys.map((key): Conditions => {
    const parts = key.kind === 'concat' ? key.items : [key];
    const sets: Partial<Record<Numeric, Intervals>> = { ...plain.sets };
    for (const [i, field] of fields.entries()) {
      const part = parts[i];
      const values = field && part && valuesOf(field, part);
      if (field && values) sets[field] = union(values);
    }
    return { ...plain, sets };
  });
}

/** Which fields of the packet a set is asked with, in its order; undefined for what is no field of ours. */
function keyFields(rule: Rule, set: string): readonly (Numeric | undefined)[] | undefined {
  for (const statement of rule.statements) {
    const syntax = syntaxOf(statement)?.syntax;
    const key =
      syntax?.kind === 'vmap' && isSet(syntax.data, set)
        ? syntax.key
        : syntax?.kind === 'match' && syntax.operator === '==' && isSet(syntax.right, set)
          ? syntax.left
          : undefined;
    if (key) return (key.kind === 'concat' ? key.items : [key]).map(fieldOf);
  }
  return undefined;
}

const isSet = (expression: Expression, name: string): boolean =>
  expression.kind === 'set-reference' && expression.name === name;

function fieldOf(expression: Expression): Numeric | undefined {
  if (expression.kind === 'meta') return expression.key === 'l4proto' ? 'protocol' : undefined;
  if (expression.kind !== 'payload' || expression.tunnel !== undefined) return undefined;
  const { field } = expression;
  return field === 'saddr' || field === 'daddr' || field === 'sport' || field === 'dport' ? field : undefined;
}
