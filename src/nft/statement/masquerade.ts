import type { StatementForm } from '../form.ts';
import type { Masquerade } from '../schema.ts';
import { parseEndpoint, printEndpoint } from './endpoint.ts';
import { parseNatFlags, printNatFlags } from './nat-flags.ts';

export const masquerade: StatementForm<Masquerade> = {
  keys: ['masquerade'],
  read(body, reader) {
    const fields = reader.fields(body, 'masquerade');
    const port = fields.optionalExpression('port');
    const flags = fields.strings('flags');
    fields.finish();
    return { kind: 'masquerade', flags, ...(port && { port }) };
  },
  words: ['masquerade'],
  parse(parser) {
    const { port } = parser.takeWord('to') ? parseEndpoint(parser) : {};
    return { kind: 'masquerade', flags: parseNatFlags(parser), ...(port && { port }) };
  },
  print: ({ port, flags }, printer) =>
    `masquerade${port ? ` to ${printEndpoint({ port }, printer)}` : ''}${printNatFlags(flags)}`,
  describe: () => 'masquerade',
};
