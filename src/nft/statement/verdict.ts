import type { StatementForm } from '../form.ts';
import type { StatementOf } from '../schema.ts';
import { NotUnderstood } from '../unread.ts';

type Plain = 'accept' | 'drop' | 'continue' | 'return';

/** `accept`, `drop`, `continue`, `return`. */
const plain = (kind: Plain): StatementForm<StatementOf<Plain>> => ({
  keys: [kind],
  read(body) {
    if (body !== null) throw new NotUnderstood(`${kind} takes nothing`);
    return { kind };
  },
  words: [kind],
  parse: () => ({ kind }),
  print: () => kind,
  describe: () => kind,
});

export const accept = plain('accept');
export const drop = plain('drop');
export const continueOn = plain('continue');
export const returnBack = plain('return');
