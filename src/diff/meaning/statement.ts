import type { MeaningChange, MeaningSubject } from '../answer.ts';

/** What one node tells; nodes that tell the same are put together later. */
export type Statement = Omit<MeaningChange, 'nodes'>;

/** What differs and is not told: how many, and of what; counts of several nodes are added up. */
export interface Aside {
  readonly count: number;
  readonly noun: string;
  readonly rest: string;
}

/** What one part of a node tells, and what of it differs and says nothing. */
export interface Told {
  readonly statements: readonly Statement[];
  readonly setAside: readonly Aside[];
  /** What only one side was captured of. */
  readonly notCompared: readonly string[];
}

export const told = (statements: readonly Statement[], setAside: readonly Aside[] = []): Told => ({
  statements,
  setAside,
  notCompared: [],
});

/** A part that is there on one side alone. */
export function oneSided(what: string, before: unknown): Told {
  return {
    statements: [],
    setAside: [],
    notCompared: [`${what}: those ${before ? 'after' : 'before'} were not captured`],
  };
}

export const statement =
  (subject: MeaningSubject, name: string) =>
  (kind: Statement['kind'], text: string): Statement => ({ subject, name, kind, text });

/** Nothing where there are none. */
export const aside = (number: number, noun: string, rest: string): Aside[] =>
  number > 0 ? [{ count: number, noun, rest }] : [];
