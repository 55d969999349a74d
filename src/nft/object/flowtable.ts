import type { Fields } from '../json/fields.ts';
import { printPriority } from '../priority.ts';
import type { Flowtable } from '../schema.ts';
import { devices, priority } from '../text/base-chain.ts';
import type { RuleParser } from '../text/rule-parser.ts';

export function readFlowtable(fields: Fields): Flowtable {
  const handle = fields.optionalNumber('handle');
  const hook = fields.optionalString('hook');
  const level = fields.optionalNumber('prio');
  return {
    kind: 'flowtable',
    name: fields.string('name'),
    devices: fields.strings('dev'),
    flags: fields.strings('flags'),
    counter: false,
    ...(handle !== undefined && { handle }),
    ...(hook !== undefined && { hook }),
    ...(level !== undefined && { priority: level }),
  };
}

/** What stands within the braces of a flowtable. */
export function parseFlowtable(parser: RuleParser, name: string, handle: number | undefined): Flowtable {
  let table: Flowtable = { kind: 'flowtable', name, devices: [], flags: [], counter: false };
  if (handle !== undefined) table = { ...table, handle };
  while (!parser.done) {
    if (parser.takeWord('hook')) {
      const hook = parser.word('hook');
      parser.keyword('priority');
      table = { ...table, hook, priority: priority(parser, 'netdev') };
    } else if (parser.isWord('devices')) table = { ...table, devices: devices(parser) };
    else if (parser.takeWord('flags')) table = { ...table, flags: [parser.word('flag')] };
    else if (parser.takeWord('counter')) table = { ...table, counter: true };
    else if (!parser.takeMark(';')) parser.fail('this is not known of a flowtable');
  }
  return table;
}

/** The lines within its braces. */
export function printFlowtable({
  hook,
  priority: level,
  devices: names,
  flags,
  counter,
}: Flowtable): readonly string[] {
  const lines: string[] = [];
  if (hook !== undefined) lines.push(`hook ${hook} priority ${printPriority(level ?? 0, 'netdev', hook)}`);
  if (names.length > 0) lines.push(`devices = { ${names.join(', ')} }`);
  if (counter) lines.push('counter');
  if (flags.length > 0) lines.push(`flags ${flags.join(',')}`);
  return lines;
}
