import type { StatementForm } from '../form.ts';
import type { UnreadStatement } from '../schema.ts';

/** Kept as it stood: text as text, JSON as JSON. */
export const unread: StatementForm<UnreadStatement> = {
  keys: [],
  read: body => ({ kind: 'unread', text: JSON.stringify(body) ?? '', reason: 'not understood' }),
  words: [],
  print: ({ text }) => text,
  describe: () => 'not understood',
};
