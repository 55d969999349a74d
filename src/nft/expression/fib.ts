import type { ExpressionForm } from '../form.ts';
import type { Fib, FibFlag } from '../schema.ts';
import { NotUnderstood } from '../unread.ts';

const FLAGS: readonly FibFlag[] = ['saddr', 'daddr', 'mark', 'iif', 'oif'];
const RESULTS = ['type', 'oif', 'oifname', 'check'] as const;

function flag(word: string): FibFlag {
  const known = FLAGS.find(name => name === word);
  if (!known) throw new NotUnderstood(`fib: "${word}" is no flag`);
  return known;
}

export const fib: ExpressionForm<Fib> = {
  keys: ['fib'],
  read(body, reader) {
    const fields = reader.fields(body, 'fib');
    const result = fields.word('result', RESULTS);
    const flags = fields.strings('flags').map(flag);
    fields.finish();
    return { kind: 'fib', result, flags };
  },
  words: ['fib'],
  parse(parser) {
    const flags: FibFlag[] = [];
    do flags.push(parser.takeOneOf(FLAGS) ?? parser.fail('expected a flag of fib'));
    while (parser.takeMark('.'));
    const result = parser.takeOneOf(RESULTS) ?? parser.fail('expected type, oif, oifname or check');
    return { kind: 'fib', result, flags };
  },
  print: ({ result, flags }) => `fib ${flags.join(' . ')} ${result}`,
};
