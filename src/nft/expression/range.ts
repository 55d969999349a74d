import type { ExpressionForm } from '../form.ts';
import type { Range } from '../schema.ts';
import { NotUnderstood } from '../unread.ts';

export const range: ExpressionForm<Range> = {
  keys: ['range'],
  read(body, reader) {
    if (!Array.isArray(body) || body.length !== 2) throw new NotUnderstood('range is no pair');
    return { kind: 'range', from: reader.expression(body[0]), to: reader.expression(body[1]) };
  },
  print: ({ from, to }, printer, types) => `${printer.rangeEnd(from, types)}-${printer.rangeEnd(to, types)}`,
};
