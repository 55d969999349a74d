import { describe, expect, it } from 'vitest';
import type { ChainChange } from '../../../src/diff/answer.ts';
import { diff } from '../../../src/diff/diff.ts';
import { nodeOf, save } from '../sides.ts';

const FILTER = { INPUT: 'ACCEPT', FORWARD: 'ACCEPT', OUTPUT: 'ACCEPT' };
const NAT = { PREROUTING: 'ACCEPT', OUTPUT: 'ACCEPT', 'KUBE-SERVICES': '-', 'KUBE-MARK-MASQ': '-' };

const changesOf = (before: string, after: string) =>
  diff(nodeOf({ 'iptables-save.txt': before }), nodeOf({ 'iptables-save.txt': after }), {
    version: '1',
    layers: ['rules'],
  });

/** A word and a rule each: `+ -A X`, `~ -A X 3>1`. */
const lines = ({ lines }: ChainChange): string[] =>
  lines.flatMap(({ kind, before, after, commentOnly }) => {
    if (kind === 'moved') return [`~ ${after?.text} ${before?.number}>${after?.number}`];
    const end = commentOnly ? ' #' : '';
    const both = kind === 'edited' ? '=' : '';
    return [...(before ? [`${both}- ${before.text}${end}`] : []), ...(after ? [`${both}+ ${after.text}${end}`] : [])];
  });

const filter = (rules: string, chains = {}) => save('filter', { ...FILTER, ...chains }, rules);
const A = '-A INPUT -s 10.0.0.1/32 -j ACCEPT\n';
const B = '-A INPUT -s 10.0.0.2/32 -p tcp -m tcp --dport 80 -j DROP\n';
const C = '-A INPUT -i eth0 -j DROP\n';

