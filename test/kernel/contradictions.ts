import type { ListedChain } from '../../src/model/ruleset.ts';
import type { Observation, ObservedStep, Registration } from './observation.ts';

/** Pairs at one priority that `nft list hooks` shows in another order than they were registered in. */
export function listedOtherwise(listed: readonly ListedChain[], registered: readonly Registration[]): string[] {
  const place = ({ family, hook, priority, backend, table }: ListedChain) =>
    registered.findLastIndex(
      one =>
        one.owner === `iptables-${backend}` &&
        one.table === table &&
        one.family === family &&
        one.hook === hook &&
        one.priority === priority,
    );
  return listed.flatMap((one, i) => {
    const next = listed[i + 1];
    if (!next || one.family !== next.family || one.hook !== next.hook || one.priority !== next.priority) return [];
    const [first, second] = [place(one), place(next)];
    if (first < 0 || second < 0 || first > second) return [];
    return [
      `${one.family} ${one.hook} ${one.priority}: listed before ${next.backend} ${next.table}, registered before it`,
    ];
  });
}

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
const tells = (step: ObservedStep): boolean => step.kind !== 'hook-end' && step.owner !== 'iptables-legacy';
