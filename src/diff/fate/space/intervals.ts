/** A value of a numeric dimension: numbers, and bigints for addresses of IPv6; one set holds one kind only. */
export type Scalar = number | bigint;

export interface Interval {
  readonly low: Scalar;
  /** Belongs to it. */
  readonly high: Scalar;
}

/** Sorted, disjoint, and never adjoining: equal sets have equal lists. */
export type Intervals = readonly Interval[];

export const NOTHING: Intervals = [];

export const after = (value: Scalar): Scalar => (typeof value === 'bigint' ? value + 1n : value + 1);
export const before = (value: Scalar): Scalar => (typeof value === 'bigint' ? value - 1n : value - 1);

export const from = (low: Scalar, high: Scalar = low): Intervals => (low > high ? NOTHING : [{ low, high }]);

/** The set of all that some of the intervals hold, in whatever order they come. */
export function union(intervals: Iterable<Interval>): Intervals {
  const sorted = [...intervals].sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
  const joined: { low: Scalar; high: Scalar }[] = [];
  for (const { low, high } of sorted) {
    const last = joined[joined.length - 1];
    if (last && low <= after(last.high)) {
      if (high > last.high) last.high = high;
    } else joined.push({ low, high });
  }
  return joined;
}

const inOrder = (a: Scalar, b: Scalar): readonly [Scalar, Scalar] => (a < b ? [a, b] : [b, a]);

export function intersect(a: Intervals, b: Intervals): Intervals {
  const common: Interval[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const one = a[i];
    const other = b[j];
    if (!one || !other) break;
    const [, low] = inOrder(one.low, other.low);
    const [high] = inOrder(one.high, other.high);
    if (low <= high) common.push({ low, high });
    if (one.high < other.high) i++;
    else j++;
  }
  return common;
}

export function subtract(a: Intervals, b: Intervals): Intervals {
  const left: Interval[] = [];
  let first = 0;
  for (const { low, high } of a) {
    while ((b[first]?.high ?? low) < low) first++;
    let start = low;
    for (let j = first; j < b.length && start <= high; j++) {
      const cut = b[j];
      if (!cut || cut.low > high) break;
      if (cut.low > start) left.push({ low: start, high: before(cut.low) });
      start = after(cut.high);
    }
    if (start <= high) left.push({ low: start, high });
  }
  return left;
}

/** The place of the interval that holds the value; -1: none does. */
function placeOf(set: Intervals, value: Scalar): number {
  let low = 0;
  for (let high = set.length - 1; low <= high; ) {
    const middle = (low + high) >> 1;
    const at = set[middle];
    if (!at) return -1;
    if (value < at.low) high = middle - 1;
    else if (value > at.high) low = middle + 1;
    else return middle;
  }
  return -1;
}

export const holds = (set: Intervals, value: Scalar): boolean => placeOf(set, value) >= 0;

export const sameIntervals = (a: Intervals, b: Intervals): boolean =>
  a === b || (a.length === b.length && a.every(({ low, high }, i) => low === b[i]?.low && high === b[i]?.high));

export const isSingle = ([first, second]: Intervals): boolean =>
  first !== undefined && second === undefined && first.low === first.high;
