import type { ExpressionForm } from '../form.ts';
import type { Osf } from '../schema.ts';

const TTL = ['loose', 'skip'] as const;
const KEYS = ['name', 'version'] as const;

export const osf: ExpressionForm<Osf> = {
  keys: ['osf'],
  read(body, reader) {
    const fields = reader.fields(body, 'osf');
    const key = fields.word('key', KEYS);
    const ttl = fields.optionalWord('ttl', TTL);
    fields.finish();
    return { kind: 'osf', key, ...(ttl && { ttl }) };
  },
  words: ['osf'],
  parse(parser) {
    const ttl = parser.takeWord('ttl') ? (parser.takeOneOf(TTL) ?? parser.fail('expected loose or skip')) : undefined;
    const key = parser.takeOneOf(KEYS) ?? parser.fail('expected name or version');
    return { kind: 'osf', key, ...(ttl && { ttl }) };
  },
  print: ({ key, ttl }) => `osf ${ttl ? `ttl ${ttl} ` : ''}${key}`,
};