describe('one chain', () => {
  it.each<[string, string, string, string[]]>([
    ['equal', A + B, A + B, []],
    ['counters', `[1:2] ${A}[3:4] ${B}`, `[5:6] ${A}[7:8] ${B}`, []],
    ['counters on one side', `[1:2] ${A}`, A, []],
    ['lines that end as on Windows', A + B, `${A}${B}`.replaceAll('\n', '\r\n'), []],
    ['added at the end', A, A + B, ['+ -A INPUT -s 10.0.0.2/32 -p tcp -m tcp --dport 80 -j DROP']],
    ['added in the middle', A + C, A + B + C, ['+ -A INPUT -s 10.0.0.2/32 -p tcp -m tcp --dport 80 -j DROP']],
    ['removed', A + B, B, ['- -A INPUT -s 10.0.0.1/32 -j ACCEPT']],
    ['one of two that are alike', A + A, A, ['- -A INPUT -s 10.0.0.1/32 -j ACCEPT']],
    ['moved', A + B + C, C + A + B, ['~ -A INPUT -i eth0 -j DROP 3>1']],
    [
      'edited',
      A + B + C,
      A + B.replace('80', '8080') + C,
      [
        '=- -A INPUT -s 10.0.0.2/32 -p tcp -m tcp --dport 80 -j DROP',
        '=+ -A INPUT -s 10.0.0.2/32 -p tcp -m tcp --dport 8080 -j DROP',
      ],
    ],
    ['replaced by another one is no edit', A, C, ['- -A INPUT -s 10.0.0.1/32 -j ACCEPT', '+ -A INPUT -i eth0 -j DROP']],
    [
      'written in another way',
      '-A INPUT -p tcp --dport 80 -j DROP\n',
      '-A INPUT -p tcp -m tcp --dport 80 -j DROP\n',
      [],
    ],
    [
      'another comment',
      '-A INPUT -m comment --comment "a b" -j DROP\n',
      '-A INPUT -m comment --comment c -j DROP\n',
      ['=- -A INPUT -m comment --comment "a b" -j DROP #', '=+ -A INPUT -m comment --comment c -j DROP #'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changesOf(filter(before), filter(after)).rules?.flatMap(lines)).toEqual(expected);
  });

  it('a policy', () => {
    const { rules, different } = changesOf(filter(''), save('filter', { ...FILTER, FORWARD: 'DROP' }, ''));
    expect(rules).toEqual([
      expect.objectContaining({ chain: 'FORWARD', base: { before: 'policy ACCEPT', after: 'policy DROP' }, lines: [] }),
    ]);
    expect(different).toBe(true);
  });

  it('counts what was passed over without being parsed', () => {
    const { passedOver, rules } = changesOf(filter(A + B), filter(A + B, { OWN: '-' }));
    expect(passedOver).toEqual({ chains: 3, rules: 2 });
    expect(rules).toEqual([expect.objectContaining({ chain: 'OWN', kind: 'added', lines: [] })]);
  });
});

const web = (address: string, port: number) =>
  `-A KUBE-SERVICES -d ${address}/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport ${port} -j KUBE-MARK-MASQ\n`;
const LAST = '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-MARK-MASQ\n';
const second = (address: string) => web(address, 80).replace('KUBE-MARK-MASQ', 'RETURN');

describe('the order of services', () => {
  it.each<[string, string, string, number]>([
    ['does not count', web('10.0.0.1', 80) + web('10.0.0.2', 80), web('10.0.0.2', 80) + web('10.0.0.1', 80), 0],
    ['of one does', web('10.0.0.1', 80) + second('10.0.0.1'), second('10.0.0.1') + web('10.0.0.1', 80), 1],
    ['not across a rule that is for all', web('10.0.0.1', 80) + LAST, LAST + web('10.0.0.1', 80), 1],
    [
      'before that rule',
      web('10.0.0.1', 80) + web('10.0.0.1', 81) + LAST,
      web('10.0.0.1', 81) + web('10.0.0.1', 80) + LAST,
      0,
    ],
  ])('%s', (_, before, after, moved) => {
    const { rules = [] } = changesOf(save('nat', NAT, before), save('nat', NAT, after));
    expect(rules.flatMap(change => change.lines.map(({ kind }) => kind))).toEqual(Array(moved).fill('moved'));
  });

  it('of other chains counts', () => {
    const rules = [
      '-A OUTPUT -d 10.0.0.1/32 -p tcp -m tcp --dport 1 -j RETURN\n',
      '-A OUTPUT -d 10.0.0.2/32 -p tcp -m tcp --dport 1 -j RETURN\n',
    ];
    const { rules: changes } = changesOf(
      save('nat', NAT, rules.join('')),
      save('nat', NAT, [...rules].reverse().join('')),
    );
    expect(changes?.flatMap(change => change.lines.map(({ kind }) => kind))).toEqual(['moved']);
  });
});

/** Of a service with two endpoints, under names that end so. */
function service(
  svc: string,
  seps: readonly [string, string],
  { first = '10.1.0.1', name = 'default/web' } = {},
): string {
  const chains = { ...NAT, [`KUBE-SVC-${svc}`]: '-', [`KUBE-SEP-${seps[0]}`]: '-', [`KUBE-SEP-${seps[1]}`]: '-' };
  const sep = (hash: string, address: string) =>
    `-A KUBE-SEP-${hash} -s ${address}/32 -m comment --comment "${name}" -j KUBE-MARK-MASQ\n` +
    `-A KUBE-SEP-${hash} -p tcp -m comment --comment "${name}" -m tcp -j DNAT --to-destination ${address}:80\n`;
  return save(
    'nat',
    chains,
    `-A KUBE-SERVICES -d 10.0.0.1/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport 80 -j KUBE-SVC-${svc}\n` +
      `-A KUBE-SVC-${svc} -m comment --comment "${name}" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-${seps[0]}\n` +
      `-A KUBE-SVC-${svc} -m comment --comment "${name}" -j KUBE-SEP-${seps[1]}\n` +
      sep(seps[0], first) +
      sep(seps[1], '10.1.0.2'),
  );
}

describe('chains under new names', () => {
  const [SVC, NEW] = ['AAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBB'];
  const SEPS = ['CCCCCCCCCCCCCCCC', 'DDDDDDDDDDDDDDDD'] as const;
  const NEW_SEPS = ['EEEEEEEEEEEEEEEE', 'FFFFFFFFFFFFFFFF'] as const;

  it('are what they do: nothing else differs', () => {
    const { rules = [], different } = changesOf(service(SVC, SEPS), service(NEW, NEW_SEPS));
    expect(rules.map(({ kind, chainBefore, chain }) => [kind, chainBefore, chain])).toEqual([
      ['renamed', `KUBE-SVC-${SVC}`, `KUBE-SVC-${NEW}`],
      ['renamed', `KUBE-SEP-${SEPS[0]}`, `KUBE-SEP-${NEW_SEPS[0]}`],
      ['renamed', `KUBE-SEP-${SEPS[1]}`, `KUBE-SEP-${NEW_SEPS[1]}`],
    ]);
    expect(different).toBe(false);
  });

  it('of a service that lost an endpoint are known by its name', () => {
    const { rules = [] } = changesOf(service(SVC, SEPS), service(NEW, NEW_SEPS, { first: '10.1.0.9' }));
    const brief = rules.map(({ kind, chainBefore, chain, lines }) => [kind, chainBefore, chain, lines.length]);
    expect(brief).toContainEqual(['changed', `KUBE-SVC-${SVC}`, `KUBE-SVC-${NEW}`, 1]);
    expect(brief).toContainEqual(['removed', undefined, `KUBE-SEP-${SEPS[0]}`, 2]);
    expect(brief).toContainEqual(['added', undefined, `KUBE-SEP-${NEW_SEPS[0]}`, 2]);
    expect(brief).toContainEqual(['renamed', `KUBE-SEP-${SEPS[1]}`, `KUBE-SEP-${NEW_SEPS[1]}`, 0]);
    expect(brief).toHaveLength(4);
  });

  it('that say something else are others', () => {
    const before = save(
      'filter',
      { ...FILTER, 'CNI-aaaa': '-' },
      '-A FORWARD -j CNI-aaaa\n-A CNI-aaaa -s 10.0.0.1/32 -j DROP\n',
    );
    const after = save(
      'filter',
      { ...FILTER, 'CNI-bbbb': '-' },
      '-A FORWARD -j CNI-bbbb\n-A CNI-bbbb -i eth0 -j ACCEPT\n',
    );
    const { rules = [] } = changesOf(before, after);
    expect(rules.map(({ kind, chain }) => `${kind} ${chain}`)).toEqual([
      'changed FORWARD',
      'removed CNI-aaaa',
      'added CNI-bbbb',
    ]);
  });

  it('that call each other end', () => {
    const loop = (a: string, b: string) =>
      save('filter', { ...FILTER, [a]: '-', [b]: '-' }, `-A ${a} -j ${b}\n-A ${b} -j ${a}\n`);
    const { rules = [] } = changesOf(loop('X-aaaa', 'Y-aaaa'), loop('X-bbbb', 'Y-bbbb'));
    expect(rules.map(({ kind }) => kind)).toEqual(['renamed', 'renamed']);
  });

  it('many deep end', () => {
    const deep = (tag: string) => {
      const names = Array.from({ length: 20_000 }, (_, i) => `c${i}-${tag}`);
      const rules = names.slice(1).map((name, i) => `-A ${names[i]} -j ${name}\n`);
      return save('filter', { ...FILTER, ...Object.fromEntries(names.map(name => [name, '-'])) }, rules.join(''));
    };
    expect(changesOf(deep('aaaa'), deep('bbbb')).rules?.length).toBeGreaterThan(0);
  });
});

describe('tables', () => {
  it('of another owner are held against each other, and that is said', () => {
    const { rules, setAside } = changesOf(
      `# Generated by iptables-save v1.8.9 (legacy) on x\n${filter(A)}`,
      `# Generated by iptables-save v1.8.9 (nf_tables) on x\n${filter(A)}`,
    );
    expect(rules).toEqual([]);
    expect(setAside.map(({ text }) => text)).toEqual(["table ip filter was iptables-legacy's and is iptables-nft's"]);
  });

  it('that are new have all their chains', () => {
    const { rules = [] } = changesOf(
      filter(''),
      filter('') + save('raw', { PREROUTING: 'ACCEPT' }, '-A PREROUTING -j DROP\n'),
    );
    expect(rules.map(({ kind, table, chain }) => [kind, table, chain])).toEqual([['added', 'raw', 'PREROUTING']]);
  });

  it('that are cut off are said to be', () => {
    const { notCompared } = changesOf(filter(A), filter(A).replace('COMMIT\n', ''));
    expect(notCompared.map(({ text }) => text)).toEqual([
      'table ip filter is cut off at iptables-save.txt:5: rules may be missing',
    ]);
  });

  it('a name of JavaScript is a name', () => {
    const { rules = [] } = changesOf(
      filter(''),
      filter('-A __proto__ -j DROP\n', { proto: '-' }).replaceAll(':proto ', ':__proto__ '),
    );
    expect(rules.map(({ chain, kind }) => `${kind} ${chain}`)).toEqual(['added __proto__']);
  });
});
