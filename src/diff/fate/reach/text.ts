import type { Namespace } from '../../../model/namespace.ts';
import type { Table } from '../../../model/ruleset.ts';
import { listingOf } from '../../../nft/evaluate/table.ts';
import { XtTable } from '../../../xt/chain.ts';
import type { RulesDiff } from '../../rules/ruleset.ts';

const TEXTS = new WeakMap<XtTable, string>();

/** The text of a table's rules, one character a byte: places in it are places in the bytes behind the first rule. */
export function textOf(table: XtTable): string {
  const known = TEXTS.get(table);
  if (known !== undefined) return known;
  const { lines } = table;
  const bytes =
    lines.rules === 0
      ? lines.bytes.subarray(0, 0)
      : lines.bytes.subarray(lines.ruleStart(0), lines.ruleEnd(lines.rules - 1));
  const text = new TextDecoder('latin1').decode(bytes);
  TEXTS.set(table, text);
  return text;
}

/** The rules of a table as they were listed, in as few pieces as its kind allows. */
export function* textsOf(table: Table): Iterable<string> {
  if (table instanceof XtTable) {
    yield textOf(table);
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
