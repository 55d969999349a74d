import type { ExpressionForm } from '../form.ts';
import type { Value } from '../schema.ts';

export const value: ExpressionForm<Value> = {
  print: (expression, printer, types) => printer.value(expression.value, types),
};
