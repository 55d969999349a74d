import type { StatementForm } from '../form.ts';
import type { Notrack } from '../schema.ts';
import { NotUnderstood } from '../unread.ts';

export const notrack: StatementForm<Notrack> = {
  keys: ['notrack'],
  read(body) {
    if (body !== null) throw new NotUnderstood('notrack takes nothing');
    return { kind: 'notrack' };
  },
  words: ['notrack'],
  parse: () => ({ kind: 'notrack' }),
  print: () => 'notrack',
  describe: () => 'no connection tracking',
};
