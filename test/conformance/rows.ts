import type { Family } from '../../src/net/address.ts';
import type { Backend } from '../../src/xt/extension.ts';
import { parseRule } from '../../src/xt/rule.ts';
import { builtinHook } from '../../src/xt/tables.ts';
import { splitWords } from '../../src/xt/words.ts';

/** One of netfilter's own test rules with what the two tools made of it. */
export interface Row {
  readonly id: string;
  readonly ext: string;
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly input: string;
  readonly status: string;
  readonly saved_legacy: string | null;
  readonly saved_nft: string | null;
  readonly err_legacy?: string;
  readonly err_nft?: string;
}

/** The rule's line as the backend's save would print it, or the reasons for which it is refused. */
export function save(row: Row, rule: string, backend: Backend): { line?: string; problems: readonly string[] } {
  const words = splitWords(rule);
  if (!words) return { problems: ['a quote stays open'] };
  const parsed = parseRule(rule, words, {
    family: row.family,
    backend,
    table: row.table,
    chain: row.chain,
    hook: builtinHook(row.table, row.chain),
    isChain: () => false,
  });
  if (parsed.problems.length > 0) return { problems: parsed.problems };
  return { line: `-A ${row.chain}${parsed.statements.map(s => s.print(parsed.context)).join('')}`, problems: [] };
}
