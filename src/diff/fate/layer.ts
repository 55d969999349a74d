import type { Namespace } from '../../model/namespace.ts';
import type { RulePosition } from '../../walk/trace.ts';
import type { FateLayer, FateWay } from '../answer.ts';
import { mergeNodes, type OfNode } from '../merge.ts';
import type { RulesDiff } from '../rules/ruleset.ts';
import { type FateSide, fateDiff } from './fate.ts';
import { wayWords } from './way.ts';
import { packetsWords } from './words.ts';

/** One node on both sides, with what became of its rules. */
export interface FateHost {
  readonly name: string;
  readonly before: Namespace;
  readonly after: Namespace;
  readonly rules: RulesDiff;
}

type Said<T extends keyof Pick<FateLayer, 'changed' | 'undecided'>> = Omit<FateLayer[T][number], 'nodes'>;

/** The fates of all nodes, in words; what several have alike is said once. */
export function fateLayer(hosts: readonly FateHost[], progress?: (text: string) => void): FateLayer {
  const changed: OfNode<Said<'changed'>>[] = [];
  const undecided: OfNode<Said<'undecided'>>[] = [];
  const assumptions = new Set<string>();
  let [classes, complete] = [0, true];
  for (const { name: node, before, after, rules } of hosts) {
    const told = (walks: number) => {
      if (walks % 100 === 0) progress?.(`fate of packets at ${node}: ${walks} walks`);
    };
    const answer = fateDiff({ before, after, rules, progress: told });
    classes += answer.classes;
    complete &&= answer.complete;
    for (const what of answer.assumptions) assumptions.add(what);
    for (const change of answer.changed)
      for (const words of packetsWords(change.packets, answer.interfaces)) {
        const packets = change.condition === undefined ? words : `${words}, where ${change.condition}`;
        const value = { packets, before: waysOf(change.before), after: waysOf(change.after) };
        changed.push({ node, key: JSON.stringify(value), value });
      }
    for (const { packets: set, why } of answer.undecided)
      for (const packets of packetsWords(set, answer.interfaces))
        undecided.push({ node, key: `${packets} ${why}`, value: { packets, why } });
  }
  return {
    classes,
    changed: mergeNodes(changed),
    undecided: mergeNodes(undecided),
    complete,
    assumptions: [...assumptions].map(what => ({ what, change: 'chainwalk trace walks any other packet' })),
  };
}

const waysOf = (side: FateSide): FateWay[] =>
  side.map(({ probability, way }) => ({
    probability,
    disposition: way.disposition,
    text: wayWords(way),
    ...(way.decidedBy && { decidedBy: placeOf(way.decidedBy) }),
  }));

const placeOf = ({ table, chain, rule }: RulePosition): string => `${table} ${chain} ${rule.number}`;
