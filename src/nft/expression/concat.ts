import type { ExpressionForm } from '../form.ts';
import type { Concat } from '../schema.ts';
import { NotUnderstood } from '../unread.ts';

export const concat: ExpressionForm<Concat> = {
  keys: ['concat'],
  read(body, reader) {
    if (!Array.isArray(body)) throw new NotUnderstood('concat is no list');
    return { kind: 'concat', items: body.map(item => reader.expression(item)) };
  },
  print: ({ items }, printer, types) =>
    items.map((item, i) => printer.expression(item, types.slice(i, i + 1))).join(' . '),
};
