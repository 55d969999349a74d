import type { ExpressionForm } from '../form.ts';
import type { Socket } from '../schema.ts';

const KEYS = ['transparent', 'mark', 'wildcard', 'cgroupv2'] as const;

export const socket: ExpressionForm<Socket> = {
  keys: ['socket'],
  read(body, reader) {
    const fields = reader.fields(body, 'socket');
    const key = fields.word('key', KEYS);
    const level = fields.optionalNumber('level');
    fields.finish();
    return { kind: 'socket', key, ...(level !== undefined && { level }) };
  },
  words: ['socket'],
  parse(parser) {
    const key = parser.takeOneOf(KEYS) ?? parser.fail('expected a key of socket');
    return { kind: 'socket', key, ...(parser.takeWord('level') && { level: parser.number() }) };
  },
  print: ({ key, level }) => `socket ${key}${level === undefined ? '' : ` level ${level}`}`,
};
