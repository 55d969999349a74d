import type { DiffAnswer } from './answer.ts';

/**
 * 3 where classes of packets stay undecided, or nothing differs of what could be compared and not all could; 1
 * different, 0 equal.
 */
export function exitCodeOfDiff({
  different,
  fate,
  notCompared,
}: Pick<DiffAnswer, 'different' | 'fate' | 'notCompared'>): number {
  if (fate && (!fate.complete || fate.undecided.length > 0)) return 3;
  if (different) return 1;
  return notCompared.length > 0 ? 3 : 0;
}
