import { InputError } from '../model/source.ts';
import { formatEndpoint } from '../net/address.ts';
import { TCP, UDP } from '../net/packet.ts';
import type { MachineOptions } from '../walk/machine.ts';
import type { AnsweredAnswer, AssumptionAnswer, Outcome, TraceAnswer } from './answer.ts';
import { type App, appAnswer, PROTOCOLS, type Transfer } from './app/app.ts';
import { judgeMedia } from './app/media.ts';
import { type AppProtocol, DATA_PORT } from './app/protocol.ts';
import type { Cluster } from './cluster.ts';
import { countsAsDelivered, type Fate } from './fate.ts';
import { awaited, type Start } from './journey.ts';
import { answerOf } from './outcome.ts';
import { buildPacket } from './packet.ts';
import { choosePlace } from './place.ts';
import { type Back, backOf, judgeAnswer, nameOfSender, strays } from './reply.ts';
import { checkRequest, type TraceRequest } from './request.ts';
import { Session } from './session.ts';
import { type Ways, walkAll } from './ways.ts';

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
  const packet = place.iif === undefined ? built.packet : { ...built.packet, iif: place.iif };
  const start: Start = { host: place.host, packet, ...(request.ct !== undefined && { assumeState: request.ct }) };
  const session = Session.of(options.machine);
  const assumptions = [...cluster.changes, ...place.assumptions, ...built.assumptions];
  const { kind, namespace } = place.host;
  if (kind === 'node' && !namespace.ruleset.tables.some(({ family }) => family === packet.family))
    assumptions.push({
      what: `there are no ${packet.family === 'ip' ? 'iptables' : 'ip6tables'} rules: none were captured`,
      change: `-f a file with the output of \`${packet.family === 'ip' ? 'iptables-save' : 'ip6tables-save'}\``,
    });
  const all = walkAll(cluster, session, start);
  const ways = request.endpoint ? pin(all, request.endpoint) : all;
  const left = all.folded.outcomes.length - ways.folded.outcomes.length;
  if (left > 0)
    assumptions.push({ what: `the endpoint; without it there are ${left} outcomes more`, change: '--endpoint' });
  const answer = answerOf(cluster, start, ways, assumptions, options.version);
  return request.reply || request.app ? withReply(cluster, start, ways, answer, options, request.app) : answer;
}

/** How many outcomes are asked what becomes of their answer. */
const MAX_ANSWERED = 32;

/** Walks the answer of each outcome back; the one of the first that delivered is told whole. */
function withReply(
  cluster: Cluster,
  start: Start,
  ways: Ways,
  answer: TraceAnswer,
  { version }: TraceOptions,
  app: App | undefined,
): TraceAnswer {
  const protocol = app && PROTOCOLS[app];
  const fates = ways.folded.outcomes.map(({ value }) => value);
  const told = fates.find(({ delivered }) => delivered) ?? fates[0];
  const outcomes: Outcome[] = [];
  let reply: TraceAnswer | undefined;
  let transfer: Transfer | undefined;
  for (const [i, outcome] of answer.outcomes.entries()) {
    const fate = fates[i];
    const answering = fate && i < MAX_ANSWERED ? backOf(fate) : undefined;
    const back = answering && !answering.error && protocol ? protocol.answer(answering) : answering;
    // What a host sends to itself its program learns as an error: nothing is on any wire.
    if (!fate || !back || (back.error && back.start.packet.saddr === back.start.packet.daddr)) {
      outcomes.push(outcome);
      continue;
    }
    const walked = walkAll(cluster, fate.session, { ...back.start, ...waitsFor(start, start.packet.sport) });
    if (fate === told) reply = answerOf(cluster, back.start, walked, [assumed(back)], version);
    const judged = walked.folded.outcomes.map(({ value }) =>
      judge(cluster, { asked: start, fate, answering: back.start }, value, protocol),
    );
    const answered = judged.find(({ accepted }) => !accepted) ?? judged[0];
    const [data] = walked.folded.outcomes;
    if (fate === told && !back.error && answered && data) transfer = { data: data.value, answered };
    outcomes.push(answered && !back.error ? { ...outcome, answered } : outcome);
  }
  const about = app && told && { app: appAnswer(app, cluster, told, transfer) };
  if (reply) return { ...answer, outcomes, reply, ...about };
  const nothing = { what: 'nobody answers: the packet is not delivered', change: '--reply' };
  return { ...answer, outcomes, assumptions: [...answer.assumptions, nothing] };
}

