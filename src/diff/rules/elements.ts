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
 * Which elements came and which went. Where ranges are cut another way, those that are wholly in the other side are
 * neither.
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
    const covered = union(other.flatMap(({ span }) => (span ? [span] : [])));
    return list.filter(({ span }) => !span || !isWithin(span, covered));
  };
  const texts = (list: readonly ListedElement[]) => list.map(({ text }) => text);
  return { added: texts(beyond(added, before)), removed: texts(beyond(removed, after)) };
}

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

function isWithin([first, last]: Span, spans: readonly Span[]): boolean {
  let low = 0;
  for (let high = spans.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.[0] ?? 0n) <= first) low = middle + 1;
    else high = middle;
  }
  const span = spans[low - 1];
  return span !== undefined && last <= span[1];
}
