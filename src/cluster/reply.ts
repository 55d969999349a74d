import { formatEndpoint } from '../net/address.ts';
import { hasPorts, ICMP, ICMPV6, type Packet, TCP, TCP_FLAG } from '../net/packet.ts';
import type { Hop, Step } from '../walk/trace.ts';
import type { AnsweredAnswer } from './answer.ts';
import type { Fate } from './fate.ts';
import type { Start } from './journey.ts';
import { interfaceTowards } from './towards.ts';

/** What comes back because of a packet, and from where. */
export interface Back {
  readonly start: Start;
  /** How it starts, as an assumption. */
  readonly what: string;
  /** An ICMP error or a reset, where the packet was turned away. */
  readonly error: boolean;
}

/** The answer of whoever got the packet, else what the host that turned it away sends; undefined: nobody answers. */
export function backOf(fate: Fate): Back | undefined {
  const { last, delivered } = fate;
  const { host, walked, refusal } = last;
  const { hop } = walked;
  if (!delivered) {
    const made = hop.answers.find(({ packet }) => !isRedirect(packet));
    const error =
      fate.disposition === 'neighbour-unreachable'
        ? walked.unreachable()
        : fate.disposition === 'refused'
          ? refusal
          : made;
    if (!error || 'kind' in error) return undefined;
    const { attached, packet } = error;
    const start = { host, packet, ...(attached && { attached }) };
    return { start, what: `${host.name} sends ${error.what}`, error: true };
  }
  const packet = replyTo(hop.after);
  if (hop.disposition === 'delivered')
    return { start: { host, packet }, what: `the answer is sent by ${host.name} with ttl 64`, error: false };
  const { iif, why } = comesBackBy(fate, hop);
  return {
    start: { host, packet: { ...packet, iif } },
    what: `the answer comes in by ${iif}${why} with ttl 64`,
    error: false,
  };
}

function comesBackBy({ last }: Fate, hop: Hop): { iif: string; why: string } {
  const iif = (last.next?.kind === 'behind' ? last.next.port : undefined) ?? bridgePort(hop.steps) ?? hop.out?.device;
  if (iif !== undefined) return { iif, why: '' };
  const { device, why } = interfaceTowards(last.host.namespace, hop.after.daddr);
  return { iif: device, why: `, ${why},` };
}

const bridgePort = (steps: readonly Step[]): string | undefined => {
  const step = steps.findLast(found => found.kind === 'bridge');
  return step?.kind === 'bridge' && step.to === 'port' ? step.port : undefined;
};

const isRedirect = ({ family, icmp }: Packet): boolean => icmp?.type === (family === 'ip' ? 5 : 137);

/** The first packet of an answer: SYN and ACK of TCP, the reply to an echo. */
function replyTo(packet: Packet): Packet {
  const { family, saddr, daddr, sport, dport, protocol, icmp, tos } = packet;
  const echo = icmp && (protocol === ICMP ? { ...icmp, type: 0 } : protocol === ICMPV6 ? { ...icmp, type: 129 } : icmp);
  return {
    family,
    saddr: daddr,
    daddr: saddr,
    protocol,
    ttl: 64,
    tos,
    mark: 0,
    ...(hasPorts(protocol) && dport !== undefined && { sport: dport }),
    ...(hasPorts(protocol) && sport !== undefined && { dport: sport }),
    ...(protocol === TCP && { tcp: { flags: TCP_FLAG.SYN | TCP_FLAG.ACK } }),
    ...(echo && { icmp: echo }),
  };
}

/** `the sender`, where it was not captured. */
export const nameOfSender = ({ packet, host }: Start): string => (packet.iif === undefined ? host.name : 'the sender');

/** Where a packet ended up that was to reach this port of whoever asked; undefined: it did. */
export function strays(asked: Start, port: number | undefined, back: Fate): string | undefined {
  const { hop } = back.last.walked;
  const { daddr, dport } = hop.after;
  const at = back.last.host;
  const elsewhere =
    asked.packet.iif === undefined
      ? at !== asked.host || hop.disposition !== 'delivered'
      : hop.disposition === 'delivered' && at.kind === 'node';
  if (daddr === asked.packet.saddr && dport === port && !elsewhere) return undefined;
  const end = formatEndpoint(daddr, dport);
  return hop.disposition === 'delivered' ? `${at.name}, ${end}` : end;
}

/**
 * What the sender makes of what came back: only an answer from whom it asked, to the port it asked from, is one.
 * `anyPort`: the answer's own port is free.
 */
export function judgeAnswer(asked: Start, back: Fate, anyPort = false): AnsweredAnswer {
  const { packet: sent } = asked;
  const { saddr, sport } = back.last.walked.hop.after;
  const who = nameOfSender(asked);
  if (!back.delivered) return { accepted: false, text: `the answer does not come back: ${back.journey.reason}` };
  const where = strays(asked, sent.sport, back);
  if (where !== undefined)
    return { accepted: false, text: `the answer ends up at ${where}, where nobody waits for it` };
  const expected = formatEndpoint(sent.daddr, sent.dport);
  if (saddr === sent.daddr && (anyPort || sport === sent.dport))
    return { accepted: true, text: `${who} gets its answer from ${expected}, whom it asked` };
  const what = sent.protocol === TCP ? 'its kernel rejects that with RST' : 'it will not take that';
  return {
    accepted: false,
    text: `${who} asked ${expected} and gets an answer from ${formatEndpoint(saddr, sport)}: ${what}`,
  };
}