/** What the sender makes of an answer, and what becomes of what it sends because of it. */
function judge(
  cluster: Cluster,
  { asked, fate, answering }: { readonly asked: Start; readonly fate: Fate; readonly answering: Start },
  back: Fate,
  protocol: AppProtocol | undefined,
): AnsweredAnswer {
  const answered = judgeAnswer(asked, back, protocol?.anyPort);
  if (!protocol || !answered.accepted) return answered;
  if (protocol.mediaPorts)
    return judgeMedia(cluster, { asked, invite: fate, answering, answer: back, ports: protocol.mediaPorts }, answered);
  const onward = protocol.onward(asked, back);
  const start =
    onward && protocol.connects ? { ...onward, awaited: awaited(fate.last.host, onward.packet, DATA_PORT) } : onward;
  const sent = start && walkAll(cluster, back.session, start).folded.outcomes[0]?.value;
  const judged = protocol.judge(fate, start && sent && { start, fate: sent }, answered);
  const answer = judged.accepted && sent ? backOf(sent) : undefined;
  if (!start || !sent || !answer) return judged;
  if (protocol.connection) return judgeConnection(cluster, asked, sent, protocol.connection(sent, answer), judged);
  if (!protocol.connects) return judged;
  const [last] = walkAll(cluster, sent.session, answer.start).folded.outcomes;
  const data = last && judgeAnswer(start, last.value);
  return data && !data.accepted ? { accepted: false, text: `the data connection: ${data.text}` } : judged;
}

/** The server's own connection must reach the client, and the client's answer the server. */
function judgeConnection(
  cluster: Cluster,
  asked: Start,
  sent: Fate,
  { start, port }: Back & { readonly port: number },
  login: AnsweredAnswer,
): AnsweredAnswer {
  const made = walkAll(cluster, sent.session, { ...start, ...waitsFor(asked, port) }).folded.outcomes.map(
    ({ value }) => value,
  );
  const from = formatEndpoint(start.packet.saddr, start.packet.sport);
  const refused = (why: string) => ({
    accepted: false,
    text: `the login works, but the data connection of the server, from ${from}, ${why}`,
  });
  for (const data of made) {
    if (!data.delivered) return refused(`does not reach the client: ${data.journey.reason}`);
    const where = strays(asked, port, data);
    if (where !== undefined) return refused(`ends up at ${where}`);
    const answer = backOf(data);
    const back = answer && walkAll(cluster, data.session, answer.start).folded.outcomes[0]?.value;
    const answered = back && judgeAnswer(start, back);
    if (answered && !answered.accepted) return refused(`gets no answer: ${answered.text}`);
  }
  return { accepted: true, text: `${login.text}; the data connection of the server reaches ${nameOfSender(asked)}` };
}

/** The port of the sender that waits for what comes back. */
const waitsFor = ({ host, packet }: Start, port: number | undefined): Pick<Start, 'awaited'> =>
  packet.iif === undefined && port !== undefined && (packet.protocol === TCP || packet.protocol === UDP)
    ? { awaited: awaited(host, packet, port) }
    : {};

const assumed = ({ what }: Back): AssumptionAnswer => ({ what, change: 'no flag' });

/**
 * Exit code of an answer: 3 undecided, 1 not delivered in some or all outcomes, or the sender would not take an answer
 * that was walked back, 0 delivered in every one.
 */
export function exitCodeOf({ outcomes, unknowns }: TraceAnswer): 0 | 1 | 3 {
  if (unknowns.some(({ decidesDelivery }) => decidesDelivery)) return 3;
  if (outcomes.length === 0 || outcomes.some(({ disposition }) => disposition === 'undecided')) return 3;
  const good = ({ disposition, answered }: Outcome) => countsAsDelivered(disposition) && answered?.accepted !== false;
  return outcomes.every(good) ? 0 : 1;
}

/** Keeps the outcomes in which this endpoint answers, and makes them the whole. */
function pin({ folded, ...rest }: Ways, endpoint: NonNullable<TraceRequest['endpoint']>): Ways {
  const { outcomes, unknowns } = folded;
  const kept = outcomes.filter(({ value }) => {
    const { daddr, dport } = endOf(value);
    return daddr === endpoint.address && (endpoint.port === undefined || endpoint.port === dport);
  });
  const name = formatEndpoint(endpoint.address, endpoint.port);
  if (kept.length === 0) {
    const ends = outcomes.map(({ value }) => formatEndpoint(endOf(value).daddr, endOf(value).dport));
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
  return { ...rest, folded: { outcomes: scaled, unknowns: left } };
}

const endOf = ({ last }: Fate) => last.walked.hop.after;
