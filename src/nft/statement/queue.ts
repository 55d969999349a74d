import type { StatementForm } from '../form.ts';
import type { Queue } from '../schema.ts';
import { HOST_INTEGER } from '../type/types.ts';

const FLAGS = ['bypass', 'fanout'] as const;

export const queue: StatementForm<Queue> = {
  keys: ['queue'],
  read(body, reader) {
    const fields = reader.fields(body, 'queue');
    const number = fields.optionalExpression('num');
    const flags = fields.strings('flags');
    fields.finish();
    return { kind: 'queue', flags, ...(number && { number }) };
  },
  words: ['queue'],
  parse(parser) {
    const flags: string[] = [];
    const takeFlags = () => {
      do flags.push(parser.takeOneOf(FLAGS) ?? parser.fail('expected bypass or fanout'));
      while (parser.takeMark(','));
    };
    if (parser.takeWord('flags')) takeFlags();
    const number = parser.takeWord('to') || parser.takeWord('num') ? parser.expression([HOST_INTEGER]) : undefined;
    if (parser.isWord('bypass') || parser.isWord('fanout')) takeFlags();
    return { kind: 'queue', flags, ...(number && { number }) };
  },
  print({ number, flags }, printer) {
    if (printer.style.old) {
      const to = number ? ` num ${printer.expression(number, [HOST_INTEGER])}` : '';
      return `queue${to}${flags.length > 0 ? ` ${flags.join(',')}` : ''}`;
    }
    const with_ = flags.length > 0 ? ` flags ${flags.join(',')}` : '';
    return `queue${with_}${number ? ` to ${printer.expression(number, [HOST_INTEGER])}` : ''}`;
  },
  describe: ({ number }, printer) => `queue ${number ? printer.expression(number, [HOST_INTEGER]) : 0} to a program`,
};
