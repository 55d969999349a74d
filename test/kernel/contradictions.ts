import type { Observation, ObservedStep } from './observation.ts';

/**
 * Journeys that cannot have been as they are told: a hook passed twice, or steps in another order than theirs, where
 * nf_tables told the mark after a rule, and the legacy table that comes next another one before its own.
 */
export function contradictions(observed: Observation, marks = true): string[] {
  const found: string[] = [];
  if (observed.copies) return found;
  for (const [i, journey] of observed.journeys.entries()) {
    const where = `probe ${observed.id} journey ${i}`;
    const ends = journey.steps.filter(step => step.kind === 'hook-end').map(step => step.hook);
    if (new Set(ends).size !== ends.length) found.push(`${where}: passed ${ends.join(', ')}`);
    let before: ObservedStep | undefined;
    for (const step of journey.steps) {
      if (marks && before?.hook === step.hook && tells(before) && !tells(step) && before.mark !== step.mark)
        found.push(`${where} ${step.hook}: mark ${before.mark} became ${step.mark} between rules`);
      before = step;
    }
  }
  return found;
}

/** Its mark is the one after it. */
const tells = (step: ObservedStep): boolean => step.kind !== 'hook-end' && step.owner === 'iptables-nft';
