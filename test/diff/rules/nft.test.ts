import { describe, expect, it } from 'vitest';
import { diff } from '../../../src/diff/diff.ts';
import { nodeOf } from '../sides.ts';

const ofTexts = (before: string, after: string) =>
  diff(nodeOf({ 'nft-list-ruleset.txt': before }), nodeOf({ 'nft-list-ruleset.txt': after }), {
    version: '1',
    layers: ['rules'],
  });

const table = (body: string) => `table ip t {\n${body}}\n`;
const chain = (rules: string, policy = 'accept') =>
  table(`\tchain c {\n\t\ttype filter hook input priority filter; policy ${policy};\n${rules}\t}\n`);
const rule = (text: string) => `\t\t${text}\n`;

describe('rules', () => {
  it.each<[string, string, string, string[]]>([
    ['equal', rule('ip saddr 10.0.0.1 drop'), rule('ip saddr 10.0.0.1 drop'), []],
    ['counters', rule('counter packets 1 bytes 2 drop'), rule('counter packets 3 bytes 4 drop'), []],
    ['handles', rule('drop # handle 4'), rule('drop # handle 9'), []],
    ['handles on one side', rule('drop # handle 4'), rule('drop'), []],
    ['added', rule('drop'), rule('tcp dport 22 accept') + rule('drop'), ['added tcp dport 22 accept']],
    ['removed', rule('tcp dport 22 accept') + rule('drop'), rule('drop'), ['removed tcp dport 22 accept']],
    [
      'elements of a set in the rule in another order',
      rule('tcp dport { 22, 80 } drop'),
      rule('tcp dport { 22, 80 } drop'),
      [],
    ],
    [
      'moved',
      rule('tcp dport 22 accept') + rule('drop') + rule('ip saddr 10.0.0.1 accept'),
      rule('ip saddr 10.0.0.1 accept') + rule('tcp dport 22 accept') + rule('drop'),
      ['moved ip saddr 10.0.0.1 accept'],
    ],
  ])('%s', (_, before, after, expected) => {
    const { rules = [] } = ofTexts(chain(before), chain(after));
    const lines = rules.flatMap(each =>
      each.lines.map(({ kind, before, after }) => `${kind} ${(after ?? before)?.text}`),
    );
    expect(lines).toEqual(expected);
  });

  it('text and JSON of the same rules are equal', () => {
    const json = JSON.stringify({
      nftables: [
        { table: { family: 'ip', name: 't', handle: 1 } },
        {
          chain: {
            family: 'ip',
            table: 't',
            name: 'c',
            handle: 1,
            type: 'filter',
            hook: 'input',
            prio: 0,
            policy: 'accept',
          },
        },
        {
          rule: {
            family: 'ip',
            table: 't',
            chain: 'c',
            handle: 2,
            expr: [
              { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 22 } },
              { counter: { packets: 5, bytes: 6 } },
              { accept: null },
            ],
          },
        },
      ],
    });
    const before = nodeOf({ 'nft-list-ruleset.txt': chain(rule('tcp dport 22 counter packets 1 bytes 2 accept')) });
    const after = nodeOf({ 'nft-j-list-ruleset.json': json });
    expect(diff(before, after, { version: '1', layers: ['rules'] })).toMatchObject({ different: false, rules: [] });
  });

  it('a policy and a priority', () => {
    const { rules } = ofTexts(chain(''), chain('', 'drop'));
    expect(rules?.[0]?.base).toEqual({
      before: 'type filter hook input priority filter; policy accept',
      after: 'type filter hook input priority filter; policy drop',
    });
  });
});

const set = (elements: string, { type = 'ipv4_addr', flags = '' } = {}) =>
  table(
    `\tset s {\n\t\ttype ${type}\n${flags === '' ? '' : `\t\tflags ${flags}\n`}${elements === '' ? '' : `\t\telements = { ${elements} }\n`}\t}\n\tchain c {\n\t}\n`,
  );

