import type { Namespace } from '../../../src/model/namespace.ts';
import type { Family } from '../../../src/net/address.ts';
import { generateNative } from '../../kernel/generate/native/ruleset.ts';
import { Random } from '../../kernel/generate/random.ts';
import {
  type GeneratedChain,
  type GeneratedRuleset,
  type GeneratedTable,
  generateRuleset,
  restoreText,
} from '../../kernel/generate/ruleset.ts';
import { generateSets } from '../../kernel/generate/sets.ts';
import type { GeneratedRule } from '../../kernel/generate/words.ts';
import { nodeWith } from './node.ts';

/** Two nodes that differ in one to five edits. */
export interface Pair {
  readonly seed: number;
  readonly language: 'iptables' | 'nft';
  /** In words. */
  readonly edits: readonly string[];
  readonly before: Namespace;
  readonly after: Namespace;
  /** What the tools take, for the kernel and for a person. */
  readonly texts: readonly [Texts, Texts];
}

export interface Texts {
  readonly sets: string;
  readonly rulesets: readonly GeneratedRuleset[];
}

const FAMILIES: readonly Family[] = ['ip', 'ip6'];
/** Of a chain: a small ruleset has few rules. */
const MOST_RULES = 3;

export function generatePair(seed: number): Pair {
  const random = new Random(seed);
  const language = random.chance(0.6) ? 'iptables' : 'nft';
  const family = random.pick(FAMILIES);
  const first = textsOf(random.fork('first'), language, family);
  const other = textsOf(random.fork('other'), language, family);
  const edits: string[] = [];
  let changed = first;
  for (let left = random.integer(1, 5); left > 0; left--) changed = edit(random, changed, other, edits);
  const texts = [first, changed] as const;
  return { seed, language, edits, before: nodeOf(first), after: nodeOf(changed), texts };
}

function textsOf(random: Random, language: Pair['language'], family: Family): Texts {
  const sets = generateSets(random.fork('sets'), FAMILIES);
  if (language === 'nft') return { sets: sets.text, rulesets: [generateNative(random.fork('nft'))] };
  const ruleset = generateRuleset({ random, owner: 'iptables-nft', family, sets: sets.sets });
  const tables = ruleset.tables.map(table => ({
    ...table,
    chains: table.chains.map(chain => ({ ...chain, rules: chain.rules.slice(0, MOST_RULES) })),
  }));
  return { sets: sets.text, rulesets: [{ ...ruleset, tables }] };
}

function nodeOf({ sets, rulesets }: Texts): Namespace {
  const rules = rulesets.map(ruleset => {
    const name = ruleset.owner === 'nft' ? 'nft-list-ruleset' : `${ruleset.family}tables-nft-save`;
    return [name, ruleset.owner === 'nft' ? listing(ruleset) : restoreText(ruleset)] as const;
  });
  return nodeWith({ 'ipset-save': sets.replaceAll(' -exist', ''), ...Object.fromEntries(rules) });
}

/** What nft takes, in the lines in which it lists. */
const listing = (ruleset: GeneratedRuleset): string =>
  restoreText(ruleset)
    .replace(
      /^set (\S+) \{ (.*) \}$/gm,
      (_, name: string, body: string) => `set ${name} {\n${body.replaceAll('; ', '\n').replace(/;$/, '')}\n}`,
    )
    .replace(/;(?=\s*$)/gm, match => match);

type Edit = (random: Random, texts: Texts, other: Texts) => readonly [Texts, string] | undefined;

const EDITS: readonly (readonly [number, Edit])[] = [
  [3, added],
  [3, removed],
  [1, moved],
  [3, edited],
  [1, policy],
  [2, element],
];

function edit(random: Random, texts: Texts, other: Texts, words: string[]): Texts {
  for (let tries = 0; tries < 20; tries++) {
    const done = random.weighted(EDITS)(random, texts, other);
    if (!done) continue;
    words.push(done[1]);
    return done[0];
  }
  return texts;
}

interface Place {
  readonly ruleset: number;
  readonly table: number;
  readonly chain: number;
}

function places({ rulesets }: Texts, wanted: (chain: GeneratedChain, table: GeneratedTable) => boolean): Place[] {
  return rulesets.flatMap(({ tables }, ruleset) =>
    tables.flatMap((table, i) =>
      table.chains.flatMap((chain, j) => (wanted(chain, table) ? [{ ruleset, table: i, chain: j }] : [])),
    ),
  );
}

const chainAt = ({ rulesets }: Texts, { ruleset, table, chain }: Place): GeneratedChain => {
  const found = rulesets[ruleset]?.tables[table]?.chains[chain];
  if (!found) throw new RangeError('no such chain');
  return found;
};

