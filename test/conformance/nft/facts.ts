import type { NftChain, NftRuleset, NftSet, NftTable } from '../../../src/nft/ruleset.ts';
import type { Element, NftObject } from '../../../src/nft/schema.ts';

/** One thing that a ruleset says: `what` of `where`. */
export interface Fact {
  readonly what: string;
  readonly where: string;
  readonly value: string;
}

/** What moves between two listings, or is told by one of nft's two formats alone, and is nothing of the rule. */
const ASIDE: ReadonlySet<string> = new Set(['packets', 'bytes', 'stateless', 'used', 'usedUnit', 'expires', 'handle']);

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);

/** With keys in one order, and without what is set aside. */
function text(value: unknown, aside: ReadonlySet<string> = ASIDE): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`;
    if (item instanceof Map) return [...item];
    if (!isPlain(item)) return item;
    const entries = Object.entries(item).filter(([key]) => !isAside(key, item, aside));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** A quota's bytes are its terms, a counter's are not. */
const isAside = (key: string, { kind }: Record<string, unknown>, aside: ReadonlySet<string>): boolean =>
  aside.has(key) && !(key === 'bytes' && kind === 'quota');

function* chainFacts({ name, base, comment, rules }: NftChain, table: string): Generator<Fact> {
  const where = `${table} chain ${name}`;
  yield { what: 'chain', where, value: base ? text({ ...base, devices: [] }) : 'regular' };
  yield { what: 'device', where, value: text(base?.devices ?? []) };
  yield { what: 'chain comment', where, value: text(comment ?? null) };
  for (const rule of rules) {
    yield { what: 'rule', where: `${where} ${rule.number}`, value: text(rule.statements) };
    yield { what: 'rule comment', where: `${where} ${rule.number}`, value: text(rule.comment ?? null) };
  }
}

/** JSON has whole seconds. */
const inSeconds = ({ timeout, ...element }: Element): unknown =>
  timeout === undefined ? element : { ...element, timeout: Math.floor(timeout / 1000) };

function* setFacts(set: NftSet, table: string): Generator<Fact> {
  const where = `${table} set ${set.name}`;
  const { type, map, size, policy, timeout, gcInterval, statements } = set;
  yield { what: 'set', where, value: text({ type, map, size, policy, timeout, gcInterval, statements }) };
  yield { what: 'set flags', where, value: text([...set.flags].sort()) };
  yield { what: 'auto-merge', where, value: text(set.autoMerge) };
  yield { what: 'set comment', where, value: text(set.comment ?? null) };
  yield { what: 'elements', where, value: [...set.elements].map(element => text(inSeconds(element))).join('\n') };
}

/** The unit is how a number of bytes is written. */
function objectFact(object: NftObject, table: string): Fact {
  const value = object.kind === 'quota' ? { ...object, unit: '' } : object;
  return { what: object.kind, where: `${table} ${object.kind} ${object.name}`, value: text(value) };
}

function* tableFacts(table: NftTable): Generator<Fact> {
  const where = `${table.family} ${table.name}`;
  yield { what: 'table flags', where, value: text(table.flags) };
  yield { what: 'table comment', where, value: text(table.comment ?? null) };
  for (const chain of table.chains.values()) yield* chainFacts(chain, where);
  for (const set of table.sets.values()) yield* setFacts(set, where);
  for (const object of table.objects) yield objectFact(object, where);
  for (const flowtable of table.flowtables.values())
    yield { what: 'flowtable', where: `${where} flowtable ${flowtable.name}`, value: text(flowtable) };
}

/** All that a ruleset says, but of the tables that iptables-nft owns. */
export function factsOf({ tables }: NftRuleset): ReadonlyMap<string, Fact> {
  const facts = tables.filter(({ owner }) => owner === 'nft').flatMap(table => [...tableFacts(table)]);
  return new Map(facts.map(fact => [`${fact.where} ${fact.what}`, fact]));
}
