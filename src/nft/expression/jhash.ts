import type { ExpressionForm } from '../form.ts';
import type { Jhash } from '../schema.ts';

export const jhash: ExpressionForm<Jhash> = {
  keys: ['jhash'],
  read(body, reader) {
    const fields = reader.fields(body, 'jhash');
    const expression = fields.expression('expr');
    const modulus = fields.number('mod');
    const seed = fields.optionalNumber('seed');
    const offset = fields.optionalNumber('offset') ?? 0;
    fields.finish();
    return { kind: 'jhash', expression, modulus, offset, ...(seed !== undefined && { seed }) };
  },
  words: ['jhash'],
  parse(parser) {
    const expression = parser.expression();
    parser.keyword('mod');
    const modulus = parser.number();
    const seed = parser.takeWord('seed') ? parser.number() : undefined;
    const offset = parser.takeWord('offset') ? parser.number() : 0;
    return { kind: 'jhash', expression, modulus, offset, ...(seed !== undefined && { seed }) };
  },
  print({ expression, modulus, seed, offset }, printer) {
    const tail = `${seed === undefined ? '' : ` seed 0x${seed.toString(16)}`}${offset === 0 ? '' : ` offset ${offset}`}`;
    return `jhash ${printer.expression(expression)} mod ${modulus}${tail}`;
  },
};
