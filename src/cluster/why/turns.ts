import type { Rule } from '../../model/ruleset.ts';
import type { ReasonAnswer } from '../answer.ts';
import type { Visit } from '../journey.ts';

/** Of a rule that takes its ways in turn and throws no dice (`numgen inc`, `statistic --mode nth`), that it does. */
export function inTurn({ text }: Rule): string | undefined {
  const [, inc] = /\bnumgen inc mod (\d+)/.exec(text) ?? [];
  const [, every] = / --mode nth --every (\d+)/.exec(text) ?? [];
  const ways = inc ?? every;
  if (ways === undefined) return undefined;
  const word = inc === undefined ? 'statistic --mode nth' : 'numgen inc';
  return `takes its ${ways} ways in turn, one new connection after the other (${word} counts and throws no dice); whose turn it is no listing tells`;
}

/** The rules on a visit that do. */
export function takenInTurn({ host, walked }: Visit): ReasonAnswer[] {
  return walked.hop.steps.flatMap((step): ReasonAnswer[] => {
    const turns = step.kind === 'rule' ? inTurn(step.at.rule) : undefined;
    if (step.kind !== 'rule' || turns === undefined) return [];
    const { table, chain, rule } = step.at;
    const { file, line } = rule.source;
    return [{ kind: 'in-turn', text: `${table} ${chain} ${rule.number} of ${host.name} ${turns}`, file, line }];
  });
}
