import type { StatementForm } from '../form.ts';
import type { Element, SetUpdate } from '../schema.ts';
import type { RuleParser } from '../text/rule-parser.ts';
import { NotUnderstood } from '../unread.ts';

const OPERATIONS = ['add', 'update', 'delete'] as const;

function parseOld(parser: RuleParser, operation: SetUpdate['operation']): SetUpdate {
  const element = parser.element([], []);
  const name = parser.word('name of a set');
  if (!name.startsWith('@')) parser.fail('expected @ and the name of a set');
  return { kind: 'set', operation, set: name.slice(1), element };
}

/** Adds to a set or map from within the packet path. */
export const set: StatementForm<SetUpdate> = {
  // Of maps from nft 1.0.7 on; 1.0.6 prints such a statement as a mere string.
  keys: ['set', 'map'],
  read(body, reader, key) {
    const fields = reader.fields(body, key);
    const operation = fields.word('op', OPERATIONS);
    const name = fields.string(key);
    const element: Element = reader.element(fields.raw('elem'));
    const data = fields.optionalExpression('data');
    const statements = fields.list('stmt').map(item => reader.statement(item));
    fields.finish();
    if (!name.startsWith('@')) throw new NotUnderstood(`${key}: "${name}" names no set`);
    return {
      kind: 'set',
      operation,
      set: name.slice(1),
      element: {
        ...element,
        ...(data && { value: data }),
        ...(statements.length > 0 && { statements: [...(element.statements ?? []), ...statements] }),
      },
    };
  },
  // Before nft 0.9: `set add ip saddr @s`.
  words: [...OPERATIONS, 'set add', 'set update'],
  parse(parser, words) {
    const word = words.replace('set ', '');
    if (word !== words) return parseOld(parser, word === 'add' ? 'add' : 'update');
    const operation = OPERATIONS.find(known => known === word) ?? parser.fail('expected add, update or delete');
    const name = parser.word('name of a set');
    if (!name.startsWith('@')) parser.fail('expected @ and the name of a set');
    parser.mark('{');
    const element = parser.element([], []);
    parser.mark('}');
    return { kind: 'set', operation, set: name.slice(1), element };
  },
  print: ({ operation, set: name, element }, printer) => `${operation} @${name} { ${printer.updateElement(element)} }`,
  describe: ({ operation, set: name, element }, printer) =>
    `${operation} ${printer.expression(element.key)} ${operation === 'delete' ? 'from' : 'to'} ${name}`,
};
