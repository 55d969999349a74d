import type { ExpressionForm } from '../form.ts';
import type { SctpChunk } from '../schema.ts';
import { isField, SCTP_CHUNKS } from '../type/fields.ts';

export const sctpChunk: ExpressionForm<SctpChunk> = {
  keys: ['sctp chunk'],
  read(body, reader) {
    const fields = reader.fields(body, 'sctp chunk');
    const name = fields.string('name');
    const field = fields.optionalString('field');
    fields.finish();
    return { kind: 'sctp chunk', name, ...(field !== undefined && { field }) };
  },
  words: ['sctp chunk'],
  parse(parser) {
    const name = parser.word('chunk of SCTP');
    const { kind, text } = parser.peek();
    if (kind === 'word' && isField(SCTP_CHUNKS.get(name), text))
      return { kind: 'sctp chunk', name, field: parser.word() };
    return { kind: 'sctp chunk', name };
  },
  print: ({ name, field }) => `sctp chunk ${name}${field === undefined ? '' : ` ${field}`}`,
};
