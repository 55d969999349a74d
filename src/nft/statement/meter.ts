import type { StatementForm } from '../form.ts';
import type { Meter } from '../schema.ts';

export const meter: StatementForm<Meter> = {
  keys: ['meter'],
  read(body, reader) {
    const fields = reader.fields(body, 'meter');
    const name = fields.string('name');
    const size = fields.optionalNumber('size');
    const element = reader.element(fields.raw('key'));
    const statements = fields.list('stmt').map(item => reader.statement(item));
    fields.finish();
    return { kind: 'meter', name, ...(size !== undefined && { size }), element: { ...element, statements } };
  },
  words: ['meter'],
  parse(parser) {
    const name = parser.name();
    const size = parser.takeWord('size') ? parser.number() : undefined;
    parser.mark('{');
    const element = parser.element([], []);
    parser.mark('}');
    return { kind: 'meter', name, ...(size !== undefined && { size }), element };
  },
  print: ({ name, size, element }, printer) =>
    `meter ${name}${size === undefined ? '' : ` size ${size}`} { ${printer.updateElement(element)} }`,
  describe: ({ name }) => `meter ${name}`,
};
