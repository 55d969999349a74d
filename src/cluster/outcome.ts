import { apiServicePorts } from '../kubernetes/objects.ts';
import type { Packet } from '../net/packet.ts';
import type { AssumptionAnswer, Outcome, ServiceAnswer, TraceAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';
import { decisiveRule, type Fate } from './fate.ts';
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
import { remarksOf } from './remarks.ts';
import { hasNoFilter, NO_FILTER, unknownsOf } from './unknowns.ts';
import { type Ways, walkAll } from './ways.ts';
import { reasonsOf } from './why/reasons.ts';

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
  const service =
    visits.map(({ walked }) => serviceOfHop(walked.hop)).find(found => found !== undefined) ??
    announcedService(cluster, packet);
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
    unknowns: unknownsOf(ways, packet, visits),
    outcomes: ways.folded.outcomes.map(({ value, probability }, i) =>
      outcomeAnswer(value, probability, `o${i + 1}`, cluster),
    ),
    remarks: remarksOf(
      cluster,
      [...new Set([host, ...visits.map(visit => visit.host)])].map(visited => visited.namespace),
    ),
  };
}

/** The service whose address it asks for, by the API: of a packet that no rule of the service has met. */
function announcedService(
  { announced, objects }: Cluster,
  { daddr, dport, protocol }: Packet,
): ServiceAnswer | undefined {
  const known = announced.get(daddr);
  const port =
    known &&
    apiServicePorts(objects).find(
      each =>
        `${each.service.namespace}/${each.service.name}` === known.service &&
        each.port === dport &&
        each.protocol === protocol,
    );
  if (!known || !port) return undefined;
  const { namespace, name, port: portName } = port.service;
  return {
    namespace,
    name,
    ...(portName !== undefined && { portName }),
    address: known.kind === 'external address' ? 'external IP' : 'load balancer IP',
  };
}

/** What the walks took for granted; of several hosts the host is named. */
function assumedBy(visits: readonly Visit[]): AssumptionAnswer[] {
  const several = new Set(visits.map(({ host }) => host)).size > 1;
  return visits.flatMap(({ host, walked }) =>
    [...walked.hop.assumptions, ...(hasNoFilter(host, walked.hop.before) ? [NO_FILTER] : [])].map(
      ({ what, change }) => ({ what: several ? `${host.name}: ${what}` : what, change }),
    ),
  );
}

function outcomeAnswer(fate: Fate, probability: number | null, id: string, cluster: Cluster): Outcome {
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
    reasons: reasonsOf(cluster, fate, start => isDelivered(cluster, fate, start)),
    hops: visits.map((visit, i) => hopAnswer(visit, `${id}.h${i + 1}`, cluster.names)),
  };
}

/** Whether a packet that starts elsewhere is translated and delivered, whatever becomes of it. */
function isDelivered(cluster: Cluster, { session }: Fate, start: Start): boolean {
  const { outcomes } = walkAll(cluster, session, start).folded;
  const { daddr } = start.packet;
  return (
    outcomes.length > 0 && outcomes.every(({ value }) => value.delivered && value.last.walked.hop.after.daddr !== daddr)
  );
}

function distinct(assumptions: readonly AssumptionAnswer[]): AssumptionAnswer[] {
  const seen = new Map<string, AssumptionAnswer>();
  for (const { what, change } of assumptions) seen.set(JSON.stringify([what, change]), { what, change });
  return [...seen.values()];
}
