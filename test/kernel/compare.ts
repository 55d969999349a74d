import type { Observation, ObservedStep, Probe, Snapshot } from './observation.ts';

/** One thing that the walk and the kernel do not agree about. */
export interface Difference {
  readonly probe: number;
  /** Index of the observation's journey. */
  readonly journey: number;
  readonly what: string;
  readonly kernel: string;
  readonly walk: string;
}

/**
 * Walks each of the observed journeys over the snapshot and lists what differs: rules in their order with verdicts and
 * marks, packet and connection at the end of each hook, fate, and the connection afterwards. It has no walk to ask yet
 * and finds nothing.
 */
export function compare(_snapshot: Snapshot, _probe: Probe, _observed: Observation): Difference[] {
  return [];
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
const tells = (step: ObservedStep): boolean => step.kind !== 'hook-end' && step.owner === 'iptables-nft';
