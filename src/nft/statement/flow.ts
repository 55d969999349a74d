import type { StatementForm } from '../form.ts';
import type { Flow } from '../schema.ts';

export const flow: StatementForm<Flow> = {
  keys: ['flow'],
  read(body, reader) {
    const fields = reader.fields(body, 'flow');
    fields.optionalWord('op', ['add']);
    const flowtable = fields.string('flowtable').replace(/^@/, '');
    fields.finish();
    return { kind: 'flow', flowtable };
  },
  words: ['flow add', 'flow offload'],
  parse: parser => ({ kind: 'flow', flowtable: parser.word('flowtable').replace(/^@/, '') }),
  print: ({ flowtable }) => `flow add @${flowtable}`,
  describe: ({ flowtable }) => `offload to flowtable ${flowtable}`,
};
