import type { Namespace } from '../../../model/namespace.ts';
import type { Chain, Rule, Table } from '../../../model/ruleset.ts';
import { listingOf } from '../../../nft/evaluate/table.ts';
import { XtTable } from '../../../xt/chain.ts';
import type { RulesDiff } from '../../rules/ruleset.ts';

/** A rule and its chain. */
export interface RulePlace {
  readonly chain: Chain;
  readonly rule: Rule;
}

/** The rules of a table in one text, as they were listed: one search in it is one for all chains. */
export interface RuleText {
  readonly text: string;
  /** The rule that stands at a place of the text; undefined: none does. */
  at(place: number): RulePlace | undefined;
}

const KNOWN = new WeakMap<Table, RuleText>();

/** Undefined: no one text has all rules of the table. */
export function ruleTextOf(table: Table): RuleText | undefined {
  const known = KNOWN.get(table) ?? (table instanceof XtTable ? xtText(table) : nftText(table));
  if (known) KNOWN.set(table, known);
  return known;
}

function xtText(table: XtTable): RuleText {
  const { lines } = table;
  if (lines.rules === 0) return { text: '', at: () => undefined };
  const start = lines.ruleStart(0);
  return {
    text: textOf(lines.bytes.subarray(start, lines.ruleEnd(lines.rules - 1))),
    at(place) {
      const rule = ruleAt(lines, start + place);
      const chain = table.chains.at(lines.chainOf(rule));
      return { chain, rule: chain.rules.at(lines.indexOf(rule)) };
    },
  };
}

/** One character a byte, so that places in the text are places in the bytes. */
function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return text.length === bytes.length ? text : new TextDecoder('latin1').decode(bytes);
}

/** The number of the rule in whose line the byte stands. */
function ruleAt(lines: XtTable['lines'], byte: number): number {
  let low = 0;
  for (let high = lines.rules - 1; low < high; ) {
    const middle = (low + high + 1) >> 1;
    if (lines.ruleStart(middle) <= byte) low = middle;
    else high = middle - 1;
  }
  return low;
}

function nftText(table: Table): RuleText | undefined {
  const listing = listingOf(table);
  const listed = listing?.listed;
  if (!listed) return undefined;
  return {
    text: listed.text,
    at(place) {
      const found = listed.at(place);
      // Of two chains of one name the later counts.
      if (!found || listing.chains.get(found.chain.name) !== found.chain) return undefined;
      const chain = table.chains.get(found.chain.name);
      return chain && { chain, rule: chain.rules.at(found.index) };
    },
  };
}

/** The rules of a table as they were listed, in as few pieces as its kind allows. */
export function* textsOf(table: Table): Iterable<string> {
  const whole = ruleTextOf(table);
  if (whole) {
    yield whole.text;
    return;
  }
  const listing = listingOf(table);
  for (const { name, rules } of table.chains.values()) {
    const listed = listing?.chains.get(name)?.listed?.();
    if (listed !== undefined) yield listed;
    else for (const { text } of rules) yield text;
  }
}

/** Whether a rule of either side is written in such words: of the one before those that differ are looked at alone. */
export function someRuleSays(after: Namespace, { chains }: RulesDiff, pattern: RegExp): boolean {
  if (chains.some(({ lines }) => lines.some(({ before }) => before !== undefined && pattern.test(before.text))))
    return true;
  for (const table of after.ruleset.tables) for (const text of textsOf(table)) if (pattern.test(text)) return true;
  return false;
}
