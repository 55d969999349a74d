import type { StatementForm } from '../form.ts';
import type { Log } from '../schema.ts';
import type { RuleParser } from '../text/rule-parser.ts';

function parseFlags(parser: RuleParser): readonly string[] {
  const first = parser.word('flag of log');
  if (first !== 'tcp' && first !== 'ip') return [first];
  const flags = [`${first} ${parser.word('flag of log')}`];
  while (parser.takeMark(',')) flags.push(`${first} ${parser.word('flag of log')}`);
  return flags;
}

function printFlags(flags: readonly string[]): string {
  const tcp = flags.filter(flag => flag.startsWith('tcp ')).map(flag => flag.slice(4));
  const others = flags.filter(flag => !flag.startsWith('tcp '));
  return [...(tcp.length > 0 ? [`tcp ${tcp.join(',')}`] : []), ...others].map(flag => ` flags ${flag}`).join('');
}

export const log: StatementForm<Log> = {
  keys: ['log'],
  read(body, reader) {
    const fields = reader.fields(body, 'log');
    const prefix = fields.optionalString('prefix');
    const group = fields.optionalNumber('group');
    const snaplen = fields.optionalNumber('snaplen');
    const queueThreshold = fields.optionalNumber('queue-threshold');
    const level = fields.optionalString('level');
    const flags = fields.strings('flags');
    fields.finish();
    return {
      kind: 'log',
      flags,
      ...(prefix !== undefined && { prefix }),
      ...(group !== undefined && { group }),
      ...(snaplen !== undefined && { snaplen }),
      ...(queueThreshold !== undefined && { queueThreshold }),
      ...(level !== undefined && { level }),
    };
  },
  words: ['log'],
  parse(parser) {
    const flags: string[] = [];
    let log: Log = { kind: 'log', flags };
    for (;;) {
      if (parser.takeWord('prefix')) log = { ...log, prefix: parser.string() };
      else if (parser.takeWord('group')) log = { ...log, group: parser.number() };
      else if (parser.takeWord('snaplen')) log = { ...log, snaplen: parser.number() };
      else if (parser.takeWord('queue-threshold')) log = { ...log, queueThreshold: parser.number() };
      else if (parser.takeWord('level')) log = { ...log, level: parser.word('level') };
      else if (parser.takeWord('flags')) flags.push(...parseFlags(parser));
      else return log;
    }
  },
  print({ prefix, group, snaplen, queueThreshold, level, flags }) {
    let text = 'log';
    if (prefix !== undefined) text += ` prefix "${prefix}"`;
    if (group !== undefined) text += ` group ${group}`;
    if (snaplen !== undefined) text += ` snaplen ${snaplen}`;
    if (queueThreshold !== undefined) text += ` queue-threshold ${queueThreshold}`;
    if (level !== undefined) text += ` level ${level}`;
    return text + printFlags(flags);
  },
  describe: ({ prefix }) => (prefix === undefined ? 'log' : `log "${prefix}"`),
};
