/** How two lists of keys stand to each other; places from 0. */
export interface Matched {
  /** In the order of both. */
  readonly kept: readonly (readonly [before: number, after: number])[];
  /** In both, and the order of the kept ones had to be left. */
  readonly moved: readonly (readonly [before: number, after: number])[];
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

/** As many as can be are kept in place. Of equal keys the first stands for the first, the second for the second. */
export function matchKeys(before: readonly string[], after: readonly string[]): Matched {
  const places = new Map<string, number[]>();
  for (const [i, key] of after.entries()) {
    const known = places.get(key);
    if (known) known.push(i);
    else places.set(key, [i]);
  }
  for (const list of places.values()) list.reverse();
  const removed: number[] = [];
  const pairs: (readonly [number, number])[] = [];
  const taken = new Set<number>();
  for (const [i, key] of before.entries()) {
    const other = places.get(key)?.pop();
    if (other === undefined) removed.push(i);
    else {
      pairs.push([i, other]);
      taken.add(other);
    }
  }
  const rising = longestRising(pairs.map(([, other]) => other));
  return {
    kept: pairs.filter((_, i) => rising.has(i)),
    moved: pairs.filter((_, i) => !rising.has(i)),
    removed,
    added: [...after.keys()].filter(i => !taken.has(i)),
  };
}

/** The places of a longest subsequence that rises. */
function longestRising(values: readonly number[]): ReadonlySet<number> {
  /** The place of the smallest value that ends a rising subsequence of each length. */
  const tails: number[] = [];
  const previous: number[] = [];
  for (const [place, value] of values.entries()) {
    let low = 0;
    for (let high = tails.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((values[tails[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    previous[place] = tails[low - 1] ?? -1;
    tails[low] = place;
  }
  const rising = new Set<number>();
  for (let place = tails.at(-1) ?? -1; place >= 0; place = previous[place] ?? -1) rising.add(place);
  return rising;
}
