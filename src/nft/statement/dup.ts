import type { StatementForm } from '../form.ts';
import type { Dup } from '../schema.ts';
import { addressType } from '../type/keys.ts';
import { named } from '../type/types.ts';

const DEVICE = [named('iface_index')];

export const dup: StatementForm<Dup> = {
  keys: ['dup'],
  read(body, reader) {
    const fields = reader.fields(body, 'dup');
    const address = fields.optionalExpression('addr');
    const device = fields.optionalExpression('dev');
    fields.finish();
    return { kind: 'dup', ...(address && { address }), ...(device && { device }) };
  },
  words: ['dup'],
  parse(parser) {
    parser.keyword('to');
    const address = parser.expression(parser.scope.family === 'netdev' ? DEVICE : [addressType(undefined)]);
    const device = parser.takeWord('device') ? parser.expression(DEVICE) : undefined;
    return { kind: 'dup', address, ...(device && { device }) };
  },
  print({ address, device }, printer) {
    const to = address ? ` to ${printer.expression(address, printer.family === 'netdev' ? DEVICE : [])}` : '';
    return `dup${to}${device ? ` device ${printer.expression(device, DEVICE)}` : ''}`;
  },
  describe: (statement, printer) => dup.print(statement, printer),
};
