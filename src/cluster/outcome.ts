import type { Namespace } from '../model/namespace.ts';
import { missingRules } from '../model/ruleset.ts';
import { formatAddress } from '../net/address.ts';
import type { Packet } from '../net/packet.ts';
import { protocolName } from '../net/protocol.ts';
import { MAX_BRANCHES } from '../walk/decide.ts';
import type { RulePosition } from '../walk/trace.ts';
import type { AssumptionAnswer, Outcome, PacketAnswer, TraceAnswer, UnknownAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';
import { type Folded, unknownKey } from './fold.ts';
import { endpointAnswer, hopAnswer, ruleAnswer, serviceOfHop, translationAnswer } from './hop.ts';
import type { Names } from './names.ts';
import { remarksOf } from './remarks.ts';
import { tcpFlagNames } from './request.ts';
import { decisiveRule, type Visit } from './visit.ts';

/** All ways of one packet through one node. */
export interface Ways {
  readonly folded: Folded<Visit>;
  /** False: there were too many, the rest was given up. */
  readonly complete: boolean;
}

/** The ways as plain data. */
export function answerOf(
  cluster: Cluster,
  node: Namespace,
  ways: Ways,
  packet: Packet,
  assumptions: readonly AssumptionAnswer[],
  version: string,
): TraceAnswer {
  const hops = ways.folded.outcomes.map(({ value }) => value.walked.hop);
  const service = hops.map(serviceOfHop).find(found => found !== undefined);
  return {
    schema: 'chainwalk.trace/1',
    version,
    packet: packetAnswer(packet),
    from: {
      node: node.name,
      ...(packet.iif !== undefined && { interface: packet.iif }),
      local: packet.iif === undefined,
    },
    ...(service && { service }),
    assumptions: distinct([...assumptions, ...hops.flatMap(hop => hop.assumptions)]),
    unknowns: [...unknownAnswers(ways, node.name), ...missingAnswers(ways, node, packet)],
    outcomes: ways.folded.outcomes.map(({ value, probability }, i) =>
      outcomeAnswer(value, probability, `o${i + 1}`, node, cluster.names),
    ),
    remarks: remarksOf(cluster, [node]),
  };
}

function outcomeAnswer(visit: Visit, probability: number | null, id: string, node: Namespace, names: Names): Outcome {
  const { hop } = visit.walked;
  const { saddr, sport, mark } = hop.after;
  const rule = decisiveRule(hop);
  return {
    id,
    probability,
    disposition: visit.disposition,
    reason: hop.reason,
    ...(visit.deliveredTo && { deliveredTo: visit.deliveredTo }),
    ...(visit.headedFor && { headedFor: visit.headedFor }),
    ...(visit.delivered && {
      sourceSeen: endpointAnswer({ address: saddr, ...(sport !== undefined && { port: sport }) }),
    }),
    mark,
    translations: hop.steps.flatMap(step => (step.kind === 'translation' ? [translationAnswer(hop.node, step)] : [])),
    ...(rule && { decidedBy: ruleAnswer(hop.node, rule) }),
    sendsBack: hop.answers.map(({ what, packet }) => `${what} (to ${formatAddress(packet.daddr)})`),
    hops: [hopAnswer(hop, `${id}.h1`, node, names)],
  };
}

function packetAnswer(packet: Packet): PacketAnswer {
  const { family, saddr, daddr, sport, dport, protocol, ttl, tos, mark, tcp, icmp } = packet;
  return {
    family,
    protocol: protocolName(protocol) ?? String(protocol),
    source: endpointAnswer({ address: saddr, ...(sport !== undefined && { port: sport }) }),
    destination: endpointAnswer({ address: daddr, ...(dport !== undefined && { port: dport }) }),
    ttl,
    tos,
    mark,
    ...(tcp && { tcpFlags: tcpFlagNames(tcp.flags) }),
    ...(icmp && { icmp: { type: icmp.type, code: icmp.code } }),
  };
}

function unknownAnswers({ folded, complete }: Ways, node: string): UnknownAnswer[] {
  const answers = new Map<string, UnknownAnswer>();
  const put = (
    why: { reason: string; howToLearn?: string },
    at: RulePosition | undefined,
    key: string,
    rest: Weight,
  ) => {
    const where = at && `${node}: ${at.table} ${at.chain} ${at.rule.number}`;
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
    for (const { why, at } of value.walked.hop.unknowns) {
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
function missingAnswers({ folded }: Ways, { ruleset }: Namespace, { family }: Packet): UnknownAnswer[] {
  if (!folded.outcomes.some(({ value }) => value.delivered)) return [];
  return ruleset.tables.flatMap(table => {
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
