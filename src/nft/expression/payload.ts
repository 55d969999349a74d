import type { ExpressionForm } from '../form.ts';
import type { Payload } from '../schema.ts';
import { HEADERS } from '../type/fields.ts';

/** Fields of two words: `arp saddr ip`. */
const TWO_WORDS: ReadonlySet<string> = new Set(['saddr ip', 'saddr ether', 'daddr ip', 'daddr ether']);
/** Headers that carry others. */
const TUNNELS: ReadonlySet<string> = new Set(['vxlan', 'geneve', 'gre', 'gretap']);

export const payload: ExpressionForm<Payload> = {
  keys: ['payload'],
  read(body, reader) {
    const fields = reader.fields(body, 'payload');
    const tunnel = fields.optionalString('tunnel');
    const carried = tunnel === undefined ? {} : { tunnel };
    if (fields.has('base')) {
      const base = fields.word('base', ['ll', 'nh', 'th', 'ih']);
      const raw = { kind: 'raw-payload', base, offset: fields.number('offset'), length: fields.number('len') } as const;
      fields.finish();
      return { ...raw, ...carried };
    }
    const named = { kind: 'payload', protocol: fields.string('protocol'), field: fields.string('field') } as const;
    fields.finish();
    return { ...named, ...carried };
  },
  words: [...HEADERS.keys()],
  parse(parser, protocol) {
    const known = HEADERS.get(protocol)?.fields;
    let field = parser.word(`field of ${protocol}`);
    if (TUNNELS.has(protocol) && known?.has(field) !== true && HEADERS.get(field)) {
      const inner = parser.word(`field of ${field}`);
      return { kind: 'payload', protocol: field, field: inner, tunnel: protocol };
    }
    const next = parser.peek();
    if (protocol === 'arp' && next.kind === 'word' && TWO_WORDS.has(`${field} ${next.text}`))
      field = `${field} ${parser.word()}`;
    return known?.has(field) ? { kind: 'payload', protocol, field } : parser.fail(`${protocol} has no field ${field}`);
  },
  print: ({ protocol, field, tunnel }) => `${tunnel === undefined ? '' : `${tunnel} `}${protocol} ${field}`,
};
