import type { ExpressionForm } from '../form.ts';
import type { Ipsec } from '../schema.ts';

const KEYS = ['saddr', 'daddr', 'reqid', 'spi'] as const;
const DIRECTIONS = ['in', 'out'] as const;

export const ipsec: ExpressionForm<Ipsec> = {
  keys: ['ipsec'],
  read(body, reader) {
    const fields = reader.fields(body, 'ipsec');
    const key = fields.word('key', KEYS);
    const family = fields.optionalWord('family', ['ip', 'ip6']);
    const direction = fields.word('dir', DIRECTIONS);
    const spnum = fields.optionalNumber('spnum') ?? 0;
    fields.finish();
    return { kind: 'ipsec', key, direction, spnum, ...(family && { family }) };
  },
  words: ['ipsec'],
  parse(parser) {
    const direction = parser.takeOneOf(DIRECTIONS) ?? parser.fail('expected in or out');
    const spnum = parser.takeWord('spnum') ? parser.number() : 0;
    const family = parser.takeOneOf(['ip', 'ip6']);
    const key = parser.takeOneOf(KEYS) ?? parser.fail('expected a key of ipsec');
    return { kind: 'ipsec', key, direction, spnum, ...(family && { family }) };
  },
  print: ({ key, direction, spnum, family }) =>
    `ipsec ${direction} ${spnum === 0 ? '' : `spnum ${spnum} `}${family ? `${family} ` : ''}${key}`,
};
