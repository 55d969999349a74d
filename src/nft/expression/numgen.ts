import type { ExpressionForm } from '../form.ts';
import type { Numgen } from '../schema.ts';

const MODES = ['inc', 'random'] as const;

export const numgen: ExpressionForm<Numgen> = {
  keys: ['numgen'],
  read(body, reader) {
    const fields = reader.fields(body, 'numgen');
    const mode = fields.word('mode', MODES);
    const modulus = fields.number('mod');
    const offset = fields.optionalNumber('offset') ?? 0;
    fields.finish();
    return { kind: 'numgen', mode, modulus, offset };
  },
  words: ['numgen'],
  parse(parser) {
    const mode = parser.takeOneOf(MODES) ?? parser.fail('expected inc or random');
    parser.keyword('mod');
    const modulus = parser.number();
    return { kind: 'numgen', mode, modulus, offset: parser.takeWord('offset') ? parser.number() : 0 };
  },
  print: ({ mode, modulus, offset }) => `numgen ${mode} mod ${modulus}${offset === 0 ? '' : ` offset ${offset}`}`,
};
