import type { StatementForm } from '../form.ts';
import type { Reset } from '../schema.ts';

export const reset: StatementForm<Reset> = {
  keys: ['reset'],
  read: (body, reader) => ({ kind: 'reset', option: reader.expression(body) }),
  words: ['reset'],
  parse: parser => ({ kind: 'reset', option: parser.expression() }),
  print: ({ option }, printer) => `reset ${printer.expression(option)}`,
  describe: ({ option }, printer) => `take out ${printer.expression(option)}`,
};
