import type { Backend } from '../../src/xt/extension.ts';
import { parseRule } from '../../src/xt/rule.ts';
import { builtinHook } from '../../src/xt/tables.ts';
import { splitWords } from '../../src/xt/words.ts';
import type { Row } from './rows.ts';
import { rawText } from './typed.ts';

export type Saved =
  | { readonly kind: 'saved'; readonly line: string; readonly raw: string | undefined }
  | { readonly kind: 'refused'; readonly reasons: string };

/** What the backend's save prints of a rule in the row's chain. `raw`: text that a printer would only have to repeat. */
export function save(row: Row, rule: string, backend: Backend): Saved {
  const words = splitWords(rule);
  if (!words) return { kind: 'refused', reasons: 'a quote stays open' };
  const { statements, context, problems } = parseRule(rule, words, {
    family: row.family,
    backend,
    table: row.table,
    chain: row.chain,
    hook: builtinHook(row.table, row.chain),
    isChain: () => false,
  });
  if (problems.length > 0) return { kind: 'refused', reasons: problems.join('; ') };
  return {
    kind: 'saved',
    line: `-A ${row.chain}${statements.map(s => s.print(context)).join('')}`,
    raw: rawText(
      statements.map(s => s.options),
      words.map(word => word.text),
    ),
  };
}
