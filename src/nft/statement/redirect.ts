import type { StatementForm } from '../form.ts';
import type { Redirect } from '../schema.ts';
import { parseEndpoint, printEndpoint } from './endpoint.ts';
import { parseNatFlags, printNatFlags } from './nat-flags.ts';

export const redirect: StatementForm<Redirect> = {
  keys: ['redirect'],
  read(body, reader) {
    const fields = reader.fields(body, 'redirect');
    const port = fields.optionalExpression('port');
    const flags = fields.strings('flags');
    fields.finish();
    return { kind: 'redirect', flags, ...(port && { port }) };
  },
  words: ['redirect'],
  parse(parser) {
    const { port } = parser.takeWord('to') ? parseEndpoint(parser) : {};
    return { kind: 'redirect', flags: parseNatFlags(parser), ...(port && { port }) };
  },
  print: ({ port, flags }, printer) =>
    `redirect${port ? ` to ${printEndpoint({ port }, printer)}` : ''}${printNatFlags(flags)}`,
  describe: ({ port }, printer) => `redirect to this node${port ? printEndpoint({ port }, printer) : ''}`,
};
