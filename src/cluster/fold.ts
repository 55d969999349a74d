import type { Unknown } from '../model/truth.ts';
import { type Branch, optionsOf, shareOf, type Taken } from '../walk/decide.ts';
import type { RulePosition } from '../walk/trace.ts';

export interface FoldedUnknown {
  readonly why: Unknown;
  readonly at: RulePosition | undefined;
  /** The outcomes differ with what it is. */
  matters: boolean;
  /** Whether the packet is delivered differs with what it is. */
  decidesDelivery: boolean;
}

export interface Folded<T> {
  readonly outcomes: readonly { readonly value: T; readonly probability: number | null }[];
  readonly unknowns: readonly FoldedUnknown[];
}

type Distribution = Map<string, number | null>;

/**
 * Merges the branches of a walk that `keyOf` calls the same, adds up their probabilities, and finds which unknowns make
 * a difference. Branches come depth first, as `enumerate` returns them, so brothers are folded as soon as the last of
 * them is there.
 */
export function fold<T>(
  branches: readonly Branch<T>[],
  complete: boolean,
  keyOf: (value: T) => string,
  isDelivered: (value: T) => boolean,
): Folded<T> {
  const values = new Map<string, T>();
  const delivered = new Map<string, boolean>();
  const unknowns = new Map<string, FoldedUnknown>();
  const stack: { taken: readonly Taken[]; depth: number; distribution: Distribution }[] = [];
  for (const { value, taken } of branches) {
    const key = keyOf(value);
    if (!values.has(key)) values.set(key, value);
    delivered.set(key, isDelivered(value));
    let top = { taken, depth: taken.length, distribution: new Map<string, number | null>([[key, 1]]) };
    for (;;) {
      const last = top.taken[top.depth - 1];
      const count = last ? optionsOf(last.choice) : 0;
      if (!last || (count > 1 && last.option + 1 < count)) break;
      const brothers = [...stack.splice(stack.length - (count - 1)).map(item => item.distribution), top.distribution];
      const distribution = combine(last, brothers, unknowns, key => delivered.get(key) ?? false);
      top = { taken: top.taken, depth: top.depth - 1, distribution };
    }
    stack.push(top);
  }
  const whole = complete ? stack[0]?.distribution : undefined;
  return {
    outcomes: [...values]
      .map(([key, value]) => ({ value, probability: whole?.get(key) ?? null }))
      .sort((a, b) => round(b.probability) - round(a.probability)),
    unknowns: [...unknowns.values()],
  };
}

const round = (probability: number | null): number => Math.round((probability ?? -1) * 1e6);

function combine(
  { choice }: Taken,
  brothers: readonly Distribution[],
  unknowns: Map<string, FoldedUnknown>,
  delivered: (key: string) => boolean,
): Distribution {
  const [first = new Map<string, number | null>(), second] = brothers;
  if (choice.kind === 'unknown') {
    const { why, at } = choice;
    const place = unknownKey(why, at);
    const known = unknowns.get(place) ?? { why, at, matters: false, decidesDelivery: false };
    unknowns.set(place, known);
    if (!second || equal(first, second)) return first;
    known.matters = true;
    if (deliverySpan(first, delivered) !== deliverySpan(second, delivered)) known.decidesDelivery = true;
    const either: Distribution = new Map();
    for (const key of [...first.keys(), ...second.keys()])
      either.set(key, close(first.get(key), second.get(key)) ? (first.get(key) ?? null) : null);
    return either;
  }
  if (!second || choice.kind === 'port') return first;
  const sum: Distribution = new Map();
  for (const [option, brother] of brothers.entries()) {
    const share = shareOf(choice, option);
    for (const [key, probability] of brother) {
      const before = sum.has(key) ? sum.get(key) : 0;
      sum.set(key, probability === null || typeof before !== 'number' ? null : before + share * probability);
    }
  }
  return sum;
}

export const unknownKey = (why: Unknown, at: RulePosition | undefined): string =>
  JSON.stringify([why.reason, at?.rule.source.file, at?.rule.source.line]);

function close(a: number | null | undefined, b: number | null | undefined): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) < 1e-9;
  return a === b;
}

const equal = (a: Distribution, b: Distribution): boolean =>
  a.size === b.size && [...a].every(([key, probability]) => b.has(key) && close(probability, b.get(key)));

/** How much of it is delivered, as a text that is equal where that is equal. */
function deliverySpan(distribution: Distribution, delivered: (key: string) => boolean): string {
  let yes: number | null = 0;
  let no = false;
  let any = false;
  for (const [key, probability] of distribution)
    if (delivered(key)) {
      any = true;
      yes = yes === null || probability === null ? null : yes + probability;
    } else no = true;
  if (!no) return 'all';
  return any ? `${yes?.toFixed(6) ?? 'some'}` : 'none';
}
