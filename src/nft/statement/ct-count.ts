import type { StatementForm } from '../form.ts';
import type { CtCount } from '../schema.ts';

export const ctCount: StatementForm<CtCount> = {
  keys: ['ct count'],
  read(body, reader) {
    const fields = reader.fields(body, 'ct count');
    const value = fields.number('val');
    const inverted = fields.boolean('inv');
    fields.finish();
    return { kind: 'ct count', value, inverted };
  },
  words: ['ct count'],
  parse(parser) {
    const inverted = parser.takeWord('over');
    return { kind: 'ct count', value: parser.number(), inverted };
  },
  print: ({ value, inverted }) => `ct count ${inverted ? 'over ' : ''}${value}`,
  describe: ({ value, inverted }) => `${inverted ? 'more than' : 'at most'} ${value} connections`,
};
