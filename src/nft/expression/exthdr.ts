import type { ExpressionForm } from '../form.ts';
import type { Exthdr } from '../schema.ts';
import { EXTENSION_HEADERS, isField } from '../type/fields.ts';

export const exthdr: ExpressionForm<Exthdr> = {
  keys: ['exthdr'],
  read(body, reader) {
    const fields = reader.fields(body, 'exthdr');
    const name = fields.string('name');
    const field = fields.optionalString('field');
    const offset = fields.optionalNumber('offset');
    fields.finish();
    const [, array, index] = /^([\w-]+)\[(\d{1,3})\]$/.exec(field ?? '') ?? [];
    if (array !== undefined) return { kind: 'exthdr', name, field: array, offset: Number(index) };
    return { kind: 'exthdr', name, ...(field !== undefined && { field }), ...(offset !== undefined && { offset }) };
  },
  words: ['exthdr', ...EXTENSION_HEADERS.keys()],
  parse(parser, words) {
    if (words === 'exthdr') return { kind: 'exthdr', name: parser.word('extension header') };
    const word = parser.word(`field of ${words}`);
    const [, field = word, offset] = /^([\w-]+)\[(\d{1,3})\]$/.exec(word) ?? [];
    if (!isField(EXTENSION_HEADERS.get(words), field)) parser.fail(`${words} has no field ${field}`);
    return { kind: 'exthdr', name: words, field, ...(offset !== undefined && { offset: Number(offset) }) };
  },
  print({ name, field, offset }) {
    if (field === undefined) return `exthdr ${name}`;
    return `${name} ${field}${offset === undefined ? '' : `[${offset}]`}`;
  },
};
