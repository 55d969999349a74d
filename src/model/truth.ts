/** Why something cannot be decided, and which evidence would decide it. */
export interface Unknown {
  readonly kind: 'unknown';
  /** What is not known, in a few words: `xt_recent list KUBE-SEP-X was not captured`. */
  readonly reason: string;
  /** A command or flag that would tell. */
  readonly howToLearn?: string;
  /** What holds on a node at rest (a limit has tokens left): the walk goes on with it, and says so. */
  readonly usual?: boolean;
}

/** The kernel throws dice here: yes with this probability, on every evaluation anew. */
export interface Chance {
  readonly kind: 'chance';
  readonly probability: number;
}

/** Three-valued, and the dice of `statistic`: what a match answers. */
export type Truth = boolean | Unknown | Chance;

export const unknown = (reason: string, howToLearn?: string): Unknown =>
  howToLearn === undefined ? { kind: 'unknown', reason } : { kind: 'unknown', reason, howToLearn };

/** An unknown with the answer that a node at rest would give. */
export const usually = (usual: boolean, reason: string, howToLearn?: string): Unknown => ({
  ...unknown(reason, howToLearn),
  usual,
});

/** `!`: an unknown stays unknown. */
export function not(truth: Truth): Truth {
  if (typeof truth === 'boolean') return !truth;
  if (truth.kind === 'unknown') return truth.usual === undefined ? truth : { ...truth, usual: !truth.usual };
  return truth.kind === 'chance' ? { kind: 'chance', probability: 1 - truth.probability } : truth;
}

/** Applies `!` where an option carried it. */
export const invertIf = (inverted: boolean, truth: Truth): Truth => (inverted ? not(truth) : truth);

/** no beats unknown, unknown beats chance. Independent chances multiply. Of two unknowns the first counts. */
export function both(a: Truth, b: Truth): Truth {
  if (a === true || b === false) return b;
  if (b === true || a === false) return a;
  if (a.kind === 'unknown') return a;
  if (b.kind === 'unknown') return b;
  return { kind: 'chance', probability: a.probability * b.probability };
}

export function and(truths: Iterable<Truth>): Truth {
  let all: Truth = true;
  for (const truth of truths) {
    all = both(all, truth);
    if (all === false) return false;
  }
  return all;
}

/** yes beats unknown, unknown beats chance. */
export const or = (truths: Iterable<Truth>): Truth => not(and([...truths].map(not)));
