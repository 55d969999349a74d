/** A rule that only one side has. */
export interface Lone {
  readonly place: number;
  readonly text: string;
  /** Only rules of one spot may be one another: how many rules that stayed stand before it, or what it is about. */
  readonly spot: number | string;
}

/** Of more pairs than this a person reads none as an edit. */
const MOST = 10_000;
/** Two rules of a chain share the jump, the protocol and the names of most options anyway. */
const ALIKE = 0.75;

/** Which removed rule became which added one: of those of one spot the most alike first. */
export function pairEdits(
  removed: readonly Lone[],
  added: readonly Lone[],
): (readonly [before: number, after: number])[] {
  if (removed.length * added.length > MOST) return [];
  const words = new Map([...removed, ...added].map(lone => [lone, wordsOf(lone.text)] as const));
  const pairs = removed.flatMap(a =>
    added.flatMap(b => {
      if (a.spot !== b.spot) return [];
      const like = likeness(words.get(a) ?? [], words.get(b) ?? []);
      return like >= ALIKE ? [{ a, b, like }] : [];
    }),
  );
  pairs.sort((x, y) => y.like - x.like || Math.abs(x.a.place - x.b.place) - Math.abs(y.a.place - y.b.place));
  const taken = new Set<Lone>();
  return pairs.flatMap(({ a, b }) => {
    if (taken.has(a) || taken.has(b)) return [];
    taken.add(a).add(b);
    return [[a.place, b.place] as const];
  });
}

const wordsOf = (text: string): string[] => text.match(/[^\s,{}]+/g) ?? [];

/** From 0 to 1: the share of words that both have (Dice). */
function likeness(a: readonly string[], b: readonly string[]): number {
  const left = new Map<string, number>();
  for (const word of a) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of b) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    common++;
    left.set(word, count - 1);
  }
  return a.length + b.length === 0 ? 1 : (2 * common) / (a.length + b.length);
}
