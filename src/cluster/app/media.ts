import { formatEndpoint } from '../../net/address.ts';
import { type Offer, type Packet, UDP } from '../../net/packet.ts';
import type { AnsweredAnswer, MediaAnswer } from '../answer.ts';
import type { Cluster } from '../cluster.ts';
import type { Fate } from '../fate.ts';
import { endpointAnswer } from '../hop.ts';
import { awaited, type Start } from '../journey.ts';
import { nameOfSender, strays } from '../reply.ts';
import type { Session } from '../session.ts';
import { walkAll } from '../ways.ts';
import type { MediaPorts } from './protocol.ts';

/** A call whose answer came back: what the caller sent, how it and the answer went, and from where the callee answered. */
export interface Call {
  readonly asked: Start;
  readonly invite: Fate;
  readonly answering: Start;
  readonly answer: Fate;
  readonly ports: MediaPorts;
}

/** A stream goes on: what its first packet did not reach the second may, once the other side's has passed. */
const ROUNDS = 2;

/**
 * Walks RTP of both sides to what the other's SDP names as it arrived. The callee may send with its answer (RFC 3264), but
 * which side's packet is first at a node is chance: both orders are walked, and both must work.
 */
export function judgeMedia(cluster: Cluster, call: Call, answered: AnsweredAnswer): AnsweredAnswer {
  const { asked, answering, invite, answer, ports } = call;
  const toCaller = offerIn(invite);
  const toCallee = offerIn(answer);
  if (!toCaller || !toCallee) return { accepted: false, text: `${answered.text}, but no address for the media` };
  const caller = nameOfSender(asked);
  const fromCallee: Stream = {
    from: 'callee',
    start: { ...rtp(answering, ports.callee, toCaller), ...waiting(asked, ports.caller) },
    arrives: fate => strays(asked, ports.caller, fate),
    words: `RTP of the callee to ${nameOf(toCaller)}`,
    receiver: caller,
  };
  const callee = invite.last;
  const own = rtp(asked, ports.caller, toCallee);
  const fromCaller: Stream = {
    from: 'caller',
    start: { ...own, awaited: awaited(callee.host, own.packet, ports.callee) },
    arrives({ last }) {
      const { daddr, dport } = last.walked.hop.after;
      const isThere = last.host === callee.host && daddr === callee.walked.hop.after.daddr && dport === ports.callee;
      return isThere ? undefined : `${last.host.name}, ${formatEndpoint(daddr, dport)}`;
    },
    words: `RTP of ${caller} to ${nameOf(toCallee)}`,
    receiver: 'the callee',
  };
  const early = talk(cluster, answer.session, [fromCallee, fromCaller]);
  const late = talk(cluster, answer.session, [fromCaller, fromCallee]).toReversed();
  const media = [...early, ...late];
  const accepted = media.every(({ arrives }) => arrives);
  const verdict = accepted ? answered.text : 'the call is set up, but not all media arrive';
  const words = early.map(({ text }, i) => {
    const other = late[i]?.text;
    return other === text || other === undefined ? text : `${text} (if the first RTP is ${caller}'s: ${other})`;
  });
  return { accepted, text: [verdict, ...words].join('; '), media };
}

function talk(cluster: Cluster, begin: Session, streams: readonly [Stream, Stream]): readonly MediaAnswer[] {
  const [{ from: first }] = streams;
  const heard = new Map<MediaAnswer['from'], MediaAnswer>();
  let session = begin;
  for (let round = 0; round < ROUNDS; round++)
    for (const stream of streams) {
      const walked = walkStream(cluster, session, stream);
      session = walked.session;
      if (heard.get(stream.from)?.arrives !== true) heard.set(stream.from, { first, ...walked.media });
    }
  return [...heard.values()];
}

interface Stream {
  readonly from: MediaAnswer['from'];
  readonly start: Start;
  /** Where it strays to; undefined: to whom it is meant for. */
  arrives(fate: Fate): string | undefined;
  readonly words: string;
  readonly receiver: string;
}

/** The first way on which it does not arrive, else the first. */
function walkStream(
  cluster: Cluster,
  session: Session,
  { from, start, arrives, words, receiver }: Stream,
): { readonly session: Session; readonly media: Omit<MediaAnswer, 'first'> } {
  const fates = walkAll(cluster, session, start).folded.outcomes.map(({ value }) => value);
  const fate = fates.find(one => !one.delivered || arrives(one) !== undefined) ?? fates[0];
  const { daddr, dport } = start.packet;
  const to = endpointAnswer({ address: daddr, ...(dport !== undefined && { port: dport }) });
  if (!fate) return { session, media: { from, to, arrives: false, text: `${words} was not walked` } };
  const strayed = fate.delivered ? arrives(fate) : undefined;
  const { saddr, sport } = fate.last.walked.hop.after;
  const media =
    fate.delivered && strayed === undefined
      ? {
          ...{ from, to, arrives: true, text: `${words} reaches ${receiver} from ${formatEndpoint(saddr, sport)}` },
          sourceSeen: endpointAnswer({ address: saddr, ...(sport !== undefined && { port: sport }) }),
        }
      : {
          ...{ from, to, arrives: false },
          text: `${words} does not reach ${receiver}: ${strayed === undefined ? fate.journey.reason : `it ends up at ${strayed}`}`,
        };
  return { session: fate.session, media };
}

function rtp(by: Start, sport: number, { address, port }: Required<Offer>): Start {
  const { host, packet } = by;
  const { family, saddr, iif } = packet;
  const sent: Packet = {
    ...{ family, saddr, daddr: address, protocol: UDP, sport, dport: port, ttl: 64, tos: 0, mark: 0 },
    ...(iif !== undefined && { iif }),
  };
  return { host, packet: sent, ...(by.attached && { attached: by.attached }) };
}

const waiting = ({ host, packet }: Start, port: number): Pick<Start, 'awaited'> =>
  packet.iif === undefined ? { awaited: awaited(host, packet, port) } : {};

const nameOf = ({ address, port }: Required<Offer>): string => formatEndpoint(address, port);

/** What SDP says as its message arrived. */
function offerIn({ last }: Fate): Required<Offer> | undefined {
  const { request } = last.walked.hop.after;
  if (typeof request !== 'object' || request.address === undefined) return undefined;
  return { address: request.address, port: request.port };
}
