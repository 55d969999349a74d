import { describe, expect, test } from 'vitest';
import type { Owner } from '../../../src/model/ruleset.ts';
import type { Family } from '../../../src/net/address.ts';
import { parseIptablesSave } from '../../../src/read/iptables-save.ts';
import type { XtRule, XtTable } from '../../../src/xt/chain.ts';
import { parseRule } from '../../../src/xt/rule.ts';
import { builtinHook } from '../../../src/xt/tables.ts';
import { splitWords } from '../../../src/xt/words.ts';
import { kubeProxyRuleset } from '../../bench/ruleset.ts';

/** Each is given twice, with its own values, so that the second is made from what the first has taught. */
const ODD: readonly (readonly [string, string])[] = [
  ['-s 10.0.0.1/32 -j ACCEPT', '-s 10.0.0.2/32 -j ACCEPT'],
  ['-s 10.1.2.3/24 -j ACCEPT', '-s 10.9.8.7/24 -j ACCEPT'],
  ['! -s 10.0.0.0/8 ! -d 10.96.0.1/32 -j DROP', '! -s 11.0.0.0/8 ! -d 10.96.0.2/32 -j DROP'],
  ['-s 0.0.0.0/0 -d 1.2.3.4 -j ACCEPT', '-s 9.9.9.9/0 -d 4.3.2.1 -j ACCEPT'],
  ['-s 10.0.12.0/255.0.12.0 -j ACCEPT', '-s 10.0.8.0/255.0.12.0 -j ACCEPT'],
  ['-s 10/8 -j ACCEPT', '-s 10.0.0.01/32 -j ACCEPT'],
  ['-s 10.0.0.1/32 -s 10.0.0.2/32 -j ACCEPT', '-s 10.0.0.3/32 -s 10.0.0.4/32 -j ACCEPT'],
  ['-i eth0 -o eth1+ -j ACCEPT', '-i cali12345 -o eth2+ -j ACCEPT'],
  ['! -i lo -j ACCEPT', '! -i "we ird" -j ACCEPT'],
  ['-m comment --comment "a \\" b" -j ACCEPT', '-m comment --comment "-s 10.0.0.1/32" -j ACCEPT'],
  ['-m comment --comment plain -j ACCEPT', '-m comment --comment "ä ö \u{1f600}" -j ACCEPT'],
  ['-m comment --comment "" -j ACCEPT', `-m comment --comment ${'x'.repeat(256)} -j ACCEPT`],
  ['-m comment --comment -j ACCEPT', '-m comment --comment "x"y -j ACCEPT'],
  ['-m comment --comment one -m comment --comment two -j A', '-m comment --comment three -m comment --comment 4 -j B'],
  ['-p tcp -m tcp --dport 80 -j A', '-p tcp -m tcp --dport 443 -j B'],
  ['-p tcp -m tcp --sport 1:2 --dport 80 -j A', '-p tcp -m tcp --sport 1:2 --dport 81 -j A'],
  ['-p tcp -m tcp --sport 7 --dport 80 -j A', '-p tcp -m tcp --sport 8 --dport 81 -j A'],
  ['-p udp -m udp ! --dport 53 -j RETURN', '-p udp -m udp ! --dport 54 -j RETURN'],
  ['-p tcp -m tcp --dport 080 -j A', '-p tcp -m tcp --dport 65536 -j A'],
  ['-p tcp -m multiport --dport 80 -j A', '-p tcp -m multiport --dport 81 -j A'],
  ['-p tcp --dport 80 -j A', '-p tcp --dport 81 -j A'],
  ['-p sctp -m sctp --dport 80 -j A', '-p sctp -m sctp --dport 81 -j A'],
  ['-p tcp -m tcp --dport http -j A', '-p tcp -m tcp --dport https -j A'],
  ['-p tcp -j DNAT --to-destination 10.0.0.1:80', '-p tcp -j DNAT --to-destination 10.0.0.2:81'],
  ['-p tcp -j DNAT --to-destination 10.0.0.1:80 --random', '-p tcp -j DNAT --to-destination 10.0.0.2:81 --random'],
  ['-j DNAT --to-destination 10.0.0.1', '-j DNAT --to-destination 10.0.0.2'],
  ['-j DNAT --to-destination 10.0.0.1:80', '-j DNAT --to-destination 10.0.0.2:81'],
  ['-p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90', '-p tcp -j DNAT --to-destination :8080'],
  ['-j A', '-j B'],
  ['-g A', '-g B'],
  ['-j NOWHERE', '-g NOWHERE'],
  ['-j A -s 10.0.0.1/32', '-j B -s 10.0.0.2/32'],
  ['-j A --foo', '-j B --foo'],
  ['-m statistic --mode nth --every 3 --packet 0 -j A', '-m statistic --mode nth --every 3 --packet 0 -j B'],
  ['-m statistic --mode random --probability 0.5 -j A', '-m statistic --mode random --probability 0.5 -j B'],
  ['-m set --match-set -d src -j A', '-m set --match-set -s src -j A'],
  ['-m string --string "-s 1.2.3.4" --algo bm -j A', '-m string --string "-s 1.2.3.5" --algo bm -j A'],
  ['-m recent --name -s --set -j A', '-m recent --name -d --set -j A'],
  ['-c 1 2 -s 10.0.0.1/32 -j A', '-c 3 4 -s 10.0.0.2/32 -j A'],
  ['-m limit --limit 5/min -j A', '-m limit --limit 5/min -j B'],
  ['-m', '-s'],
  ['  -s  10.0.0.1/32   -j A ', '  -s  10.0.0.2/32   -j B '],
  ['-m comment --comment "open -j A', '-m comment --comment "open -j B'],
  ['', '-p 17'],
];

