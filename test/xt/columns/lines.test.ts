import { describe, expect, test } from 'vitest';
import { parseIptablesSave, printIptablesSave } from '../../../src/read/iptables-save.ts';

const read = (text: string | Uint8Array) => parseIptablesSave(text, 'f', { family: 'ip', owner: 'iptables-legacy' });
const rulesOf = (text: string | Uint8Array, chain: string) => {
  const found = read(text).tables[0]?.chains.get(chain);
  return Array.from({ length: found?.rules.length ?? 0 }, (_, i) => {
    const rule = found?.rules.at(i);
    return `${rule?.source.line} ${rule?.number} ${rule?.text}`;
  });
};

const TWO = `*filter
:INPUT ACCEPT [7:8]
:A - [0:0]
:B - [0:0]
-A A -s 10.0.0.1/32 -j ACCEPT
-A B -s 10.0.0.2/32 -j ACCEPT
# a comment

-A A -s 10.0.0.3/32 -j ACCEPT
-A A -s 10.0.0.4/32 -j ACCEPT
-A B -s 10.0.0.5/32 -j ACCEPT
COMMIT
`;

describe('chains whose rules do not stand together', () => {
  test.each([
    [
      'A',
      ['5 1 -A A -s 10.0.0.1/32 -j ACCEPT', '9 2 -A A -s 10.0.0.3/32 -j ACCEPT', '10 3 -A A -s 10.0.0.4/32 -j ACCEPT'],
    ],
    ['B', ['6 1 -A B -s 10.0.0.2/32 -j ACCEPT', '11 2 -A B -s 10.0.0.5/32 -j ACCEPT']],
    ['INPUT', []],
  ])('%s', (chain, rules) => {
    expect(rulesOf(TWO, chain)).toEqual(rules);
    expect(rulesOf(TWO.replaceAll('\n', '\r\n'), chain)).toEqual(rules);
    expect(rulesOf(new TextEncoder().encode(`\ufeff${TWO}`), chain)).toEqual(rules);
  });

  test('each chain mentions its own rules only', () => {
    const table = read(TWO).tables[0];
    const mentions = (chain: string, pattern: RegExp) => table?.chains.get(chain)?.rules.mentions(pattern);
    expect([mentions('A', /0\.0\.5/), mentions('B', /0\.0\.5/), mentions('A', /0\.0\.4/)]).toEqual([false, true, true]);
    expect([table?.mentions(/0\.0\.5/), table?.mentions(/0\.0\.6/)]).toEqual([true, false]);
  });

  test('taken apart all at once, rules keep their numbers', () => {
    const table = read(TWO).tables[0];
    table?.parse();
    expect([...(table?.chains.get('A')?.rules ?? [])].map(r => `${r.source.line} ${r.number}`)).toEqual([
      '5 1',
      '9 2',
      '10 3',
    ]);
  });
});

test('a table is a map of its chains, in the order of the dump', () => {
  const chains = read(TWO).tables[0]?.chains;
  expect([...(chains?.keys() ?? [])]).toEqual(['INPUT', 'A', 'B']);
  expect([...(chains ?? [])].map(([name, chain]) => name === chain.name)).toEqual([true, true, true]);
  expect([chains?.size, chains?.has('A'), chains?.has('__proto__'), chains?.get('C')]).toEqual([
    3,
    true,
    false,
    undefined,
  ]);
  expect(chains?.get('A')).toBe(chains?.get('A'));
  expect(chains?.get('INPUT')).toMatchObject({
    policy: 'ACCEPT',
    counters: { packets: 7n, bytes: 8n },
    source: { line: 2 },
  });
});

test('without its lines a table prints what it was', () => {
  const { tables } = read(TWO);
  for (const table of tables) table.forget();
  const sorted = (text: string) =>
    text
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .sort();
  expect(sorted(printIptablesSave(tables, false))).toEqual(sorted(TWO));
});

describe('what cannot be read is a remark with its line', () => {
  test.each([
    ['-A A -j ACCEPT\n', '1 a rule outside of a table'],
    ['*filter\n-A A -j ACCEPT\nCOMMIT\n', '2 a rule of a chain that is not declared'],
    ['*filter\n:A - [0:0]\n-A AB -j ACCEPT\nCOMMIT\n', '3 a rule of a chain that is not declared'],
    ['*filter\n:AB - [0:0]\n-A AB -j ACCEPT\n-A A -j ACCEPT\nCOMMIT\n', '4 a rule of a chain that is not declared'],
    ['*filter\n:A - [0:0]\n[1:2 -A A -j ACCEPT\nCOMMIT\n', '3 a rule of a chain that is not declared'],
    ['*filter\n:A - [0:0]\n:A - [0:0]\nCOMMIT\n', '3 chain A is declared twice'],
    ['*filter\n: - [0:0]\nCOMMIT\n', '2 not a chain line of iptables-save'],
    ['*filter\n:A\nCOMMIT\n', '2 not a chain line of iptables-save'],
    ['*filter\n:A MAYBE [0:0]\nCOMMIT\n', '2 not a chain line of iptables-save'],
    ['*filter\n:A - [0:0]\n-A A -j A\n', '3 the file ends inside table filter: it may be cut off'],
    ['*filter\n*nat\nCOMMIT\n', '2 table filter has no COMMIT: it may be cut off'],
    ['rubbish\n', '1 not a line of iptables-save'],
  ])('%j', (text, remark) => {
    expect(read(text).remarks.map(({ line, text }) => `${line} ${text}`)).toEqual([remark]);
  });
});

test('counters of -c', () => {
  const chain = read(
    '*filter\n:A - [0:0]\n[12:345] -A A -s 10.0.0.1/32 -j ACCEPT\n-A A -j DROP\nCOMMIT\n',
  ).tables[0]?.chains.get('A');
  expect([...(chain?.rules ?? [])].map(rule => rule.counters)).toEqual([{ packets: 12n, bytes: 345n }, undefined]);
});

test('ten thousand chains and one rule each', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `CHAIN-${(i * 7919) % 10_000}`);
  const text = `*filter\n${names.map(name => `:${name} - [0:0]\n`).join('')}${[...names]
    .reverse()
    .map(name => `-A ${name} -m comment --comment "${name}" -j ACCEPT\n`)
    .join('')}COMMIT\n`;
  const { tables, remarks } = read(text);
  expect(remarks).toEqual([]);
  expect(names.every(name => tables[0]?.chains.get(name)?.rules.at(0).comment === name)).toBe(true);
});
