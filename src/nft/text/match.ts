import type { Expression, MatchOperator, Statement } from '../schema.ts';
import { type Types, typeOf } from '../type/type-of.ts';
import type { RuleParser } from './rule-parser.ts';

/** Each with the word that translations of iptables rules have for it. */
const OPERATORS: readonly (readonly [MatchOperator, word?: string])[] = [
  ['==', 'eq'],
  ['!=', 'ne'],
  ['<=', 'le'],
  ['>=', 'ge'],
  ['<', 'lt'],
  ['>', 'gt'],
  ['!'],
];

/** What starts with an expression: a comparison, `set` or `vmap`. */
export function parseMatch(parser: RuleParser): Statement {
  const start = parser.lexer.position;
  const left = parser.expression();
  if (left.kind === 'value' || left.kind === 'set-reference')
    return parser.lexer.fail('this statement is not known', start);
  if (parser.takeWord('vmap')) return { kind: 'vmap', key: left, data: parser.data(left, []) };
  const types = typeOf(left);
  if (parser.takeWord('set')) {
    if (left.kind === 'meta' && left.key === 'secmark' && parser.peek().kind === 'string')
      return { kind: 'secmark', name: parser.expression() };
    return { kind: 'mangle', key: left, value: flags(parser, parser.expression(types), types) };
  }
  const [operator] =
    OPERATORS.find(([mark, word]) => parser.takeMark(mark) || (word !== undefined && parser.takeWord(word))) ?? [];
  const right = side(parser, types);
  if (parser.takeMark('/')) {
    const mask = flags(parser, parser.expression(types), types);
    return {
      kind: 'match',
      operator: operator ?? '==',
      left: { kind: 'binary', operator: '&', left, right: mask },
      right,
    };
  }
  return { kind: 'match', operator: operator ?? implied(left, right, types), left, right };
}

/** Without an operator: of flags any, of all else equality. */
function implied(left: Expression, right: Expression, [type]: Types): MatchOperator {
  return type?.bitmask && left.kind !== 'binary' && (right.kind === 'value' || right.kind === 'list') ? 'in' : '==';
}

function side(parser: RuleParser, types: Types): Expression {
  if (parser.isMark('{')) return { kind: 'set', elements: parser.elements(types, []) };
  return flags(parser, parser.expression(types), types);
}

/** `a,b`. */
function flags(parser: RuleParser, first: Expression, types: Types): Expression {
  if (!parser.isMark(',')) return first;
  const items = [first];
  while (parser.takeMark(',')) items.push(parser.constant(types));
  return { kind: 'list', items };
}
