import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNftJson } from '../../src/nft/json/read-ruleset.ts';
import type { NftRuleset } from '../../src/nft/ruleset.ts';
import { printRuleset } from '../../src/nft/text/print-ruleset.ts';
import { readNftText } from '../../src/nft/text/read-ruleset.ts';

const listing = (name: string): string => readFileSync(new URL(`listings/${name}`, import.meta.url), 'utf8');
const rules = readFileSync(new URL('listed.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => String(JSON.parse(line).text));
const TEXTS = [
  listing('plain.txt'),
  listing('handles.txt'),
  `table inet t {\n\tchain c {\n${rules.map(rule => `\t\t${rule}\n`).join('')}\t}\n}\n`,
];

const junk = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '"',
    '{',
    '}',
    '(',
    ' . ',
    ' : ',
    ',',
    '\n',
    '@',
    ' map { ',
    ' vmap @',
    '\0',
    '/',
    '-',
    '__proto__',
    '[',
    '&',
  ),
  fc.constantFrom(
    '{'.repeat(3000),
    '('.repeat(3000),
    '9'.repeat(400),
    'ip saddr . '.repeat(500),
    'jump {\n'.repeat(300),
  ),
);
/** A listing of which a part is cut out and something else put in its place. */
const damaged = (texts: readonly string[]) =>
  fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat({ max: 60 }), junk).map(([text, at, cut, put]) => {
    const start = at % text.length;
    return text.slice(0, start) + put + text.slice(start + cut);
  });

/** Reads everything that is read when it is asked for, and prints it. */
function readAll(ruleset: NftRuleset): void {
  for (const { chains, sets } of ruleset.tables) {
    for (const { rules: list } of chains.values()) for (const rule of list) expect(rule.text).toBeTypeOf('string');
    for (const { elements } of sets.values())
      for (const element of elements) expect(element.key.kind).toBeTypeOf('string');
  }
  expect(printRuleset(ruleset)).toBeTypeOf('string');
  for (const { file, line } of ruleset.remarks) expect([file, line > 0]).toEqual(['f', true]);
}

describe('damaged listings', () => {
  it('of text are read without failing', () =>
    fc.assert(
      fc.property(damaged(TEXTS), text => readAll(readNftText(text, 'f'))),
      { numRuns: 100 },
    ));

  it('of JSON are read without failing', () =>
    fc.assert(
      fc.property(damaged([listing('json.json')]), text => readAll(readNftJson(text, 'f'))),
      { numRuns: 100 },
    ));

  it('a text that is cut off anywhere says so, or is whole', () =>
    fc.assert(
      fc.property(fc.nat({ max: TEXTS[0]?.length ?? 0 }), end => {
        const { tables, remarks } = readNftText(TEXTS[0]?.slice(0, end) ?? '', 'f');
        const whole = /(?:^|\n\}\n?)$/.test(TEXTS[0]?.slice(0, end) ?? '');
        expect(whole || remarks.length > 0 || tables.at(-1)?.cutOff !== undefined).toBe(true);
      }),
    ));
});
