import { grouped } from '../../net/grouped.ts';

/** What one node has. */
export interface OfOne<T> {
  readonly node: string;
  readonly value: T;
}

/** What most nodes have, and the groups that have something else; of two that are as many the first counts. */
export interface Majority<T> {
  readonly most: readonly OfOne<T>[];
  readonly others: readonly (readonly OfOne<T>[])[];
}

export function majorityOf<T>(list: readonly OfOne<T>[], keyOf: (value: T) => string): Majority<T> {
  const groups = [...grouped(list, ({ value }) => keyOf(value)).values()];
  const most = groups.reduce<readonly OfOne<T>[]>((best, group) => (group.length > best.length ? group : best), []);
  return { most, others: groups.filter(group => group !== most) };
}

export const namesOf = (list: readonly OfOne<unknown>[]): string[] => list.map(({ node }) => node);
