import type { Namespace } from '../model/namespace.ts';
import { InputError } from '../model/source.ts';
import { formatEndpoint } from '../net/address.ts';
import { copyPacket, hasPorts, type Packet, TCP, TCP_FLAG } from '../net/packet.ts';
import { enumerate } from '../walk/decide.ts';
import { Machine, type MachineOptions } from '../walk/machine.ts';
import type { Hop } from '../walk/trace.ts';
import type { TraceAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';
import { fold } from './fold.ts';
import type { Names } from './names.ts';
import { answerOf, type Ways } from './outcome.ts';
import { buildPacket } from './packet.ts';
import { choosePlace, interfaceTowards } from './place.ts';
import { checkRequest, type TraceRequest } from './request.ts';
import { countsAsDelivered, visitKey, visitOf } from './visit.ts';

export interface TraceOptions {
  /** Of the tool, for the answer. */
  readonly version: string;
  readonly machine?: MachineOptions;
}

/** Where does this packet go, and which rule decides it? Throws InputError for a question that makes no sense. */
export function trace(cluster: Cluster, request: TraceRequest, options: TraceOptions): TraceAnswer {
  checkRequest(request);
  const built = buildPacket(request);
  const place = choosePlace(cluster, request);
  const machine = new Machine(place.node, options.machine ?? {});
  const packet = place.iif === undefined ? built.packet : { ...built.packet, iif: place.iif };
  const assumptions = [...place.assumptions, ...built.assumptions];
  if (!place.node.ruleset.tables.some(({ family }) => family === packet.family))
    assumptions.push({
      what: `there are no ${packet.family === 'ip' ? 'iptables' : 'ip6tables'} rules: none were captured`,
      change: `-f a file with the output of \`${packet.family === 'ip' ? 'iptables-save' : 'ip6tables-save'}\``,
    });
  const all = walkAll(machine, place.node, packet, request, cluster.names);
  const ways = request.endpoint ? pin(all, request.endpoint) : all;
  const left = all.folded.outcomes.length - ways.folded.outcomes.length;
  if (left > 0)
    assumptions.push({ what: `the endpoint; without it there are ${left} outcomes more`, change: '--endpoint' });
  const answer = answerOf(cluster, place.node, ways, packet, assumptions, options.version);
  const first = ways.folded.outcomes.find(({ value }) => value.delivered);
  if (!request.reply) return answer;
  if (!first) {
    const nothing = { what: 'nobody answers: the packet is not delivered', change: '--reply' };
    return { ...answer, assumptions: [...answer.assumptions, nothing] };
  }
  first.value.walked.commit();
  const { hop } = first.value.walked;
  const { iif, why } = answersBy(place.node, hop);
  const back: Packet = { ...replyTo(hop), ...(iif !== undefined && { iif }) };
  const reply = walkAll(machine, place.node, back, {}, cluster.names);
  const by = iif === undefined ? `is sent by ${place.node.name}` : `comes in by ${iif}${why}`;
  const taken = [{ what: `the answer ${by} with ttl 64`, change: 'no flag' }];
  return { ...answer, reply: answerOf(cluster, place.node, reply, back, taken, options.version) };
}

/** Exit code of an answer: 3 undecided, 1 not delivered in some or all outcomes, 0 delivered in every one. */
export function exitCodeOf({ outcomes, unknowns }: TraceAnswer): 0 | 1 | 3 {
  if (unknowns.some(({ decidesDelivery }) => decidesDelivery)) return 3;
  if (outcomes.length === 0 || outcomes.some(({ disposition }) => disposition === 'undecided')) return 3;
  return outcomes.every(({ disposition }) => countsAsDelivered(disposition)) ? 0 : 1;
}

function walkAll(
  machine: Machine,
  namespace: Namespace,
  packet: Packet,
  { ct }: Pick<TraceRequest, 'ct'>,
  names: Names,
): Ways {
  const { branches, complete } = enumerate(decide => {
    const arrival = { packet: copyPacket(packet), ...(ct !== undefined && { assumeState: ct }) };
    return visitOf(machine.walk(arrival, decide), namespace, names);
  });
  return { folded: fold(branches, complete, visitKey, visit => visit.delivered), complete };
}

/** Keeps the outcomes in which this endpoint answers, and makes them the whole. */
function pin({ folded, complete }: Ways, endpoint: NonNullable<TraceRequest['endpoint']>): Ways {
  const { outcomes, unknowns } = folded;
  const kept = outcomes.filter(({ value }) => {
    const { daddr, dport } = value.walked.hop.after;
    return daddr === endpoint.address && (endpoint.port === undefined || endpoint.port === dport);
  });
  const name = formatEndpoint(endpoint.address, endpoint.port);
  if (kept.length === 0) {
    const ends = outcomes.map(({ value }) =>
      formatEndpoint(value.walked.hop.after.daddr, value.walked.hop.after.dport),
    );
    const list = [...new Set(ends)].slice(0, 8).join(', ');
    throw new InputError(`--endpoint: no outcome leads to ${name}; the packet ends up at ${list}`);
  }
  const total = kept.reduce<number | null>(
    (sum, { probability }) => (sum === null || probability === null ? null : sum + probability),
    0,
  );
  const scaled = kept.map(({ value, probability }) => ({
    value,
    probability: kept.length === 1 ? 1 : probability === null || !total ? null : probability / total,
  }));
  const mixed = kept.some(({ value }) => value.delivered) && kept.some(({ value }) => !value.delivered);
  const left = unknowns.map(unknown => ({
    ...unknown,
    matters: unknown.matters && kept.length > 1,
    decidesDelivery: unknown.decidesDelivery && mixed,
  }));
  return { folded: { outcomes: scaled, unknowns: left }, complete };
}

/** The interface that the answer to a packet comes in by; none where the node itself gives it. */
function answersBy(node: Namespace, { disposition, after, out }: Hop): { iif: string | undefined; why: string } {
  const iif = out?.port ?? out?.device;
  if (iif !== undefined || disposition === 'delivered') return { iif, why: '' };
  const { device, why } = interfaceTowards(node, after.daddr);
  return { iif: device, why: `, ${why},` };
}

function replyTo({ after }: Hop): Packet {
  const { family, saddr, daddr, sport, dport, protocol, icmp } = after;
  return {
    family,
    saddr: daddr,
    daddr: saddr,
    protocol,
    ttl: 64,
    tos: after.tos,
    mark: 0,
    ...(hasPorts(protocol) && dport !== undefined && { sport: dport }),
    ...(hasPorts(protocol) && sport !== undefined && { dport: sport }),
    ...(protocol === TCP && { tcp: { flags: TCP_FLAG.SYN | TCP_FLAG.ACK } }),
    ...(icmp && { icmp: { ...icmp, type: family === 'ip' ? 0 : 129 } }),
  };
}
