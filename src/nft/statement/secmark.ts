import type { StatementForm } from '../form.ts';
import type { Secmark } from '../schema.ts';

export const secmark: StatementForm<Secmark> = {
  keys: ['secmark'],
  read: (body, reader) => ({ kind: 'secmark', name: reader.expression(body) }),
  // In text it starts as `meta secmark set` does: see text/match.ts.
  words: ['secmark name'],
  parse: parser => ({ kind: 'secmark', name: parser.expression() }),
  print: ({ name }, printer) => `meta secmark set ${printer.reference(name)}`,
  describe: ({ name }, printer) => `security mark ${printer.reference(name)}`,
};
