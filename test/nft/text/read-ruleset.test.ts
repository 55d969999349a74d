import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NftChain, NftRuleset, NftSet } from '../../../src/nft/ruleset.ts';
import { readNftText } from '../../../src/nft/text/read-ruleset.ts';

const table = (...lines: readonly string[]): string => `table ip t {\n${lines.join('\n')}\n}\n`;
const chain = (...rules: readonly string[]): string => table('\tchain c {', ...rules.map(rule => `\t\t${rule}`), '\t}');

const chainOf = ({ tables }: NftRuleset): NftChain | undefined => tables[0]?.chains.get('c');
const statementsOf = (text: string) => chainOf(readNftText(text, 'f'))?.rules.at(0).statements;
const setOf = (text: string): NftSet | undefined => readNftText(text, 'f').tables[0]?.sets.get('s');

describe('readNftText', () => {
  it.each([
    ['type filter hook input priority filter; policy accept;', 'filter', 'input', 0, 'accept', []],
    ['type filter hook forward priority filter + 10; policy drop;', 'filter', 'forward', 10, 'drop', []],
    ['type nat hook prerouting priority dstnat - 5; policy accept;', 'nat', 'prerouting', -105, 'accept', []],
    ['type nat hook output priority -100; policy accept;', 'nat', 'output', -100, 'accept', []],
    ['type route hook output priority mangle;', 'route', 'output', -150, 'accept', []],
    [
      'type filter hook ingress device "eth0" priority filter; policy accept;',
      'filter',
      'ingress',
      0,
      'accept',
      ['eth0'],
    ],
    [
      'type filter hook ingress devices = { a, "b" } priority 5; policy accept;',
      'filter',
      'ingress',
      5,
      'accept',
      ['a', 'b'],
    ],
  ])('%s', (line, type, hook, priority, policy, devices) => {
    const ruleset = readNftText(chain(line), 'f');
    expect(ruleset.remarks).toEqual([]);
    expect(chainOf(ruleset)?.base).toEqual({ type, hook, priority, policy, devices });
  });

  it('knows of each rule its line, its handle and its comment', () => {
    const rules = chainOf(
      readNftText(chain('accept # handle 7', 'counter drop comment "a # handle 9" # handle 8'), 'f'),
    )?.rules;
    expect(
      [...(rules ?? [])].map(({ number, handle, comment, source }) => [number, handle, comment, source.line]),
    ).toEqual([
      [1, 7, undefined, 3],
      [2, 8, 'a # handle 9', 4],
    ]);
  });

  it('takes a comment that has quotes, braces and line breaks for one', () => {
    const ruleset = readNftText(chain('accept comment "say "hi" {"', 'drop comment "two', 'lines"'), 'f');
    expect([...(chainOf(ruleset)?.rules ?? [])].map(rule => rule.comment)).toEqual(['say "hi" {', 'two\n\t\tlines']);
    expect(ruleset.remarks).toEqual([]);
  });

  it('keeps the rest of a rule from what it does not know on, and says where it is', () => {
    const ruleset = readNftText(chain('accept', 'ip saddr 10.0.0.1 shuffle the cards'), 'dump.txt');
    expect(chainOf(ruleset)?.rules.at(1).statements).toMatchObject([
      { kind: 'match' },
      { kind: 'unread', text: 'shuffle the cards' },
    ]);
    expect(ruleset.remarks).toEqual([
      { file: 'dump.txt', line: 4, severity: 'error', text: 'column 21: this statement is not known' },
    ]);
  });

  it.each([
    ['', []],
    ['hello\n', ['f:1: column 1: expected a table, as nft list ruleset prints it']],
    ['table ipx t {\n}\n', ['f:1: column 1: expected "table FAMILY NAME {"']],
    [table('\tchain c {', '\t\ttype filter hook nowhere priority 0;', '\t}'), ['f:3: column 20: expected a hook']],
    [table('\tset s {', '\t\ttype ipv4_addr', '\t\tcolour red', '\t}'), ['f:4: column 3: this is not known of a set']],
    [table('\tmystery m {', '\t}'), ['f:2: column 2: "mystery" is not known of a table']],
  ])('says where %j is wrong', (text, errors) => {
    const { remarks } = readNftText(text, 'f');
    expect(remarks.map(remark => `${remark.file}:${remark.line}: ${remark.text}`)).toEqual(errors);
  });

  it.each([
    ['table ip t {\n\tchain c {\n\t\taccept\n', 3],
    ['table ip t {\n\tset s {\n\t\telements = { 10.0.0.1,\n', 3],
    ['table ip t {', 1],
  ])('notices that %j is cut off', (text, line) => {
    expect(readNftText(text, 'f').tables[0]?.cutOff).toEqual({ file: 'f', line });
  });

  it('does not take half a rule for a whole one', () => {
    const text = 'table ip t {\n\tchain c {\n\t\tip saddr 10.0.0.1';
    expect(statementsOf(text)).toMatchObject([{ kind: 'unread', text: 'ip saddr 10.0.0.1' }]);
  });

  it('reads the words of iptables translations', () => {
    expect(statementsOf(chain('meta mark set mark xor 0x4000'))).toEqual(
      statementsOf(chain('meta mark set meta mark ^ 0x00004000')),
    );
  });

  it.each([
    ['# Warning: table ip t is managed by iptables-nft, do not touch!\n', chain('accept'), 'iptables-nft'],
    [
      '',
      'table ip nat {\n\tchain POSTROUTING {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n\t}\n}\n',
      'iptables-nft',
    ],
    [
      '',
      'table ip nat {\n\tchain post {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n\t}\n}\n',
      'nft',
    ],
    ['', chain('accept'), 'nft'],
  ])('tells who owns a table: %j %j', (before, text, owner) => {
    expect(readNftText(before + text, 'f').tables[0]?.owner).toBe(owner);
  });

  it('does not fail on nesting without end', () => {
    const deep = `${'('.repeat(5000)}1${')'.repeat(5000)}`;
    expect(statementsOf(chain(`meta mark ${deep}`))).toMatchObject([{ kind: 'unread' }]);
  });

  it('has names that JavaScript knows otherwise', () => {
    const { tables } = readNftText('table ip __proto__ {\n\tchain constructor {\n\t\taccept\n\t}\n}\n', 'f');
    expect(tables[0]?.chains.get('constructor')?.rules.length).toBe(1);
  });
});

