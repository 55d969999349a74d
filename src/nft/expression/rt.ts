import type { ExpressionForm } from '../form.ts';
import type { Rt } from '../schema.ts';

const KEYS = ['classid', 'nexthop', 'mtu', 'ipsec'] as const;

export const rt: ExpressionForm<Rt> = {
  keys: ['rt'],
  read(body, reader) {
    const fields = reader.fields(body, 'rt');
    const key = fields.word('key', KEYS);
    const family = fields.optionalWord('family', ['ip', 'ip6']);
    fields.finish();
    return { kind: 'rt', key, ...(family && { family }) };
  },
  words: [...KEYS.map(key => `rt ${key}`), 'rt ip nexthop', 'rt ip6 nexthop'],
  parse(_, words) {
    const [, first = '', second] = words.split(' ');
    if (second === undefined) return { kind: 'rt', key: first };
    return { kind: 'rt', key: second, family: first === 'ip6' ? 'ip6' : 'ip' };
  },
  print: ({ key, family }) => `rt ${family ? `${family} ` : ''}${key}`,
};
