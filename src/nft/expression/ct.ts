import type { ExpressionForm } from '../form.ts';
import type { Ct } from '../schema.ts';
import { CT_KEYS } from '../type/keys.ts';

const ADDRESSES: ReadonlySet<string> = new Set(['saddr', 'daddr']);

/** JSON leaves the family out where the table's says it; text names it. */
const addressFamily = (family: string): string | undefined =>
  family === 'ip' || family === 'ip6' ? family : undefined;

export const ct: ExpressionForm<Ct> = {
  keys: ['ct'],
  read(body, reader) {
    const fields = reader.fields(body, 'ct');
    const key = fields.string('key');
    const family = fields.optionalWord('family', ['ip', 'ip6']);
    const direction = fields.optionalWord('dir', ['original', 'reply']);
    fields.finish();
    const named = family ?? (ADDRESSES.has(key) ? addressFamily(reader.scope.family) : undefined);
    return { kind: 'ct', key: named ? `${named} ${key}` : key, ...(direction && { direction }) };
  },
  words: ['ct'],
  parse(parser) {
    const direction = parser.takeOneOf(['original', 'reply']);
    const family = parser.takeOneOf(['ip', 'ip6']);
    const word = parser.word('key of ct');
    if (!CT_KEYS.has(word) && !ADDRESSES.has(word)) parser.fail(`ct has no key ${word}`);
    return { kind: 'ct', key: family ? `${family} ${word}` : word, ...(direction && { direction }) };
  },
  print: ({ key, direction }) => `ct ${direction ? `${direction} ` : ''}${key}`,
};
