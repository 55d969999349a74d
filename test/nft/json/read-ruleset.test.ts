import { describe, expect, it } from 'vitest';
import { readNftJson } from '../../../src/nft/json/read-ruleset.ts';

const ruleset = (...items: readonly object[]): string => JSON.stringify({ nftables: [{ metainfo: {} }, ...items] });
const table = { table: { family: 'ip', name: 't', handle: 1 } };
const chain = {
  chain: { family: 'ip', table: 't', name: 'c', handle: 2, type: 'filter', hook: 'input', prio: -5, policy: 'drop' },
};
const rule = (...expr: readonly unknown[]) => ({ rule: { family: 'ip', table: 't', chain: 'c', handle: 3, expr } });

describe('readNftJson', () => {
  it('puts chains and rules into their table', () => {
    const { tables, remarks } = readNftJson(ruleset(table, chain, rule({ accept: null }), rule({ drop: null })), 'f');
    expect(remarks).toEqual([]);
    const read = tables[0]?.chains.get('c');
    expect(read?.base).toEqual({ type: 'filter', hook: 'input', priority: -5, policy: 'drop', devices: [] });
    expect([...(read?.rules ?? [])].map(({ number, handle, text }) => [number, handle, text])).toEqual([
      [1, 3, 'accept'],
      [2, 3, 'drop'],
    ]);
  });

  it('makes the table of a chain that is listed alone', () => {
    const { tables } = readNftJson(ruleset(chain), 'f');
    expect(tables.map(({ family, name }) => [family, name])).toEqual([['ip', 't']]);
  });

  it('adds the elements of a set that is listed in pieces', () => {
    const set = { set: { family: 'ip', table: 't', name: 's', handle: 4, type: 'ipv4_addr', elem: ['10.0.0.1'] } };
    const more = {
      element: { family: 'ip', table: 't', name: 's', elem: [{ prefix: { addr: '10.1.0.0', len: 16 } }] },
    };
    const elements = readNftJson(ruleset(table, set, more), 'f').tables[0]?.sets.get('s')?.elements;
    expect(elements?.length).toBe(2);
    expect(elements?.at(0)).toEqual({ key: { kind: 'value', value: '10.0.0.1' } });
    expect(elements?.at(1)).toMatchObject({ key: { kind: 'prefix', length: 16 } });
  });

  it.each([
    ['an unknown statement', { shuffle: 1 }, '{"shuffle":1}', /"shuffle" is not known/],
    [
      'an unknown field',
      { counter: { packets: 1, bytes: 2, flows: 3 } },
      '{"counter":{"packets":1,"bytes":2,"flows":3}}',
      /"flows" is not known/,
    ],
    ['a statement that is a number', 5, '5', /one key/],
  ])('keeps and reports %s', (_, statement, text, reason) => {
    const { tables, remarks } = readNftJson(ruleset(table, chain, rule(statement, { accept: null })), 'f');
    const statements = tables[0]?.chains.get('c')?.rules.at(0).statements;
    expect(statements?.[0]).toMatchObject({ kind: 'unread', text, reason: expect.stringMatching(reason) });
    expect(statements?.[1]).toEqual({ kind: 'accept' });
    expect(remarks).toMatchObject([{ severity: 'error', text: expect.stringMatching(reason) }]);
  });

  it('says where JSON does not tell the flags of a table', () => {
    const text = ruleset({ table: { family: 'ip', name: 't', handle: 1, flags: 'counter-1' } });
    expect(readNftJson(text, 'f').remarks).toMatchObject([
      { severity: 'error', text: expect.stringMatching(/dormant/) },
    ]);
  });

  it('keeps an expression that it does not know, not the whole rule', () => {
    const match = { match: { op: '==', left: { weather: { key: 'wind' } }, right: 1 } };
    const statement = readNftJson(ruleset(table, chain, rule(match)), 'f')
      .tables[0]?.chains.get('c')
      ?.rules.at(0).statements[0];
    expect(statement).toMatchObject({ kind: 'match', left: { kind: 'unread', text: '{"weather":{"key":"wind"}}' } });
  });

  it('reads whole numbers of 64 bits', () => {
    const text = ruleset(table, chain, rule({ match: { op: '>', left: { ct: { key: 'bytes' } }, right: 7 } }));
    const large = text.replace('"right":7', '"right":9223372036854775807');
    const statement = readNftJson(large, 'f').tables[0]?.chains.get('c')?.rules.at(0).statements[0];
    expect(statement).toMatchObject({ right: { kind: 'value', value: 9223372036854775807n } });
  });

  it.each([
    ['', /not JSON/],
    ['{"nftables": [', /not JSON/],
    ['[]', /no object with a list "nftables"/],
    [ruleset({ rule: { family: 'ipx', table: 't', chain: 'c', expr: [] } }), /"family"/],
    [ruleset({ set: { family: 'ip', table: 't', name: 's' } }), /without a type/],
  ])('says what is wrong with %j', (text, reason) => {
    expect(readNftJson(text, 'f').remarks).toMatchObject([{ file: 'f', line: 1, text: expect.stringMatching(reason) }]);
  });

  it.each([
    [{ elem: 5 }, /elem is no object/],
    [{ elem: { val: 1, comment: 7 } }, /"comment" is no string/],
  ])('keeps the element %j of a set as text, and says why', (element, reason) => {
    const set = { set: { family: 'ip', table: 't', name: 's', type: 'mark', elem: [element] } };
    const { tables, remarks } = readNftJson(ruleset(table, set), 'f');
    const keys = [...(tables[0]?.sets.get('s')?.elements ?? [])].map(({ key }) => key);
    expect(keys).toMatchObject([
      { kind: 'unread', text: JSON.stringify(element), reason: expect.stringMatching(reason) },
    ]);
    expect(remarks).toMatchObject([{ text: expect.stringMatching(reason) }]);
  });

  it('does not follow nesting without end', () => {
    const deep = `${'{"concat":['.repeat(5000)}1${']}'.repeat(5000)}`;
    const text = `{"nftables":[{"table":{"family":"ip","name":"t"}},{"chain":{"family":"ip","table":"t","name":"c"}},{"rule":{"family":"ip","table":"t","chain":"c","expr":[{"match":{"op":"==","left":${deep},"right":1}}]}}]}`;
    const { tables, remarks } = readNftJson(text, 'f');
    expect(tables[0]?.chains.get('c')?.rules.at(0).statements).toHaveLength(1);
    expect(remarks).toMatchObject([{ text: 'nested too deeply' }]);
  });
});
