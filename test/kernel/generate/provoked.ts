import type { Family } from '../../../src/net/address.ts';
import type { Random } from './random.ts';
import { type GeneratedTable, ruleText } from './ruleset.ts';
import { dynamicSet } from './sets.ts';
import { addressOrPrefix, type GeneratedRule, type Part } from './words.ts';

interface Provoked {
  readonly probability: number;
  readonly table: string;
  readonly chain: string;
  readonly make: (random: Random, family: Family) => GeneratedRule[];
}

const rule = (matches: readonly Part[], name: string, options: string): GeneratedRule => {
  const target = { name, text: `-j ${name} ${options}` };
  return { matches, target, text: ruleText(matches, target) };
};

function header(random: Random, family: Family): Part[] {
  const text = random.pick(['', '', '-p tcp', '-p udp', `-d ${addressOrPrefix(random, family)}`]);
  return text === '' ? [] : [{ name: 'ip', text }];
}

/** What works together only where several rules, or a rule and a route, meet by chance. */
const PROVOKED: readonly Provoked[] = [
  // Policy routing goes by these marks (surroundings.ts): what the node sends is routed again.
  {
    probability: 0.4,
    table: 'mangle',
    chain: 'OUTPUT',
    make: (random, family) => [
      rule(header(random, family), 'MARK', random.pick(['--set-xmark 0x1/0x1', '--or-mark 0x1', '--set-mark 0x4001'])),
    ],
  },
  {
    probability: 0.3,
    table: 'mangle',
    chain: 'PREROUTING',
    make: (random, family) => {
      const end = random.pick(['src', 'dst']);
      const asks = { name: 'set', text: `! --match-set ${dynamicSet(family)} ${end}` };
      return [
        rule([asks], 'MARK', '--or-mark 0x10'),
        rule(header(random, family), 'SET', `--add-set ${dynamicSet(family)} ${end}`),
      ];
    },
  },
  {
    probability: 0.2,
    table: 'raw',
    chain: 'PREROUTING',
    make: (random, family) => [rule(header(random, family), 'CT', `--zone ${random.integer(1, 3)}`)],
  },
];

/** Puts some of them at the head of their chains. */
export function provoke(random: Random, family: Family, tables: readonly GeneratedTable[]): readonly GeneratedTable[] {
  const drawn = PROVOKED.filter(({ probability }) => random.chance(probability)).map(one => ({
    ...one,
    rules: one.make(random, family),
  }));
  const headOf = (table: GeneratedTable, chain: string) =>
    drawn.filter(one => one.table === table.name && one.chain === chain).flatMap(({ rules }) => rules);
  return tables.map(table => ({
    ...table,
    chains: table.chains.map(chain => ({ ...chain, rules: [...headOf(table, chain.name), ...chain.rules] })),
  }));
}
