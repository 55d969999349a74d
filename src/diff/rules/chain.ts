import type { LineChange } from '../answer.ts';
import { countBelow } from '../sorted.ts';
import { pairEdits } from './edits.ts';
import type { ChainLines } from './lines.ts';
import { matchKeys } from './match.ts';
import { isUnordered, portOf, settledOrder } from './unordered.ts';

/** New names of chains by their old ones. */
export type NewNames = ReadonlyMap<string, string>;

/** The text with the new names of the chains that it names. */
export const renamedText = (text: string, names: NewNames): string =>
  names.size === 0 ? text : text.replace(/[^\s,;{}"]+/g, word => names.get(word) ?? word);

/** What became of the rules of a chain, in the order in which the chain has them. */
export function compareLines(before: ChainLines, after: ChainLines, chain: string, names: NewNames): LineChange[] {
  const [textsA, textsB] = [
    range(0, before.length).map(i => renamedText(before.text(i), names)),
    range(0, after.length).map(i => after.text(i)),
  ];
  const [start, end] = commonEnds(textsA, textsB);
  const inOrder = (texts: readonly string[]): number[] => {
    const middle = texts.slice(start, texts.length - end);
    const order = isUnordered(chain) ? settledOrder(chain, middle) : range(0, middle.length);
    return order.map(place => place + start);
  };
  const [placesA, placesB] = [inOrder(textsA), inOrder(textsB)];
  const [keysA, keysB] = keysOf(
    { lines: before, texts: textsA, places: placesA, names },
    { lines: after, texts: textsB, places: placesB, names: NONE },
  );
  const { kept, moved, removed, added } = matchKeys(keysA, keysB);
  const at = (places: readonly number[], i: number): number => places[i] ?? 0;
  const [keptA, keptB] = [kept.map(([i]) => i), kept.map(([, j]) => j)];
  const loneOf = (texts: readonly string[], places: readonly number[], ofKept: readonly number[]) => (i: number) => {
    const text = texts[at(places, i)] ?? '';
    return { place: i, text, spot: (isUnordered(chain) && portOf(chain, text)) || countBelow(ofKept, i) };
  };
  const edits = pairEdits(removed.map(loneOf(textsA, placesA, keptA)), added.map(loneOf(textsB, placesB, keptB)));
  const editedA = new Set(edits.map(([i]) => i));
  const editedB = new Set(edits.map(([, j]) => j));
  const answerA = (i: number) => before.answer(at(placesA, i));
  const answerB = (i: number) => after.answer(at(placesB, i));
  const changes: { readonly order: number; readonly change: LineChange }[] = [];
  /** Behind the last rule before it that stayed. */
  const behind = (i: number) => {
    const last = keptB[countBelow(keptA, i) - 1];
    return last === undefined ? start - 0.5 : at(placesB, last) + 0.5;
  };
  const put = (order: number, change: LineChange) => changes.push({ order, change });
  for (const i of removed) if (!editedA.has(i)) put(behind(i), { kind: 'removed', before: answerA(i) });
  for (const j of added) if (!editedB.has(j)) put(at(placesB, j), { kind: 'added', after: answerB(j) });
  for (const [i, j] of edits) put(at(placesB, j), { kind: 'edited', before: answerA(i), after: answerB(j) });
  for (const [i, j] of moved) put(at(placesB, j), { kind: 'moved', before: answerA(i), after: answerB(j) });
  for (const [i, j] of [...kept, ...moved])
    if (
      textsA[at(placesA, i)] !== textsB[at(placesB, j)] &&
      onlyCommentDiffers(textsA[at(placesA, i)], textsB[at(placesB, j)])
    )
      put(at(placesB, j), { kind: 'edited', before: answerA(i), after: answerB(j), commentOnly: true });
  return changes.sort((a, b) => a.order - b.order).map(({ change }) => change);
}

const NONE: NewNames = new Map();

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** How many rules are alike at the beginning, and how many at the end. */
function commonEnds(a: readonly string[], b: readonly string[]): readonly [start: number, end: number] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let end = 0;
  while (end < most - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return [start, end];
}

interface Side {
  readonly lines: ChainLines;
  readonly texts: readonly string[];
  readonly places: readonly number[];
  readonly names: NewNames;
}

/** Texts; where the other side has no such text, what the rule says however it is written. */
function keysOf(a: Side, b: Side): readonly [string[], string[]] {
  const keys = (own: Side, other: Side): string[] => {
    const texts = new Set(other.places.map(place => other.texts[place] ?? ''));
    return own.places.map(place => {
      const text = own.texts[place] ?? '';
      return texts.has(text) ? text : '';
    });
  };
  const [first, second] = [keys(a, b), keys(b, a)];
  if (!first.includes('') || !second.includes('')) return [unlike(first, '<'), unlike(second, '>')];
  const canonical = (own: Side, found: readonly string[]) =>
    found.map((key, i) => key || `= ${renamedText(own.lines.canonical(own.places[i] ?? 0), own.names)}`);
  return [canonical(a, first), canonical(b, second)];
}

/** Rules that only one side has are like none. */
const unlike = (keys: readonly string[], sign: string): string[] => keys.map((key, i) => key || `${sign} ${i}`);

/** Spaces and the spelling of an option do not count. */
function onlyCommentDiffers(a = '', b = ''): boolean {
  const comment = / comment "(?:[^"\\]|\\.)*"$| -m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/;
  return comment.exec(a)?.[0] !== comment.exec(b)?.[0];
}
