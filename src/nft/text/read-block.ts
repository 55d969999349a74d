import { parseFlowtable } from '../object/flowtable.ts';
import { isObject, parseObject } from '../object/objects.ts';
import type { Flowtable, NftObject } from '../schema.ts';
import type { Part } from './read-chain.ts';
import { nameOf, type Reading } from './reading.ts';
import type { Scope } from './rule-parser.ts';

/** A flowtable or a stateful object: behind the line that opens it, `line`, up to its closing brace. */
export function readBlock(
  reading: Reading,
  scope: Scope,
  line: string,
  handle: number | undefined,
): Part<Flowtable | NftObject> {
  const { lines, ground } = reading;
  const name = nameOf(line);
  const { end: start, number: first } = lines;
  const words = line
    .slice(0, line.length - 2)
    .slice(0, -name.length)
    .trim();
  if (words !== 'flowtable' && !isObject(words)) reading.wrong(`"${words}" is not known of a table`);
  while (lines.next() && !lines.isClosing);
  const end = lines.isClosing ? lines.start : lines.end;
  const cutOff = lines.isClosing ? undefined : reading.source;
  const parser = ground.parser(start, end, first, scope);
  const part = ground.attempt(() =>
    words === 'flowtable' ? parseFlowtable(parser, name, handle) : parseObject(parser, words, name, handle),
  );
  const unread = { kind: 'unread', name, text: ground.text.slice(start, end), reason: `${words}: not read` } as const;
  return { part: part ?? unread, cutOff };
}
