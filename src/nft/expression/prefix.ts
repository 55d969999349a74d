import type { ExpressionForm } from '../form.ts';
import type { Prefix } from '../schema.ts';

export const prefix: ExpressionForm<Prefix> = {
  keys: ['prefix'],
  read(body, reader) {
    const fields = reader.fields(body, 'prefix');
    const address = fields.expression('addr');
    const length = fields.number('len');
    fields.finish();
    return { kind: 'prefix', address, length };
  },
  print: ({ address, length }, printer, types) => `${printer.expression(address, types)}/${length}`,
};
