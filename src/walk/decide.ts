import type { Hook } from '../model/ruleset.ts';
import type { Unknown } from '../model/truth.ts';
import type { Ways } from '../model/world.ts';
import type { Address } from '../net/address.ts';
import type { RulePosition, Step } from './trace.ts';

/** A place where the kernel throws dice, or where the evidence does not decide. */
export type Choice =
  /** `statistic --mode random` and the like. Options: 0 the rule matches, 1 it does not. */
  | { readonly kind: 'chance'; readonly at: RulePosition; readonly probability: number }
  /** Options: 0 as if yes, 1 as if no. `order`: which of two chains of a hook runs first; yes: the first. */
  | { readonly kind: 'unknown'; readonly at?: RulePosition; readonly why: Unknown; readonly order?: Order }
  /** Equal cost next hops, or the addresses of a range; `weights` in the order of the options. */
  | { readonly kind: 'nexthop'; readonly weights: readonly number[]; readonly labels: readonly string[] }
  /** Equally likely ways (`numgen`, `jhash`): the index of one. */
  | ({ readonly kind: 'dice' } & Ways)
  /** One of a NAT range's addresses or ports, between and including the two; the answer is the index from `low`. */
  | {
      readonly kind: 'port';
      readonly low: number;
      readonly high: number;
      readonly at: RulePosition | undefined;
      /** The source port of a tunnel's packets to this address. */
      readonly tunnelTo?: Address;
    };

/** Two base chains of one hook and priority. */
export interface Order {
  readonly hook: Hook;
  readonly first: ChainName;
  readonly second: ChainName;
}

interface ChainName {
  readonly table: string;
  readonly chain: string;
}

/**
 * Answers choices; the index of the option taken. A walk asks the same questions when it is given the same answers.
 * `before`: the steps so far, where a rule asks.
 */
export interface Decide {
  choose(choice: Choice, before?: readonly Step[]): number;
}

export interface Taken {
  readonly choice: Choice;
  readonly option: number;
}

export interface Branch<T> {
  readonly value: T;
  /** Product of the chances; null where an unknown was among the choices. */
  readonly probability: number | null;
  readonly taken: readonly Taken[];
}

/** How many outcomes a walk is followed to before the rest is given up, and said so. */
export const MAX_BRANCHES = 2048;

/**
 * Runs a walk once for each combination of answers, depth first. A walk keeps no state between runs, so each starts
 * anew and is led to its branch. `complete` is false where there were more than `limit`.
 */
export function enumerate<T>(
  run: (decide: Decide) => T,
  limit = MAX_BRANCHES,
): { branches: Branch<T>[]; complete: boolean } {
  const branches: Branch<T>[] = [];
  let path: number[] = [];
  for (;;) {
    const taken: Taken[] = [];
    const value = run({
      choose(choice) {
        const option = path[taken.length] ?? 0;
        taken.push({ choice, option });
        return option;
      },
    });
    branches.push({ value, probability: probabilityOf(taken), taken });
    let last = taken.length - 1;
    while (last >= 0 && nextOption(taken[last]) === undefined) last--;
    if (last < 0) return { branches, complete: true };
    if (branches.length >= limit) return { branches, complete: false };
    path = taken.slice(0, last).map(t => t.option);
    path.push(nextOption(taken[last]) ?? 0);
  }
}

/** Ports are one branch: which one the kernel picks changes nobody's fate. */
function nextOption(taken: Taken | undefined): number | undefined {
  if (!taken) return undefined;
  return taken.option + 1 < optionsOf(taken.choice) ? taken.option + 1 : undefined;
}

/** How many ways a choice has; of a port all are one. */
export function optionsOf(choice: Choice): number {
  if (choice.kind === 'port') return 1;
  if (choice.kind === 'dice') return choice.count;
  return choice.kind === 'nexthop' ? choice.weights.length : 2;
}

/** Of a choice by chance. */
export function shareOf(choice: Exclude<Choice, { kind: 'unknown' | 'port' }>, option: number): number {
  if (choice.kind === 'chance') return option === 0 ? choice.probability : 1 - choice.probability;
  if (choice.kind === 'dice') return 1 / choice.count;
  return (choice.weights[option] ?? 0) / choice.weights.reduce((sum, weight) => sum + weight, 0);
}

function probabilityOf(taken: readonly Taken[]): number | null {
  let probability = 1;
  for (const { choice, option } of taken) {
    if (choice.kind === 'unknown') return null;
    if (choice.kind !== 'port') probability *= shareOf(choice, option);
  }
  return probability;
}
