import type { ExpressionForm } from '../form.ts';
import type { Meta } from '../schema.ts';
import { META_KEYS } from '../type/keys.ts';

/** Those that nft prints without `meta`. */
const UNQUALIFIED: readonly string[] = ['iif', 'iifname', 'iifgroup', 'oif', 'oifname', 'oifgroup'];
/** Those that older versions print without it. */
const BARE: readonly string[] = [
  'iiftype',
  'oiftype',
  'mark',
  'skuid',
  'skgid',
  'nftrace',
  'pkttype',
  'rtclassid',
  'cpu',
  'cgroup',
];

export const meta: ExpressionForm<Meta> = {
  keys: ['meta'],
  read(body, reader) {
    const fields = reader.fields(body, 'meta');
    const key = fields.string('key');
    fields.finish();
    return { kind: 'meta', key };
  },
  words: ['meta', ...UNQUALIFIED, ...BARE],
  parse(parser, words) {
    const key = words === 'meta' ? parser.word('key of meta') : words;
    return META_KEYS.has(key) ? { kind: 'meta', key } : parser.fail(`meta has no key ${key}`);
  },
  print: ({ key }) => (UNQUALIFIED.includes(key) ? key : `meta ${key}`),
};
