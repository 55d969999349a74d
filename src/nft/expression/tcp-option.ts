import type { ExpressionForm } from '../form.ts';
import type { TcpOption } from '../schema.ts';
import { isField, TCP_OPTIONS } from '../type/fields.ts';

export const tcpOption: ExpressionForm<TcpOption> = {
  keys: ['tcp option'],
  read(body, reader) {
    const fields = reader.fields(body, 'tcp option');
    if (fields.has('base')) {
      const option = fields.number('base');
      const raw = { option, offset: fields.number('offset'), length: fields.number('len') };
      fields.finish();
      return { kind: 'raw-tcp-option', ...raw };
    }
    const name = fields.string('name');
    const field = fields.optionalString('field');
    fields.finish();
    return { kind: 'tcp option', name, ...(field !== undefined && { field }) };
  },
  words: ['tcp option'],
  parse(parser) {
    const name = parser.word('TCP option');
    const [, option, offset, length] = /^@(\d+),(\d+),(\d+)$/.exec(name) ?? [];
    if (option !== undefined)
      return { kind: 'raw-tcp-option', option: Number(option), offset: Number(offset), length: Number(length) };
    if (/^\d{1,3}$/.test(name)) return { kind: 'raw-tcp-option', option: Number(name), offset: 0, length: 8 };
    const { kind, text } = parser.peek();
    if (kind === 'word' && isField(TCP_OPTIONS.get(name), text))
      return { kind: 'tcp option', name, field: parser.word() };
    return { kind: 'tcp option', name };
  },
  print: ({ name, field }) => `tcp option ${name}${field === undefined ? '' : ` ${field}`}`,
};
