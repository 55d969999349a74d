import type { Effect } from '../../model/effect.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import { type Packet, SCTP, TCP } from '../../net/packet.ts';
import { withoutOptions } from '../../net/tcp-options.ts';
import type { DccpOption, Exthdr, IpOption, Reset, SctpChunk, TcpOption } from '../schema.ts';
import { type Answer, BREAK, type Evaluate } from './value.ts';

const TCP_OPTIONS: Readonly<Record<string, number>> = {
  eol: 0,
  nop: 1,
  maxseg: 2,
  window: 3,
  'sack-perm': 4,
  'sack-permitted': 4,
  sack: 5,
  sack0: 5,
  sack1: 5,
  sack2: 5,
  sack3: 5,
  timestamp: 8,
  mptcp: 30,
  fastopen: 34,
  md5sig: 19,
};

const numberOf = (name: string): number | undefined => {
  if (Object.hasOwn(TCP_OPTIONS, name)) return TCP_OPTIONS[name];
  return /^\d+$/.test(name) ? Number(name) : undefined;
};

/** nft_exthdr_tcp_strip_eval: of a packet that does not carry the option nothing changes, of another protocol the rule ends. */
export function compileReset({ option }: Reset): (packet: Packet) => Effect | Unknown | typeof BREAK {
  const kind = option.kind === 'tcp option' ? numberOf(option.name) : undefined;
  return ({ protocol, tcp, fragment }) => {
    if (protocol !== TCP || fragment === 'later') return BREAK;
    if (kind === undefined) return unknown('which TCP option is taken out is not understood');
    if (!tcp) return { kind: 'note', text: 'a TCP option is taken out, if there is one' };
    return { kind: 'changes', changes: [{ kind: 'tcp', header: withoutOptions(tcp, [kind]) }] };
  };
}

/** Without a field: whether the packet carries it, which another packet does not. Else its fields break (nft_exthdr.c). */
export function compileTcpOption({ name, field }: TcpOption): Evaluate {
  const kind = numberOf(name);
  return ({ protocol, tcp, fragment }) => {
    if (protocol !== TCP || fragment === 'later') return exists(false, field);
    if (kind === 2 && field === 'size') return tcp?.mss === null ? BREAK : (tcp?.mss ?? notKnown(name));
    const carries = tcp?.options && kind !== undefined ? tcp.options.includes(kind) : undefined;
    if (carries === undefined)
      return kind === 2 && tcp?.mss !== undefined ? exists(tcp.mss !== null, field) : notKnown(name);
    return exists(carries, field);
  };
}

const exists = (carries: boolean, field: string | undefined): Answer =>
  field === undefined ? Number(carries) : carries ? notKnown(field) : BREAK;

const notKnown = (name: string): Answer => unknown(`the option ${name} of the packet is not known`, 'tell the packet');

const EXTENSION_HEADERS: Readonly<Record<string, number>> = {
  hbh: 0,
  rt: 43,
  rt0: 43,
  rt2: 43,
  rt4: 43,
  srh: 43,
  frag: 44,
  dst: 60,
  mh: 135,
  ah: 51,
  esp: 50,
};

/** Of IPv6; a packet of which no header was told has none. */
export function compileExthdr({ name, field }: Exthdr): Evaluate {
  const number = Object.hasOwn(EXTENSION_HEADERS, name) ? EXTENSION_HEADERS[name] : undefined;
  return packet => {
    if (packet.family !== 'ip6' || number === undefined) return exists(false, field);
    return exists(headersOf(packet).includes(number), field);
  };
}

const headersOf = ({ extensionHeaders, fragment }: Packet): readonly number[] => [
  ...(extensionHeaders ?? []),
  ...(fragment ? [44] : []),
];

/** Options of IPv4 stand behind its 20 bytes; a packet of which no byte was told has none. */
export function compileIpOption({ name, field }: IpOption): Evaluate {
  return ({ family, bytes }) => {
    if (family !== 'ip') return exists(false, field);
    if (!bytes || ((bytes[0] ?? 0) & 15) === 5) return exists(false, field);
    return notKnown(name);
  };
}

const CHUNKS: Readonly<Record<string, number>> = {
  data: 0,
  init: 1,
  'init-ack': 2,
  sack: 3,
  heartbeat: 4,
  'heartbeat-ack': 5,
  abort: 6,
  shutdown: 7,
  'shutdown-ack': 8,
  error: 9,
  'cookie-echo': 10,
  'cookie-ack': 11,
  ecne: 12,
  cwr: 13,
  'shutdown-complete': 14,
  asconf: 193,
  'asconf-ack': 128,
  'forward-tsn': 192,
};

export function compileSctpChunk({ name, field }: SctpChunk): Evaluate {
  const type = Object.hasOwn(CHUNKS, name) ? CHUNKS[name] : undefined;
  return ({ protocol, sctp, fragment }) => {
    if (protocol !== SCTP || fragment === 'later') return exists(false, field);
    if (!sctp || type === undefined) return notKnown(name);
    return exists(sctp.chunks.includes(type), field);
  };
}

export const compileDccpOption =
  ({ option }: DccpOption): Evaluate =>
  () =>
    notKnown(`${option}`);
