import type { Source } from '../../model/source.ts';
import type { NftBaseChain } from '../ruleset.ts';
import { parseBaseChain } from './base-chain.ts';
import type { Reading } from './reading.ts';
import type { Scope } from './rule-parser.ts';
import type { RulePlace } from './rule-places.ts';
import type { RuleReader } from './rule-reader.ts';
import { TextChain } from './text-chain.ts';

/** Bytes of a rule's comment that the kernel keeps. */
const MAX_COMMENT = 128;

/** A part of a table, and where the text ends in the middle of it. */
export interface Part<T> {
  readonly part: T;
  readonly cutOff: Source | undefined;
}

/** Behind the line that opens a chain, up to its closing brace; its rules are left where they stand, unread. */
export function readChain(
  reading: Reading,
  scope: Scope,
  rules: RuleReader,
  name: string,
  handle: number | undefined,
): Part<TextChain> {
  const { lines } = reading;
  const { number, end } = lines;
  if (handle === undefined) {
    const count = lines.takePlain();
    // Behind the line's break and two tabs, and before the break and the tab of the closing brace.
    if (count >= 0)
      return { part: TextChain.ofLines(name, rules, end + 3, lines.start - 2, count, number), cutOff: undefined };
  }
  const places: RulePlace[] = [];
  let base: NftBaseChain | undefined;
  let comment: string | undefined;
  let closed = false;
  while (!closed && lines.next()) {
    const isFirst = places.length === 0;
    if (lines.isClosing) closed = true;
    else if (isFirst && base === undefined && lines.startsWith('type ')) base = reading.parse(scope, parseBaseChain);
    else if (isFirst && comment === undefined && lines.startsWith('comment "')) comment = reading.quoted(scope);
    else if (!lines.startsWith('# Warning')) places.push(rulePlace(reading));
  }
  const cutOff = closed ? undefined : reading.source;
  return { part: TextChain.of(name, rules, { handle, base, comment }, places, number), cutOff };
}

/** A rule is a line, but for a chain that is written in place. */
function rulePlace({ lines }: Reading): RulePlace {
  const { start, number, text } = lines;
  let depth = 0;
  do {
    if (text.charCodeAt(lines.start) === 125) depth--;
    if (lines.isOpening) depth++;
  } while (depth > 0 && lines.next());
  if (lines.isQuoteOpen) restOfComment(lines);
  return { start, end: lines.end, line: number, whole: lines.whole && depth === 0 };
}

/** A comment may hold line breaks, as nft prints them. */
function restOfComment(lines: Reading['lines']): void {
  const close = lines.text.indexOf('"', lines.end);
  if (close < 0 || close - lines.end > MAX_COMMENT) return;
  while (lines.end <= close && lines.next());
}
