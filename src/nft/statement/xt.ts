import type { StatementForm } from '../form.ts';
import type { Xt } from '../schema.ts';

const TYPES = ['match', 'target', 'watcher'] as const;

export const xt: StatementForm<Xt> = {
  keys: ['xt'],
  read(body, reader) {
    if (body === null) return { kind: 'xt', type: 'match', name: '' };
    const fields = reader.fields(body, 'xt');
    const type = fields.word('type', TYPES);
    const name = fields.string('name');
    fields.finish();
    return { kind: 'xt', type, name };
  },
  words: ['xt match', 'xt target', 'xt watcher'],
  parse(parser, words) {
    const type = TYPES.find(known => words.endsWith(known)) ?? 'match';
    const quoted = parser.peek().kind === 'string';
    return { kind: 'xt', type, name: parser.name(), ...(quoted && { text: 'quoted' }) };
  },
  print: ({ type, name, text }) => `xt ${type} ${text === 'quoted' ? `"${name}"` : name}`,
  describe: ({ type, name }) => `${type} ${name} of iptables-nft`,
};
