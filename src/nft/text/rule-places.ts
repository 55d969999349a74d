/** Where a rule stands in a text: from its first word to its last. */
export interface RulePlace {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** The text does not end in the middle of it. */
  readonly whole: boolean;
}

const INDENT = '\t\t';

/** Of so many rules that are a line each, as nft prints them, the first of which stands at `start`. */
export function placesOfLines(text: string, start: number, length: number, line: number): readonly RulePlace[] {
  const places: RulePlace[] = [];
  for (let at = start; places.length < length; ) {
    const end = text.indexOf('\n', at);
    places.push({ start: at, end, line: line + places.length, whole: true });
    at = end + 1 + INDENT.length;
  }
  return places;
}
