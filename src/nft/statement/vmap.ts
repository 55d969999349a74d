import type { StatementForm } from '../form.ts';
import type { Vmap } from '../schema.ts';

export const vmap: StatementForm<Vmap> = {
  keys: ['vmap'],
  read(body, reader) {
    const fields = reader.fields(body, 'vmap');
    const key = fields.expression('key');
    const data = fields.expression('data');
    fields.finish();
    return { kind: 'vmap', key, data };
  },
  words: [],
  print: ({ key, data }, printer) => `${printer.expression(key)} vmap ${printer.data(data, key, [])}`,
  describe: ({ key, data }, printer) =>
    `verdict of ${printer.expression(key)}${data.kind === 'set-reference' ? ` in map ${data.name}` : ''}`,
};