const ODD6: readonly (readonly [string, string])[] = [
  ['-s fd00::1/128 -j ACCEPT', '-s fd00:10:96::a/128 -j ACCEPT'],
  ['-d ::/0 -s ::1/128 -j ACCEPT', '-d ::/0 -s 1:2:3:4:5:6:7:8/128 -j ACCEPT'],
  ['-d fd00::/64 -j ACCEPT', '-d FD00:0:0:1::5/64 -j ACCEPT'],
  ['-d ::ffff:1.2.3.4/128 -j ACCEPT', '-d 1::/16 -j ACCEPT'],
  ['-d 1:2:3:4:5:6:7::/128 -j ACCEPT', '-d ::2:3:4:5:6:7:8/128 -j ACCEPT'],
  ['-d 1:2:3/128 -j ACCEPT', '-d 1::2::3/128 -j ACCEPT'],
  ['-p tcp -j DNAT --to-destination [fd00::1]:80', '-p tcp -j DNAT --to-destination [fd00::2]:81'],
  ['-p tcp -j DNAT --to-destination fd00::1', '-p tcp -j DNAT --to-destination fd00::2'],
];

const save = (rows: readonly (readonly [string, string])[]) =>
  [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ':A - [0:0]',
    ':B - [0:0]',
    ':C - [0:0]',
    ...['C', 'PREROUTING', 'POSTROUTING'].flatMap(chain => rows.flatMap(pair => pair.map(row => `-A ${chain} ${row}`))),
    'COMMIT',
    '',
  ].join('\n');

/** What the ordinary parser makes of the same line. */
function ordinary(table: XtTable, chain: string, line: string) {
  const words = splitWords(line);
  const parsed = parseRule(line, (words ?? splitWords(line.replaceAll('"', '')) ?? []).slice(2), {
    family: table.family,
    backend: table.backend,
    table: table.name,
    chain,
    hook: builtinHook(table.name, chain),
    isChain: name => table.chains.has(name),
  });
  return {
    statements: parsed.statements.map(({ kind, name, options }) => ({ kind, name, options })),
    text: `-A ${chain}${parsed.statements.map(s => s.print(parsed.context)).join('')}`,
    described: parsed.statements.map(s => s.describe()),
    problems: words ? parsed.problems : ['a quote stays open', ...parsed.problems],
  };
}

const seen = ({ statements, text, problems }: XtRule) => ({
  statements: statements.map(({ kind, name, options }) => ({ kind, name, options })),
  text,
  described: statements.map(s => s.describe()),
  problems,
});

function compare(text: string, family: Family, owner: Owner, columns: boolean): { rules: number; remarks: number } {
  const lines = text.split('\n');
  let rules = 0;
  let remarks = 0;
  for (const table of parseIptablesSave(text, 'file', { family, owner, weak: false }).tables) {
    if (columns) table.parse();
    let problems = 0;
    for (const chain of table.chains.values())
      for (const rule of chain.rules) {
        const line = lines[rule.source.line - 1] ?? '';
        const expected = ordinary(table, chain.name, line);
        expect(seen(rule), line).toEqual(expected);
        problems += expected.problems.length;
        rules++;
      }
    expect(table.remarks).toHaveLength(problems);
    remarks += problems;
  }
  return { rules, remarks };
}

describe.each([
  { owner: 'iptables-legacy', columns: false },
  { owner: 'iptables-legacy', columns: true },
  { owner: 'iptables-nft', columns: false },
  { owner: 'iptables-nft', columns: true },
] as const)('$owner, all columns first: $columns', ({ owner, columns }) => {
  test('a generated ruleset', () => {
    const { text } = kubeProxyRuleset(60, 4);
    expect(compare(text, 'ip', owner, columns)).toEqual({ rules: 60 * (1 + 5 + 8) + 12, remarks: 0 });
  });

  test('odd rules', () => {
    expect(compare(save(ODD), 'ip', owner, columns).rules).toBe(ODD.length * 6);
  });

  test('odd rules of IPv6', () => {
    expect(compare(save(ODD6), 'ip6', owner, columns).rules).toBe(ODD6.length * 6);
  });
});

test.each([
  ['limit', '-m limit --limit 5/min -j A'],
  ['statistic', '-m statistic --mode nth --every 3 --packet 0 -j A'],
  ['quota', '-m quota --quota 100 -j A'],
])('the kernel keeps a state for each %s, so no two rules share one', (name, rule) => {
  const [table] = parseIptablesSave(save([[rule, rule]]), 'file').tables;
  const states = [...(table?.chains.get('C')?.rules ?? [])].map(r => r.statements.find(s => s.name === name)?.options);
  expect(states).toHaveLength(2);
  expect(new Set(states).size).toBe(2);
  expect(table?.chains.get('C')?.rules.live(0)).toBeUndefined();
});

test('nearly every rule of kube-proxy is made from a shape', () => {
  const { text } = kubeProxyRuleset(100, 3);
  const nat = parseIptablesSave(text, 'file').tables.find(({ name }) => name === 'nat');
  const rules = [...(nat?.chains.values() ?? [])].flatMap(chain =>
    Array.from({ length: chain.rules.length }, (_, i) => chain.rules.live(i)),
  );
  expect(rules.filter(live => live === undefined)).toHaveLength(0);
});
