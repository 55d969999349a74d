import type { ExpressionForm } from '../form.ts';
import type { AnonymousSet } from '../schema.ts';

export const set: ExpressionForm<AnonymousSet> = {
  keys: ['set'],
  read: (body, reader) => ({
    kind: 'set',
    elements: (Array.isArray(body) ? body : [body]).map(item => reader.element(item)),
  }),
  print: ({ elements }, printer, types) => printer.elements(elements, types, []),
};
