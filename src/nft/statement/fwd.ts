import type { StatementForm } from '../form.ts';
import type { Fwd } from '../schema.ts';
import { addressType } from '../type/keys.ts';
import { named } from '../type/types.ts';

const DEVICE = [named('iface_index')];

export const fwd: StatementForm<Fwd> = {
  keys: ['fwd'],
  read(body, reader) {
    const fields = reader.fields(body, 'fwd');
    const device = fields.expression('dev');
    const family = fields.optionalWord('family', ['ip', 'ip6']);
    const address = fields.optionalExpression('addr');
    fields.finish();
    return { kind: 'fwd', device, ...(family && { family }), ...(address && { address }) };
  },
  words: ['fwd'],
  parse(parser) {
    const family = parser.takeOneOf(['ip', 'ip6']);
    parser.keyword('to');
    if (!family) return { kind: 'fwd', device: parser.expression(DEVICE) };
    const address = parser.expression([addressType(family)]);
    parser.keyword('device');
    return { kind: 'fwd', device: parser.expression(DEVICE), family, address };
  },
  print({ device, family, address }, printer) {
    const through = printer.expression(device, DEVICE);
    return address ? `fwd ${family} to ${printer.expression(address)} device ${through}` : `fwd to ${through}`;
  },
  describe: ({ device }, printer) => `forward by ${printer.expression(device, DEVICE)}`,
};