describe('elements of a set', () => {
  const services = setOf(
    table(
      '\tmap s {',
      '\t\ttype ipv4_addr . inet_proto . inet_service : verdict',
      '\t\telements = { 10.96.0.1 . tcp . 443 comment "a, } b" : goto first,',
      '\t\t\t     10.96.0.2 . udp . 53 : drop,',
      '\t\t\t     10.97.0.0/16 . tcp . 80-90 : accept }',
      '\t}',
    ),
  );

  it('are parted at their commas, not at those of comments', () => {
    expect(services?.elements.length).toBe(3);
    expect(services?.elements.at(0)).toMatchObject({ comment: 'a, } b', value: { kind: 'goto', target: 'first' } });
    expect(services?.elements.at(1)).toMatchObject({ value: { kind: 'drop' } });
  });

  it('tell the words of their keys, where these are constants alone', () => {
    expect(services?.elements.words(0)).toEqual(['10.96.0.1', 'tcp', '443']);
    expect(services?.elements.words(2)).toBeUndefined();
  });

  it.each([
    ['type ipv4_addr', '10.0.0.1 timeout 1m expires 59s992ms', { timeout: 60_000, expires: 59_992 }],
    ['type ifname', '"veth*"', { key: { kind: 'value', value: 'veth*' } }],
    ['type mark', '0x00000001-0x00000005', { key: { kind: 'range', from: { value: 1 }, to: { value: 5 } } }],
    [
      'type inet_service',
      '80 counter packets 5 bytes 9',
      { statements: [{ kind: 'counter', packets: 5n, bytes: 9n }] },
    ],
    ['typeof ip saddr . meta mark', '1.2.3.4 . 0x00000005', { key: { kind: 'concat', items: [{}, { value: 5 }] } }],
    ['type ct_state', 'new', { key: { kind: 'value', value: 'new' } }],
  ])('%s: %s', (type, element, expected) => {
    const set = setOf(table('\tset s {', `\t\t${type}`, `\t\telements = { ${element} }`, '\t}'));
    expect([...(set?.elements ?? [])]).toMatchObject([expected]);
  });

  it('one that nobody can read is kept', () => {
    const text = table('\tset s {', '\t\ttype ipv4_addr', '\t\telements = { 10.0.0.1 purple, 10.0.0.2 }', '\t}');
    expect([...(setOf(text)?.elements ?? [])]).toMatchObject([
      { key: { kind: 'unread', text: '10.0.0.1 purple' } },
      { key: { kind: 'value', value: '10.0.0.2' } },
    ]);
  });
});

describe('chains of which each rule is a line', () => {
  /** A blank behind the brace has the chain read line by line. */
  const slowly = (text: string) => text.replace(/^\t(chain .* \{)$/gm, '$1 ');
  const plain = (text: string | undefined) => text?.replace(/\t?(chain c\d \{) ?/g, '$1');
  const seen = (text: string) =>
    readNftText(text, 'f').tables.map(({ chains, cutOff, listed }) => ({
      cutOff,
      listed: plain(listed?.text),
      chains: [...chains].map(([name, { rules, source, base, comment }]) => ({
        name,
        source,
        base,
        comment,
        rules: Array.from({ length: rules.length }, (_, i) => [plain(rules.listed?.(i)), rules.at(i).source.line]),
      })),
    }));
  const lines = fc.constantFrom(
    'accept',
    'tcp dport 80 accept comment "web"',
    'drop comment "two',
    'lines" # handle 7',
    'jump {',
    '}',
    'ip saddr 10.0.0.1 drop ',
    'comment "a chain"',
    'type filter hook input priority filter; policy accept;',
    '# Warning: this is shown without',
    '',
  );
  const closing = fc.constantFrom('\t}', '\t}', '\t}', '}', '\t} ', '');
  const chain = fc.tuple(fc.array(lines, { maxLength: 4 }), closing, fc.constantFrom('\t\t', '\t\t', '  ', '\t'));

  it('are read as those are that have to be looked at', () => {
    fc.assert(
      fc.property(fc.array(chain, { maxLength: 4 }), chains => {
        const parts = chains.flatMap(([rules, close, indent], i) => [
          `\tchain c${i % 3} {`,
          ...rules.map(rule => indent + rule),
          close,
          '',
        ]);
        const text = `table ip t {\n${parts.join('\n')}}\n`;
        expect(seen(text)).toEqual(seen(slowly(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it('tell which rule stands where', () => {
    const text = table('\tchain a {', '\t\taccept', '\t\tdrop', '\t}', '\tchain b {', '\t\tjump a', '\t}');
    const { listed } = readNftText(text, 'f').tables[0] ?? {};
    const at = (words: string) => {
      const found = listed?.at(listed.text.indexOf(words));
      return found && [found.chain.name, found.index];
    };
    expect(['accept', 'drop', 'chain b', 'jump', 'a\n'].map(at)).toEqual([
      ['a', 0],
      ['a', 1],
      undefined,
      ['b', 0],
      undefined,
    ]);
  });
});
