import type { Element, Statement } from '../schema.ts';
import { readDuration } from '../type/duration.ts';
import type { Types } from '../type/type-of.ts';
import type { RuleParser } from './rule-parser.ts';

/** `{ a, b }` of a set, or `{ k : v }` of a map. */
export function parseElements(parser: RuleParser, keyTypes: Types, valueTypes: Types): readonly Element[] {
  parser.mark('{');
  const elements: Element[] = [];
  while (!parser.takeMark('}')) {
    elements.push(parseElement(parser, keyTypes, valueTypes));
    if (!parser.takeMark(',')) {
      parser.mark('}');
      break;
    }
  }
  return elements;
}

const STATEFUL = new Set(['counter', 'limit', 'quota', 'ct', 'last']);

/** A key with what it carries; of a map ` : value`. */
export function parseElement(parser: RuleParser, keyTypes: Types, valueTypes: Types): Element {
  const key = parser.expression(keyTypes);
  const statements: Statement[] = [];
  let options: Pick<Element, 'comment' | 'timeout' | 'expires'> = {};
  for (;;) {
    const token = parser.peek();
    if (token.kind === 'word' && STATEFUL.has(token.text)) statements.push(parser.statement());
    else if (parser.takeWord('comment')) options = { ...options, comment: parser.string() };
    else if (parser.takeWord('timeout')) options = { ...options, timeout: duration(parser) };
    else if (parser.takeWord('expires')) options = { ...options, expires: duration(parser) };
    else break;
  }
  const value = parser.takeMark(':') ? parser.elementValue(valueTypes) : undefined;
  return {
    key,
    ...(value !== undefined && { value }),
    ...options,
    ...(statements.length > 0 && { statements }),
  };
}

/** Milliseconds. */
export function duration(parser: RuleParser): number {
  const read = readDuration(parser.peek().text);
  if (!read) parser.fail('expected a time such as 1h30m');
  parser.word();
  return read.milliseconds;
}
