import type { ExpressionForm } from '../form.ts';
import type { MapLookup } from '../schema.ts';

export const map: ExpressionForm<MapLookup> = {
  keys: ['map'],
  read(body, reader) {
    const fields = reader.fields(body, 'map');
    const key = fields.expression('key');
    const data = fields.expression('data');
    fields.finish();
    return { kind: 'map', key, data };
  },
  print: ({ key, data }, printer, types) => `${printer.expression(key)} map ${printer.data(data, key, types)}`,
};
