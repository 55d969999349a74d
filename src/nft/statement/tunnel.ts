import type { StatementForm } from '../form.ts';
import type { TunnelReference } from '../schema.ts';

export const tunnel: StatementForm<TunnelReference> = {
  keys: ['tunnel'],
  read: (body, reader) => ({ kind: 'tunnel', name: reader.expression(body) }),
  words: ['tunnel name'],
  parse: parser => ({ kind: 'tunnel', name: parser.expression() }),
  print: ({ name }, printer) => `tunnel name ${printer.reference(name)}`,
  describe: ({ name }, printer) => `tunnel ${printer.reference(name)}`,
};
