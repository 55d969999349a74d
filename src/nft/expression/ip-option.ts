import type { ExpressionForm } from '../form.ts';
import type { IpOption } from '../schema.ts';
import { IP_OPTIONS, isField } from '../type/fields.ts';

export const ipOption: ExpressionForm<IpOption> = {
  keys: ['ip option'],
  read(body, reader) {
    const fields = reader.fields(body, 'ip option');
    const name = fields.string('name');
    const field = fields.optionalString('field');
    fields.finish();
    return { kind: 'ip option', name, ...(field !== undefined && { field }) };
  },
  words: ['ip option'],
  parse(parser) {
    const name = parser.word('option of IP');
    const { kind, text } = parser.peek();
    if (kind === 'word' && isField(IP_OPTIONS.get(name), text))
      return { kind: 'ip option', name, field: parser.word() };
    return { kind: 'ip option', name };
  },
  print: ({ name, field }) => `ip option ${name}${field === undefined ? '' : ` ${field}`}`,
};
