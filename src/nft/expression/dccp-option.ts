import type { ExpressionForm } from '../form.ts';
import type { DccpOption } from '../schema.ts';

export const dccpOption: ExpressionForm<DccpOption> = {
  keys: ['dccp option'],
  read(body, reader) {
    const fields = reader.fields(body, 'dccp option');
    const option = fields.number('type');
    fields.finish();
    return { kind: 'dccp option', option };
  },
  words: ['dccp option'],
  parse: parser => ({ kind: 'dccp option', option: parser.number() }),
  print: ({ option }) => `dccp option ${option}`,
};
