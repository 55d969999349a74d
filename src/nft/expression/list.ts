import type { ExpressionForm } from '../form.ts';
import type { List } from '../schema.ts';

export const list: ExpressionForm<List> = {
  print: ({ items }, printer, types) => items.map(item => printer.expression(item, types)).join(','),
};
