import type { Backend } from '../../src/xt/extension.ts';
import { reasonFor } from './reasons.ts';
import type { Row } from './rows.ts';
import { type Saved, save } from './save.ts';

export type Outcome =
  | { readonly kind: 'same' | 'refused by both' }
  | { readonly kind: 'accepted with a reason'; readonly reason: string }
  | { readonly kind: 'difference'; readonly text: string };

const difference = (text: string): Outcome => ({ kind: 'difference', text });
const say = (saved: Saved): string => (saved.kind === 'saved' ? saved.line : `refused: ${saved.reasons}`);

/** Holds one row against what the tool of one backend made of it. */
export function checkRow(row: Row, backend: Backend): Outcome {
  const wanted = backend === 'legacy' ? row.saved_legacy : row.saved_nft;
  const mine = save(row, row.input, backend);
  if (mine.kind === 'saved' && mine.raw !== undefined) return difference(`kept as text: ${mine.raw}`);
  if (wanted === null) return checkRefused(row, backend, mine);
  if (mine.kind === 'refused' || mine.line !== wanted) return difference(`${say(mine)}\n    instead of ${wanted}`);
  const again = save(row, wanted.slice(`-A ${row.chain} `.length), backend);
  if (again.kind === 'refused' || again.line !== wanted) return difference(`${wanted}\n    read again: ${say(again)}`);
  return { kind: 'same' };
}

function checkRefused(row: Row, backend: Backend, mine: Saved): Outcome {
  if (mine.kind === 'refused') return { kind: 'refused by both' };
  const refusal = (backend === 'legacy' ? row.err_legacy : row.err_nft) ?? '';
  const reason = reasonFor(row, backend);
  if (reason === undefined) return difference(`${mine.line}\n    but refused: ${refusal}`);
  const expected = row.status === 'OK' && row.expect ? `-A ${row.chain} ${row.expect}` : undefined;
  if (expected !== undefined && mine.line !== expected) return difference(`${mine.line}\n    instead of ${expected}`);
  return { kind: 'accepted with a reason', reason };
}
