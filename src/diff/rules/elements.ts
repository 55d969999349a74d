/** An element of a set as it is listed. */
export interface ListedElement {
  readonly text: string;
  /** Of two elements that say the same the same, however they are listed. */
  readonly key: string;
  /** What it covers, both ends included, where it stands for nothing more than that its values are in the set. */
  readonly span?: Span;
}

export type Span = readonly [first: bigint, last: bigint];

/**
 * Which elements came and which went. Where ranges are only cut another way, none did; what takes the place of a range
 * that went, or gave way to one that came, is told with it.
 */
export function compareElements(
  before: readonly ListedElement[],
  after: readonly ListedElement[],
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  const lone = (own: readonly ListedElement[], other: readonly ListedElement[]) => {
    const keys = new Set(other.map(({ key }) => key));
    return own.filter(({ key }) => !keys.has(key));
  };
  const [removed, added] = [lone(before, after), lone(after, before)];
  const beyond = (list: readonly ListedElement[], other: readonly ListedElement[]) => {
    if (list.length === 0) return [];
    const covered = union(spansOf(other));
    return list.filter(({ span }) => !span || !isWithin(span, covered));
  };
  const [gained, lost] = [beyond(added, before), beyond(removed, after)];
  const told = (list: readonly ListedElement[], own: readonly ListedElement[], others: readonly ListedElement[]) => {
    const [kept, touched] = [new Set(own), union(spansOf(others))];
    const shown = list.filter(element => kept.has(element) || (element.span && meets(element.span, touched)));
    return shown.map(({ text }) => text);
  };
  return { added: told(added, gained, lost), removed: told(removed, lost, gained) };
}

const spansOf = (list: readonly ListedElement[]): Span[] => list.flatMap(({ span }) => (span ? [span] : []));

/** Spans that neither meet nor touch, in order. */
function union(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const out: Span[] = [];
  for (const [first, last] of sorted) {
    const known = out.at(-1);
    if (!known || first > known[1] + 1n) out.push([first, last]);
    else if (last > known[1]) out[out.length - 1] = [known[0], last];
  }
  return out;
}

const isWithin = ([first, last]: Span, spans: readonly Span[]): boolean => {
  const span = spans[countUpTo(spans, first) - 1];
  return span !== undefined && last <= span[1];
};

/** Whether a value of the span is in one of the others. */
const meets = ([first, last]: Span, spans: readonly Span[]): boolean => {
  const span = spans[countUpTo(spans, last) - 1];
  return span !== undefined && first <= span[1];
};

/** How many of the spans, which are in order, begin at the value or before it. */
function countUpTo(spans: readonly Span[], value: bigint): number {
  let low = 0;
  for (let high = spans.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.[0] ?? 0n) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