describe('sets', () => {
  it.each<[string, string, string, object, string[], string[]]>([
    ['another order', '10.0.0.1, 10.0.0.2', '10.0.0.2, 10.0.0.1', {}, [], []],
    ['one came, one went', '10.0.0.1, 10.0.0.2', '10.0.0.2, 10.0.0.3', {}, ['10.0.0.3'], ['10.0.0.1']],
    ['counters and times', '10.0.0.1 counter packets 1 bytes 2', '10.0.0.1 counter packets 3 bytes 4', {}, [], []],
    ['a network in two halves', '10.0.0.0/25, 10.0.0.128/25', '10.0.0.0/24', { flags: 'interval' }, [], []],
    ['a range beside a network', '10.0.0.0/24', '10.0.0.0-10.0.0.255', { flags: 'interval' }, [], []],
    ['a network that grew', '10.0.0.0/25', '10.0.0.0/24', { flags: 'interval' }, ['10.0.0.0/24'], ['10.0.0.0/25']],
    [
      'a hole',
      '10.0.0.0-10.0.0.9',
      '10.0.0.0-10.0.0.3, 10.0.0.5-10.0.0.9',
      { flags: 'interval' },
      ['10.0.0.0-10.0.0.3', '10.0.0.5-10.0.0.9'],
      ['10.0.0.0-10.0.0.9'],
    ],
    ['ports', '80-90', '80-85, 86-90', { type: 'inet_service', flags: 'interval' }, [], []],
    ['what packets put there', '10.0.0.1 expires 5s', '10.0.0.9 expires 5s', { flags: 'dynamic,timeout' }, [], []],
  ])('%s', (_, before, after, how, added, removed) => {
    const { sets = [], setAside } = ofTexts(set(before, how), set(after, how));
    expect(sets).toEqual(
      added.length + removed.length === 0
        ? []
        : [expect.objectContaining({ name: 's', kind: 'changed', added, removed })],
    );
    expect(setAside.length).toBe('flags' in how && how.flags === 'dynamic,timeout' ? 1 : 0);
  });

  it('verdicts of a map', () => {
    const map = (verdict: string) =>
      table(
        `\tmap m {\n\t\ttype inet_service : verdict\n\t\telements = { 80 : ${verdict}, 81 : drop }\n\t}\n\tchain c {\n\t}\n`,
      );
    expect(ofTexts(map('accept'), map('goto c')).sets).toEqual([
      expect.objectContaining({ of: 'map', name: 'm', added: ['80 : goto c'], removed: ['80 : accept'] }),
    ]);
  });

  it('a type', () => {
    const { sets } = ofTexts(set(''), set('', { flags: 'interval' }));
    expect(sets?.[0]?.declaration).toEqual({ before: 'type ipv4_addr', after: 'type ipv4_addr; flags interval' });
  });

  it('chains under new names in a map', () => {
    const services = (hash: string) => {
      const name = `external-${hash}-default/web/tcp/http`;
      return `table ip kube-proxy {\n\tmap service-ips {\n\t\ttype ipv4_addr . inet_proto . inet_service : verdict\n\t\telements = { 10.0.0.1 . tcp . 80 : goto ${name} }\n\t}\n\n\tchain ${name} {\n\t\tdrop\n\t}\n}\n`;
    };
    const { rules = [], sets, different } = ofTexts(services('AAAAAAAA'), services('BBBBBBBB'));
    expect(rules.map(({ kind }) => kind)).toEqual(['renamed']);
    expect(sets).toEqual([]);
    expect(different).toBe(false);
  });
});

describe('sets of ipset', () => {
  const ofSets = (before: string, after: string) =>
    diff(nodeOf({ 'ipset-save.txt': before }), nodeOf({ 'ipset-save.txt': after }), {
      version: '1',
      layers: ['rules'],
    });

  it.each<[string, string, string, object[]]>([
    [
      'another order',
      'create s hash:ip family inet\nadd s 10.0.0.1\nadd s 10.0.0.2\n',
      'create s hash:ip family inet\nadd s 10.0.0.2\nadd s 10.0.0.1\n',
      [],
    ],
    [
      'what the kernel chooses',
      'create s hash:ip family inet hashsize 64 initval 0x1\n',
      'create s hash:ip family inet hashsize 128 initval 0x2\n',
      [],
    ],
    [
      'an element',
      'create s hash:ip family inet\n',
      'create s hash:ip family inet\nadd s 10.0.0.1\n',
      [{ name: 's', kind: 'changed', added: ['10.0.0.1'], removed: [] }],
    ],
    [
      'two halves of a network',
      'create s hash:net family inet\nadd s 10.0.0.0/25\nadd s 10.0.0.128/25\n',
      'create s hash:net family inet\nadd s 10.0.0.0/24\n',
      [],
    ],
    [
      'one half is an exception',
      'create s hash:net family inet\nadd s 10.0.0.0/24\n',
      'create s hash:net family inet\nadd s 10.0.0.0/24\nadd s 10.0.0.0/25 nomatch\n',
      [{ added: ['10.0.0.0/25 nomatch'], removed: [] }],
    ],
    [
      'the order of a list',
      'create a hash:ip\ncreate b hash:ip\ncreate l list:set\nadd l a\nadd l b\n',
      'create a hash:ip\ncreate b hash:ip\ncreate l list:set\nadd l b\nadd l a\n',
      [{ name: 'l' }],
    ],
    [
      'a set',
      'create s hash:ip family inet\n',
      'create s hash:ip family inet\ncreate t hash:net\nadd t 10.0.0.0/8\n',
      [{ name: 't', kind: 'added', added: ['10.0.0.0/8'] }],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(ofSets(before, after).sets).toEqual(expected.map(each => expect.objectContaining(each)));
  });

  it('that only one side has captured are not compared', () => {
    const { notCompared } = diff(
      nodeOf({ 'ipset-save.txt': 'create s hash:ip\n' }),
      nodeOf({ 'nft.txt': table('\tchain c {\n\t}\n') }),
      {
        version: '1',
        layers: ['rules'],
      },
    );
    expect(notCompared.map(({ text }) => text)).toContain('sets of ipset: those after were not captured');
  });
});
