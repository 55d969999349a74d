import { type Address, formatAddress, formatEndpoint, parseAddress } from '../../src/net/address.ts';
import { hasPorts, ICMP, ICMPV6, type Packet, TCP, TCP_FLAG, UDP } from '../../src/net/packet.ts';
import type { ErrorFrame, Journey, LabDocument, RecordedTuple } from './document.ts';

const NAMES = new Map([
  ['udp', UDP],
  ['tcp', TCP],
  ['icmp', ICMP],
  ['icmpv6', ICMPV6],
]);
const FLAGS = [
  ['F', TCP_FLAG.FIN],
  ['S', TCP_FLAG.SYN],
  ['R', TCP_FLAG.RST],
  ['P', TCP_FLAG.PSH],
  ['A', TCP_FLAG.ACK],
] as const;

/** What the lab sends to this port are requests. */
const TFTP = 69;

/** The observer's `udp 10.0.0.1:40000 > 10.96.0.10:80`; what the text does not tell is as the lab's probes are. */
export function parsePacket(text: string): Packet | undefined {
  const [protocolText = '', source = '', arrow, destination = '', ...rest] = text.split(' ');
  const protocol = NAMES.get(protocolText) ?? Number(protocolText);
  const from = endpoint(source);
  const to = endpoint(destination);
  if (arrow !== '>' || !from || !to || !Number.isInteger(protocol)) return undefined;
  const base: Packet = {
    family: typeof from.address === 'number' ? 'ip' : 'ip6',
    saddr: from.address,
    daddr: to.address,
    protocol,
    ttl: 64,
    tos: 0,
    mark: 0,
    ...(from.port !== undefined && { sport: from.port }),
    ...(to.port !== undefined && { dport: to.port }),
  };
  if (rest[0] === 'type' && rest[2] === 'code')
    return { ...base, icmp: { type: Number(rest[1]), code: Number(rest[3]) } };
  if (protocol === UDP && to.port === TFTP) return { ...base, request: 'tftp' };
  return protocol === TCP ? { ...base, tcp: { flags: parseFlags(rest[0] ?? '') } } : base;
}

export function formatPacket(packet: Packet): string {
  const name = [...NAMES].find(([, protocol]) => protocol === packet.protocol)?.[0] ?? String(packet.protocol);
  if (!hasPorts(packet.protocol)) {
    const icmp = packet.icmp ? ` type ${packet.icmp.type} code ${packet.icmp.code}` : '';
    return `${name} ${formatAddress(packet.saddr)} > ${formatAddress(packet.daddr)}${icmp}`;
  }
  const flags = formatFlags(packet.tcp?.flags ?? 0);
  const from = formatEndpoint(packet.saddr, packet.sport);
  return `${name} ${from} > ${formatEndpoint(packet.daddr, packet.dport)}${flags === '' ? '' : ` ${flags}`}`;
}

function endpoint(text: string) {
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = bracket > 0 ? bracket + 1 : text.split(':').length === 2 ? text.indexOf(':') : -1;
  const address = parseAddress(bracket > 0 ? text.slice(1, bracket) : colon < 0 ? text : text.slice(0, colon));
  if (address === undefined) return undefined;
  const port = colon < 0 ? undefined : Number(text.slice(colon + 1));
  return port === undefined || (Number.isInteger(port) && port <= 0xffff) ? { address, port } : undefined;
}

const parseFlags = (text: string): number =>
  FLAGS.reduce((sum, [letter, bit]) => (text.includes(letter) ? sum | bit : sum), 0);
const formatFlags = (flags: number): string => FLAGS.map(([letter, bit]) => (flags & bit ? letter : '')).join('');

