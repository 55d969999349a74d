import type { StatementForm } from '../form.ts';
import type { Tproxy } from '../schema.ts';
import { parseEndpoint, printEndpoint } from './endpoint.ts';

export const tproxy: StatementForm<Tproxy> = {
  keys: ['tproxy'],
  read(body, reader) {
    const fields = reader.fields(body, 'tproxy');
    const family = fields.optionalWord('family', ['ip', 'ip6']);
    const address = fields.optionalExpression('addr');
    const port = fields.optionalExpression('port');
    fields.finish();
    return { kind: 'tproxy', ...(family && { family }), ...(address && { address }), ...(port && { port }) };
  },
  words: ['tproxy'],
  parse(parser) {
    const family = parser.takeOneOf(['ip', 'ip6']);
    parser.keyword('to');
    return { kind: 'tproxy', ...(family && { family }), ...parseEndpoint(parser) };
  },
  print: ({ family, ...endpoint }, printer) =>
    `tproxy${family ? ` ${family}` : ''} to ${printEndpoint(endpoint, printer)}`,
  describe: (statement, printer) => `to the local socket at ${printEndpoint(statement, printer)}`,
};
