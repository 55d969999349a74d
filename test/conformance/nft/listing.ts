import { readNftJson } from '../../../src/nft/json/read-ruleset.ts';
import type { PrintStyle } from '../../../src/nft/printer.ts';
import type { NftRuleset } from '../../../src/nft/ruleset.ts';
import { printRuleset } from '../../../src/nft/text/print-ruleset.ts';
import { readNftText } from '../../../src/nft/text/read-ruleset.ts';
import { factsOf } from './facts.ts';
import { type Comparison, compare } from './lossy.ts';

/** What was found of one listing. */
export interface Outcome {
  readonly rules: number;
  /** Rules of tables that iptables-nft owns: printed back as they stood. */
  readonly foreign: number;
  readonly differences: readonly string[];
  readonly lost: ReadonlyMap<string, number>;
}

/** Priorities that nft names, times of a minute and more in seconds: `nft -n`. In ranges they are so in any case. */
const isNumeric = (text: string): boolean =>
  !/priority [a-z]|(?:timeout|interval|expires) \d+[mhd]/.test(text) &&
  (/(?:timeout|expires|gc-interval|[.{,]|^\s*) (?:[6-9]\d|\d{3,})s(?![-\w])/m.test(text) ||
    /hook \w+ (?:device \S+ )?priority (?:-300|-150|0|50);/.test(text));

/** How the listing was asked for, told from its words. */
const styleOf = (text: string): PrintStyle => ({
  handles: / # handle \d+$/m.test(text),
  numeric: isNumeric(text),
  old: /reject with icmp(?:v6|x)? type |queue num /.test(text),
  bursts: /limit rate [^\n]*burst 5 packets/.test(text),
});

/** Comments are not part of a ruleset. What was pasted has blanks for tabs, and newer versions print more blank lines. */
const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));

function printedBack(ruleset: NftRuleset, text: string): string | undefined {
  const printed = printRuleset(ruleset, styleOf(text));
  if (printed === text) return undefined;
  const pasted = /^ {2,}\S/m.test(text) || /\n\tcomment "[^\n]*\n\n/.test(text) || /^#/m.test(text);
  const [was, is] = pasted ? [lines(text), lines(printed)] : [text.split('\n'), printed.split('\n')];
  const at = Array.from({ length: Math.max(was.length, is.length) }, (_, i) => i).find(i => was[i] !== is[i]);
  return at === undefined
    ? undefined
    : `line ${at + 1}: ${was[at] ?? '(nothing)'}\n    printed ${is[at] ?? '(nothing)'}`;
}

function count(ruleset: NftRuleset, owner: 'nft' | 'iptables-nft'): number {
  let rules = 0;
  for (const table of ruleset.tables)
    if (table.owner === owner) for (const chain of table.chains.values()) rules += chain.rules.length;
  return rules;
}

/** Statements and elements that were kept as they stood, in what nft itself owns. */
function unread(ruleset: NftRuleset): readonly string[] {
  const native = ruleset.tables.filter(({ owner }) => owner === 'nft');
  const found: string[] = [];
  for (const { chains, sets } of native) {
    for (const { rules } of chains.values())
      for (const { statements, source } of rules)
        if (JSON.stringify(statements, plain).includes('"kind":"unread"')) found.push(`rule at line ${source.line}`);
    for (const { name, elements } of sets.values())
      for (const element of elements)
        if (JSON.stringify(element, plain).includes('"kind":"unread"')) found.push(`element of ${name}`);
  }
  return found.map(where => `not understood: ${where}`);
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** Reads a listing, prints it back, and holds it against the JSON of the same ruleset where that is at hand. */
export function checkListing(text: string, json: string | undefined): Outcome {
  const fromText = readNftText(text, 'text');
  const fromJson = json === undefined ? undefined : readNftJson(json, 'JSON');
  const differences = [...unread(fromText)];
  const back = printedBack(fromText, text);
  if (back !== undefined) differences.push(back);
  let comparison: Comparison | undefined;
  if (fromJson) {
    differences.push(...unread(fromJson));
    comparison = compare(factsOf(fromText), factsOf(fromJson));
    differences.push(...comparison.differences);
  }
  for (const { file, line, text: remark } of fromText.remarks)
    if (!remark.includes('column') || count(fromText, 'iptables-nft') === 0)
      differences.push(`${file}:${line}: ${remark}`);
  return {
    rules: count(fromText, 'nft'),
    foreign: count(fromText, 'iptables-nft'),
    differences,
    lost: comparison?.lost ?? new Map(),
  };
}
