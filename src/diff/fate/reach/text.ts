import type { Namespace } from '../../../model/namespace.ts';
import type { Table } from '../../../model/ruleset.ts';
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

/** Whether a rule of either side is written in such words: of the one before those that differ are looked at alone. */
export function someRuleSays(after: Namespace, { chains }: RulesDiff, pattern: RegExp): boolean {
  return (
    chains.some(({ lines }) => lines.some(({ before }) => before !== undefined && pattern.test(before.text))) ||
    after.ruleset.tables.some(table => mentions(table, pattern))
  );
}

function mentions(table: Table, pattern: RegExp): boolean {
  if (table instanceof XtTable) return pattern.test(textOf(table));
  return table.mentions?.(pattern) ?? [...table.chains.values()].some(({ rules }) => rules.mentions(pattern));
}
