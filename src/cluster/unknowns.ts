import { DROP_BIT } from '../kubernetes/meaning.ts';
import { missingRules } from '../model/ruleset.ts';
import type { Packet } from '../net/packet.ts';
import { MAX_BRANCHES } from '../walk/decide.ts';
import type { RulePosition } from '../walk/trace.ts';
import type { UnknownAnswer } from './answer.ts';
import { unknownKey } from './fold.ts';
import type { Host } from './host.ts';
import type { Visit } from './journey.ts';
import type { Ways } from './ways.ts';

/** What could not be decided, and whether delivery hangs on it. */
export const unknownsOf = (ways: Ways, packet: Packet, visits: readonly Visit[]): UnknownAnswer[] => [
  ...unknownAnswers(ways),
  ...missingAnswers(ways, packet),
  ...unfilteredMarks(visits),
];

/** What is taken for granted of a host without a filter table. */
export const NO_FILTER = {
  what: 'there are no rules in filter: that table was not captured',
  change: '-f a file with the output of `iptables-save`, of all tables',
};

/** Of iptables other tables were captured, and filter was not. */
export const hasNoFilter = ({ kind, namespace }: Host, { family }: Packet): boolean => {
  const own = namespace.ruleset.tables.filter(table => table.family === family && table.owner !== 'nft');
  return kind === 'node' && own.length > 0 && !own.some(({ name }) => name === 'filter');
};

function unknownAnswers({ folded, complete, places }: Ways): UnknownAnswer[] {
  const answers = new Map<string, UnknownAnswer>();
  const put = (
    why: { reason: string; howToLearn?: string },
    at: RulePosition | undefined,
    key: string,
    rest: Weight,
  ) => {
    const where = at && `${places.get(key) ?? ''}: ${at.table} ${at.chain} ${at.rule.number}`;
    answers.set(key, {
      kind: at ? 'rule' : 'evidence',
      what: why.reason,
      ...(where !== undefined && { where }),
      ...(why.howToLearn !== undefined && { howToLearn: why.howToLearn }),
      ...rest,
    });
  };
  for (const { why, at, matters, decidesDelivery } of folded.unknowns)
    put(why, at, unknownKey(why, at), { matters, decidesDelivery });
  for (const { value } of folded.outcomes)
    for (const { walked } of value.journey.visits)
      for (const { why, at } of walked.hop.unknowns) {
        const key = unknownKey(why, at);
        const fatal = value.disposition === 'undecided';
        if (!answers.has(key)) put(why, at, key, { matters: fatal, decidesDelivery: fatal });
      }
  if (!complete)
    put(
      { reason: `there are more than ${MAX_BRANCHES} ways, the rest was given up`, howToLearn: '--endpoint' },
      undefined,
      '',
      {
        matters: true,
        decidesDelivery: true,
      },
    );
  return [...answers.values()];
}

/** What comes behind the end of a dump that is cut off may be whole tables, which no walk can miss. */
function missingAnswers({ folded }: Ways, { family }: Packet): UnknownAnswer[] {
  const delivered = folded.outcomes.filter(({ value }) => value.delivered);
  const hosts = new Set(delivered.flatMap(({ value }) => value.journey.visits.map(({ host }) => host)));
  return [...hosts]
    .flatMap(host => host.namespace.ruleset.tables)
    .flatMap(table => {
      const why = table.family === family ? missingRules(table) : undefined;
      if (!why || folded.unknowns.some(known => known.why.reason === why.reason)) return [];
      const howToLearn = why.howToLearn ?? '';
      return [{ kind: 'evidence', what: why.reason, howToLearn, matters: true, decidesDelivery: true }];
    });
}

/** A mark to drop is obeyed in filter: where that table was not captured, nobody knows whether it is. */
function unfilteredMarks(visits: readonly Visit[]): UnknownAnswer[] {
  const marked = visits.find(
    ({ host, walked }) =>
      hasNoFilter(host, walked.hop.before) &&
      walked.hop.steps.some(step => step.kind === 'rule' && (step.markAfter & ~step.markBefore & DROP_BIT) !== 0),
  );
  if (!marked) return [];
  const what = `whether filter drops what is marked 0x${DROP_BIT.toString(16)}: that table was not captured`;
  return [{ kind: 'evidence', what, howToLearn: NO_FILTER.change, matters: true, decidesDelivery: true }];
}

type Weight = Pick<UnknownAnswer, 'matters' | 'decidesDelivery'>;