const withChain = (texts: Texts, place: Place, change: (chain: GeneratedChain) => GeneratedChain): Texts => ({
  ...texts,
  rulesets: texts.rulesets.map((ruleset, i) =>
    i !== place.ruleset
      ? ruleset
      : {
          ...ruleset,
          tables: ruleset.tables.map((table, j) =>
            j !== place.table
              ? table
              : { ...table, chains: table.chains.map((chain, k) => (k === place.chain ? change(chain) : chain)) },
          ),
        },
  ),
});

const withRules = (texts: Texts, place: Place, change: (rules: GeneratedRule[]) => GeneratedRule[]): Texts =>
  withChain(texts, place, chain => ({ ...chain, rules: change([...chain.rules]) }));

/** A rule that another ruleset has in a chain of the same place, and that calls no chain. */
function borrowed(random: Random, texts: Texts, place: Place, other: Texts): GeneratedRule | undefined {
  const { name, base } = chainAt(texts, place);
  const table = texts.rulesets[place.ruleset]?.tables[place.table];
  const donors = other.rulesets.flatMap(({ tables }) =>
    tables
      .filter(one =>
        base === undefined && one.family === undefined ? one.name === table?.name : one.family === table?.family,
      )
      .flatMap(one => one.chains)
      .filter(chain =>
        chain.policy === '-' ? chainAt(texts, place).policy === '-' : base ? chain.base === base : chain.name === name,
      ),
  );
  const rules = donors
    .flatMap(chain => chain.rules)
    .filter(rule => !/\b(jump|goto|vmap)\b|-[jg] (KUBE|cali|X)-/.test(rule.text));
  return rules.length > 0 ? random.pick(rules) : undefined;
}

function added(random: Random, texts: Texts, other: Texts): readonly [Texts, string] | undefined {
  const place = random.pick(places(texts, () => true));
  const rule = borrowed(random, texts, place, other);
  if (!rule) return undefined;
  const { name, rules } = chainAt(texts, place);
  const at = random.integer(0, rules.length);
  return [withRules(texts, place, list => list.toSpliced(at, 0, rule)), `added to ${name} at ${at + 1}: ${rule.text}`];
}

function removed(random: Random, texts: Texts): readonly [Texts, string] | undefined {
  const filled = places(texts, ({ rules }) => rules.length > 0);
  if (filled.length === 0) return undefined;
  const place = random.pick(filled);
  const { name, rules } = chainAt(texts, place);
  const at = random.integer(0, rules.length - 1);
  return [withRules(texts, place, list => list.toSpliced(at, 1)), `removed from ${name}: ${rules[at]?.text}`];
}

function moved(random: Random, texts: Texts): readonly [Texts, string] | undefined {
  const filled = places(texts, ({ rules }) => rules.length > 1);
  if (filled.length === 0) return undefined;
  const place = random.pick(filled);
  const { name, rules } = chainAt(texts, place);
  const at = random.integer(1, rules.length - 1);
  const change = (list: GeneratedRule[]) => {
    const [rule] = list.splice(at, 1);
    return rule ? [rule, ...list] : list;
  };
  return [withRules(texts, place, change), `moved to the front of ${name}: ${rules[at]?.text}`];
}

function edited(random: Random, texts: Texts, other: Texts): readonly [Texts, string] | undefined {
  const filled = places(texts, ({ rules }) => rules.length > 0);
  if (filled.length === 0) return undefined;
  const place = random.pick(filled);
  const rule = borrowed(random, texts, place, other);
  if (!rule) return undefined;
  const { name, rules } = chainAt(texts, place);
  const at = random.integer(0, rules.length - 1);
  return [withRules(texts, place, list => list.with(at, rule)), `edited in ${name}: ${rules[at]?.text} > ${rule.text}`];
}

function policy(random: Random, texts: Texts): readonly [Texts, string] | undefined {
  const bases = places(
    texts,
    (chain, table) => chain.policy !== '-' && table.name !== 'nat' && !chain.base?.includes('nat'),
  );
  if (bases.length === 0) return undefined;
  const place = random.pick(bases);
  const { name } = chainAt(texts, place);
  const flip = (chain: GeneratedChain): GeneratedChain => ({
    ...chain,
    policy: chain.policy === 'DROP' ? 'ACCEPT' : 'DROP',
  });
  return [withChain(texts, place, flip), `policy of ${name} turned`];
}

/** An element taken out of a set. */
function element(random: Random, texts: Texts): readonly [Texts, string] | undefined {
  const lines = texts.sets.split('\n');
  const elements = lines.flatMap((line, i) => (line.startsWith('add ') ? [i] : []));
  if (elements.length === 0) return undefined;
  const at = random.pick(elements);
  return [{ ...texts, sets: lines.toSpliced(at, 1).join('\n') }, `taken out of a set: ${lines[at]}`];
}
