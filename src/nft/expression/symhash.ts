import type { ExpressionForm } from '../form.ts';
import type { Symhash } from '../schema.ts';

export const symhash: ExpressionForm<Symhash> = {
  keys: ['symhash'],
  read(body, reader) {
    const fields = reader.fields(body, 'symhash');
    const modulus = fields.number('mod');
    const offset = fields.optionalNumber('offset') ?? 0;
    fields.finish();
    return { kind: 'symhash', modulus, offset };
  },
  words: ['symhash'],
  parse(parser) {
    parser.keyword('mod');
    const modulus = parser.number();
    return { kind: 'symhash', modulus, offset: parser.takeWord('offset') ? parser.number() : 0 };
  },
  print: ({ modulus, offset }) => `symhash mod ${modulus}${offset === 0 ? '' : ` offset ${offset}`}`,
};
