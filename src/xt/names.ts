/**
 * `NEW,EST` as a list of names: each word, in any case, stands for the first name that it begins. Undefined where a
 * word is empty or begins none (the parsers of libxt_conntrack.c and libxt_addrtype.c).
 */
export function parseNames<N extends string>(text: string, names: readonly N[]): ReadonlySet<N> | undefined {
  const found = new Set<N>();
  for (const word of text.split(',')) {
    const name = word === '' ? undefined : names.find(n => n.startsWith(word.toUpperCase()));
    if (name === undefined) return undefined;
    found.add(name);
  }
  return found;
}

/** The chosen names in the order of the list, joined by commas. */
export const printNames = <N extends string>(chosen: ReadonlySet<N>, names: readonly N[]): string =>
  names.filter(name => chosen.has(name)).join(',');