/** The packet as it came to the node, or as the node made it. */
export function inputPacket(document: LabDocument, journey: Journey): Packet | undefined {
  const parsed = parsePacket(journey.before);
  const first = journey.steps[0];
  if (!parsed || !first) return undefined;
  const innerText = innerOf(document, journey);
  const inner = innerText === undefined ? undefined : parsePacket(innerText);
  return {
    ...withIcmpId(document, journey, parsed),
    ttl: first.ttl ?? parsed.ttl,
    mark: first.mark,
    ...(document.wrongChecksums && journey.key?.kind === 'req' && { badChecksum: true }),
    ...(inner && { inner: withIcmpId(document, journey, inner) }),
    ...(isSent(journey) ? undefined : journey.iif !== undefined && { iif: journey.iif }),
    ...(first.smac !== undefined && { link: { smac: first.smac } }),
  };
}

/** The node made it itself (a packet that came back by lo has an iif none the less). */
export const isSent = (journey: Journey): boolean =>
  journey.iif === undefined || journey.steps.some(step => step.hook === 'output');

/** The packet that an ICMP error carries: the record's, or the one of the frame that the error came in. */
export function innerOf(document: LabDocument, journey: Journey): string | undefined {
  if (journey.innerBefore !== undefined || journey.key?.kind !== 'icmp-error') return journey.innerBefore;
  const same = (frame: ErrorFrame) =>
    frame.node === journey.node && frame.packet === journey.before && frame.key.id === journey.key?.id;
  const frames = document.errorFrames.filter(same);
  const arriving = frames.find(frame => frame.direction.startsWith('in'))?.inner;
  if (document.errorFrames.length === 0) return answered(document, journey);
  return arriving ?? (isSent(journey) ? (frames[0]?.inner ?? turnedAway(document, journey)) : undefined);
}

/**
 * Of a document whose wire shows no errors whole: the last packet that went from whom the error is for to whom it comes
 * from, or past him, where he is a router.
 */
function answered(document: LabDocument, journey: Journey): string | undefined {
  const error = parsePacket(journey.before);
  const at = document.journeys.indexOf(journey);
  const sent = document.journeys
    .slice(0, at)
    .filter(earlier => earlier.node === journey.node && earlier.key?.kind !== 'icmp-error')
    .filter(earlier => parsePacket(earlier.after)?.saddr === error?.daddr);
  return (sent.findLast(earlier => parsePacket(earlier.after)?.daddr === error?.saddr) ?? sent.at(-1))?.after;
}

/** The packet with the id in the error's key, as the node last had it. */
function turnedAway(document: LabDocument, journey: Journey): string | undefined {
  const at = document.journeys.indexOf(journey);
  return document.journeys
    .slice(0, at)
    .findLast(earlier => earlier.node === journey.node && earlier.id === journey.key?.id)?.after;
}

/** The observer's texts leave out the id of an echo: it is the probe's, or what a translation made of it. */
function withIcmpId(document: LabDocument, journey: Journey, packet: Packet): Packet {
  if (!packet.icmp) return packet;
  const id = icmpIds(document, journey, packet)[0];
  return id === undefined ? packet : { ...packet, icmp: { ...packet.icmp, id } };
}

/** Candidates for the id of an echo between these addresses at this node, the likeliest first. */
function icmpIds(document: LabDocument, journey: Journey, packet: Packet): readonly number[] {
  if (!isEcho(packet)) return [];
  const probe = journey.key && document.sports.get(journey.key.id);
  const between = (tuple: RecordedTuple): number[] =>
    tuple.icmp && isSameAddress(tuple.saddr, packet.saddr) && isSameAddress(tuple.daddr, packet.daddr)
      ? [tuple.icmp.id]
      : [];
  const entries = document.everSeen.get(journey.node) ?? [];
  const own = entries.filter(entry => entry.original.icmp?.id === probe);
  const ids = [...own, ...entries].flatMap(entry => [...between(entry.original), ...between(entry.reply)]);
  return probe === undefined ? ids : ids.length > 0 ? ids : [probe];
}

export const isSameAddress = (text: string, address: Address): boolean => parseAddress(text) === address;

const isEcho = (packet: Packet): boolean =>
  packet.family === 'ip'
    ? packet.icmp?.type === 0 || packet.icmp?.type === 8
    : packet.icmp?.type === 128 || packet.icmp?.type === 129;
