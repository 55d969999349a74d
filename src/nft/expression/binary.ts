import type { ExpressionForm } from '../form.ts';
import type { Binary, BinaryOperator, Expression } from '../schema.ts';
import { typeOf } from '../type/type-of.ts';
import { INTEGER } from '../type/types.ts';
import { NotUnderstood } from '../unread.ts';

/** nft writes parentheses around what binds less than the operator beside it. */
const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = { '<<': 1, '>>': 1, '&': 2, '^': 3, '|': 4 };
const OPERATORS: readonly BinaryOperator[] = ['&', '|', '^', '<<', '>>'];

export const binary: ExpressionForm<Binary> = {
  keys: OPERATORS,
  read(body, reader, key) {
    const operator = OPERATORS.find(known => known === key);
    if (!operator || !Array.isArray(body) || body.length < 2) throw new NotUnderstood(`"${key}" has no two operands`);
    const [first, ...others] = body.map(item => reader.expression(item));
    if (!first) throw new NotUnderstood(`"${key}" has no operand`);
    return others.reduce<Expression>((left, right) => ({ kind: 'binary', operator, left, right }), first);
  },
  print({ operator, left, right }, printer, types) {
    const own = typeOf(left);
    const shift = operator === '<<' || operator === '>>';
    const operand = (expression: Expression, of: typeof types): string => {
      const text = printer.expression(expression, of);
      const looser = expression.kind === 'binary' && PRECEDENCE[expression.operator] > PRECEDENCE[operator];
      return looser ? `(${text})` : text;
    };
    return `${operand(left, types)} ${operator} ${operand(right, shift ? [INTEGER] : own.length > 0 ? own : types)}`;
  },
};
