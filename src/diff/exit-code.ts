import type { DiffAnswer } from './answer.ts';

/** 3 where classes of packets stay undecided or something could not be compared for what it says, 1 different, 0 equal. */
export function exitCodeOfDiff({ different, fate }: Pick<DiffAnswer, 'different' | 'fate'>): number {
  if (fate && (!fate.complete || fate.undecided.length > 0)) return 3;
  return different ? 1 : 0;
}
