import type { StatementForm } from '../form.ts';
import type { Counter } from '../schema.ts';
import { readReference } from './object-reference.ts';

export const counter: StatementForm<Counter> = {
  keys: ['counter'],
  read(body, reader) {
    if (body === null) return { kind: 'counter', stateless: true };
    const name = readReference(body, reader);
    if (name) return { kind: 'counter', name };
    const fields = reader.fields(body, 'counter');
    const packets = fields.bigint('packets');
    const bytes = fields.bigint('bytes');
    fields.finish();
    return { kind: 'counter', packets, bytes };
  },
  words: ['counter'],
  parse(parser) {
    if (parser.takeWord('name')) return { kind: 'counter', name: parser.expression() };
    if (!parser.takeWord('packets')) return { kind: 'counter', stateless: true };
    const packets = parser.bigint();
    parser.keyword('bytes');
    return { kind: 'counter', packets, bytes: parser.bigint() };
  },
  print(statement, printer) {
    if ('name' in statement) return `counter name ${printer.reference(statement.name)}`;
    if ('stateless' in statement) return 'counter';
    return `counter packets ${statement.packets} bytes ${statement.bytes}`;
  },
  describe: (statement, printer) =>
    'name' in statement ? `count in ${printer.reference(statement.name)}` : 'count the packet',
};
