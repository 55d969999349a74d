import type { StatementForm } from '../form.ts';
import type { Mangle } from '../schema.ts';
import { typeOf } from '../type/type-of.ts';

export const mangle: StatementForm<Mangle> = {
  keys: ['mangle'],
  read(body, reader) {
    const fields = reader.fields(body, 'mangle');
    const key = fields.expression('key');
    const value = fields.expression('value');
    fields.finish();
    return { kind: 'mangle', key, value };
  },
  words: [],
  print: ({ key, value }, printer) => `${printer.expression(key)} set ${printer.expression(value, typeOf(key))}`,
  describe: ({ key, value }, printer) => `set ${printer.expression(key)} to ${printer.expression(value, typeOf(key))}`,
};
