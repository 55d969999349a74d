import { missingRules } from '../model/ruleset.ts';
import type { Packet } from '../net/packet.ts';
import { MAX_BRANCHES } from '../walk/decide.ts';
import type { RulePosition } from '../walk/trace.ts';
import type { AssumptionAnswer, Outcome, TraceAnswer, UnknownAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';
import { decisiveRule, type Fate } from './fate.ts';
import { type Folded, unknownKey } from './fold.ts';
import {
  endpointAnswer,
  hopAnswer,
  packetAnswer,
  ruleAnswer,
  sendsBack,
  serviceOfHop,
  translationAnswer,
} from './hop.ts';
import type { Start, Visit } from './journey.ts';
import type { Names } from './names.ts';
import { remarksOf } from './remarks.ts';

/** All ways of one packet from host to host. */
export interface Ways {
  readonly folded: Folded<Fate>;
  /** False: there were too many, the rest was given up. */
  readonly complete: boolean;
  /** By the key of an unknown, the host that it is about. */
  readonly places: ReadonlyMap<string, string>;
}

/** The ways as plain data. */
export function answerOf(
  cluster: Cluster,
  start: Start,
  ways: Ways,
  assumptions: readonly AssumptionAnswer[],
  version: string,
): TraceAnswer {
  const { packet, host } = start;
  const visits = ways.folded.outcomes.flatMap(({ value }) => value.journey.visits);
  const service = visits.map(({ walked }) => serviceOfHop(walked.hop)).find(found => found !== undefined);
  return {
    schema: 'chainwalk.trace/1',
    version,
    packet: packetAnswer(packet),
    from: {
      node: host.name,
      kind: host.kind,
      ...(packet.iif !== undefined && { interface: packet.iif }),
      local: packet.iif === undefined,
    },
    ...(service && { service }),
    assumptions: distinct([...assumptions, ...assumedBy(visits)]),
    unknowns: [...unknownAnswers(ways), ...missingAnswers(ways, packet)],
    outcomes: ways.folded.outcomes.map(({ value, probability }, i) =>
      outcomeAnswer(value, probability, `o${i + 1}`, cluster.names),
    ),
    remarks: remarksOf(
      cluster,
      [...new Set([host, ...visits.map(visit => visit.host)])].map(visited => visited.namespace),
    ),
  };
}

/** What the walks took for granted; of several hosts the host is named. */
function assumedBy(visits: readonly Visit[]): AssumptionAnswer[] {
  const several = new Set(visits.map(({ host }) => host)).size > 1;
  return visits.flatMap(({ host, walked }) =>
    walked.hop.assumptions.map(({ what, change }) => ({ what: several ? `${host.name}: ${what}` : what, change })),
  );
}

function outcomeAnswer(fate: Fate, probability: number | null, id: string, names: Names): Outcome {
  const { journey, last } = fate;
  const { visits, loop } = journey;
  const { saddr, sport, mark } = last.walked.hop.after;
  const rule = decisiveRule(journey);
  return {
    id,
    probability,
    disposition: fate.disposition,
    reason: journey.reason,
    ...(fate.deliveredTo && { deliveredTo: fate.deliveredTo }),
    ...(fate.headedFor && { headedFor: fate.headedFor }),
    ...(fate.delivered && {
      sourceSeen: endpointAnswer({ address: saddr, ...(sport !== undefined && { port: sport }) }),
    }),
    mark,
    translations: visits.flatMap(({ host, walked, around }) =>
      around === undefined
        ? walked.hop.steps.flatMap(step => (step.kind === 'translation' ? [translationAnswer(host.name, step)] : []))
        : [],
    ),
    ...(rule && { decidedBy: ruleAnswer(rule.host, rule.at) }),
    sendsBack: visits.flatMap(({ walked }) => sendsBack(walked.hop)),
    ...(loop && { loop }),
    hops: visits.map((visit, i) => hopAnswer(visit, `${id}.h${i + 1}`, names)),
  };
}

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

type Weight = Pick<UnknownAnswer, 'matters' | 'decidesDelivery'>;

function distinct(assumptions: readonly AssumptionAnswer[]): AssumptionAnswer[] {
  const seen = new Map<string, AssumptionAnswer>();
  for (const { what, change } of assumptions) seen.set(JSON.stringify([what, change]), { what, change });
  return [...seen.values()];
}
