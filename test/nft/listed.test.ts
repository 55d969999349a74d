import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../src/nft/json/exact.ts';
import { JsonReader } from '../../src/nft/json/json-reader.ts';
import { Printer } from '../../src/nft/printer.ts';
import type { NftFamily } from '../../src/nft/ruleset.ts';
import { RuleParser } from '../../src/nft/text/rule-parser.ts';

/** What nft 1.0.6 listed for the rules of rules.txt (record.py), as text and as JSON. */
interface Listed {
  readonly family: NftFamily;
  readonly text: string;
  readonly expr: readonly unknown[];
  readonly comment?: string;
}

const exactly = (line: string): Listed => Object(parseExactJson(line, 'listed.jsonl', []));

const rows: readonly Listed[] = readFileSync(new URL('listed.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(exactly);

describe('what nft lists', () => {
  it('is there', () => expect(rows.length).toBeGreaterThan(190));

  it.each(rows)('$family $text', ({ family, text, expr, comment }) => {
    const reports: string[] = [];
    const fromJson = new JsonReader({ family }, reason => reports.push(reason)).statements(expr);
    const parser = new RuleParser(text, { file: 'listed', line: 1, column: 1 }, { family });
    const fromText = parser.rule(remark => reports.push(remark.text));
    expect(reports).toEqual([]);
    expect(fromText).toEqual({ statements: fromJson, comment });
    expect(new Printer(family).rule({ statements: fromJson, comment })).toBe(text);
  });
});
