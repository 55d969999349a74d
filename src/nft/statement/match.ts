import type { StatementForm } from '../form.ts';
import type { Expression, Match } from '../schema.ts';
import { type Types, typeOf } from '../type/type-of.ts';
import { HEX_INTEGER } from '../type/types.ts';

const OPERATORS = ['==', '!=', '<', '>', '<=', '>=', 'in', '!'] as const;

export const match: StatementForm<Match> = {
  keys: ['match'],
  read(body, reader) {
    const fields = reader.fields(body, 'match');
    const operator = fields.word('op', OPERATORS);
    const left = fields.expression('left');
    const right = fields.expression('right');
    fields.finish();
    return { kind: 'match', operator, left, right };
  },
  words: [],
  print(statement, printer) {
    const { operator, left, right } = statement;
    const types = typeOf(left);
    if (left.kind === 'binary' && left.operator === '&' && left.right.kind === 'list') {
      const value = printer.expression(right, types);
      const not = operator === '!=' ? '!= ' : '';
      return `${printer.expression(left.left)} ${not}${value} / ${printer.expression(left.right, types)}`;
    }
    if (left.kind === 'raw-tcp-option' && right.kind === 'value' && typeof right.value === 'boolean')
      return `tcp option ${left.option} ${printer.expression(right)}`;
    return `${printer.expression(left)} ${shown(statement, types)}${printer.expression(right, rightTypes(left, types))}`;
  },
  describe: (statement, printer) => match.print(statement, printer),
};

/** What a match asks for, in a word or two: `ip saddr`, `ct state`, `numgen`. */
export function subjectOf(expression: Expression): string {
  switch (expression.kind) {
    case 'payload':
      return `${expression.protocol} ${expression.field}`;
    case 'meta':
    case 'ct':
    case 'rt':
    case 'socket':
      return `${expression.kind} ${expression.key}`;
    case 'fib':
      return `fib ${expression.result}`;
    case 'binary':
      return subjectOf(expression.left);
    default:
      return expression.kind;
  }
}

/** A numbered payload's constants are hexadecimal, a mask's too. */
const rightTypes = (left: Match['left'], types: Types): Types => (left.kind === 'raw-payload' ? [HEX_INTEGER] : types);

function shown({ operator, left, right }: Match, [type]: Types): string {
  if (operator === 'in') return '';
  if (operator !== '==') return `${operator} `;
  return left.kind === 'binary' || (type?.bitmask && (right.kind === 'value' || right.kind === 'binary')) ? '== ' : '';
}
