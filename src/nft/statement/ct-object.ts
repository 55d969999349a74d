import type { StatementForm } from '../form.ts';
import type { CtExpectation, CtHelper, CtTimeout } from '../schema.ts';

type Assigned = CtHelper | CtTimeout | CtExpectation;

/** `ct helper set "name"`, `ct timeout set`, `ct expectation set`. */
const assigning = <K extends Assigned['kind']>(kind: K): StatementForm<Extract<Assigned, { readonly kind: K }>> => ({
  keys: [kind],
  read: (body, reader) => ({ kind, name: reader.expression(body) }),
  words: [`${kind} set`],
  parse: parser => ({ kind, name: parser.expression() }),
  print: ({ name }, printer) => `${kind} set ${printer.reference(name)}`,
  describe: ({ name }, printer) => `${kind} ${printer.reference(name)}`,
});

export const ctHelper = assigning('ct helper');
export const ctTimeout = assigning('ct timeout');
export const ctExpectation = assigning('ct expectation');
