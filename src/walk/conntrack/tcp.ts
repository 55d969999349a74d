import type { Direction } from '../../model/conntrack.ts';
import { TCP_FLAG } from '../../net/packet.ts';

/** States of nf_conntrack_proto_tcp.c by the names that `conntrack -L` prints. */
export const TCP_STATES = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
] as const;
export type TcpState = (typeof TCP_STATES)[number];
/** The kernel's sIV (invalid) and sIG (let through, nothing changes). */
export type TcpStep = TcpState | 'invalid' | 'ignore';

const SHORT: Readonly<Record<string, TcpStep>> = {
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  ES: 'ESTABLISHED',
  FW: 'FIN_WAIT',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  S2: 'SYN_SENT2',
  IV: 'invalid',
  IG: 'ignore',
};
const row = (text: string): readonly TcpStep[] => text.split(' ').map(short => SHORT[short] ?? 'invalid');

/** tcp_conntracks: what a packet of a kind makes of each state, in the order of TCP_STATES. */
const TABLE = {
  original: {
    syn: row('SS SS IG IG IG IG IG SS SS S2'),
    synack: row('IV IV SR IV IV IV IV IV IV SR'),
    fin: row('IV IV FW FW LA LA LA TW CL IV'),
    ack: row('ES IV ES ES CW CW TW TW CL IV'),
    rst: row('IV CL CL CL CL CL CL CL CL CL'),
    none: row('IV IV IV IV IV IV IV IV IV IV'),
  },
  reply: {
    syn: row('IV S2 IV IV IV IV IV SS IV S2'),
    synack: row('IV SR IG IG IG IG IG IG IG SR'),
    fin: row('IV IV FW FW LA LA LA TW CL IV'),
    ack: row('IV IG SR ES CW CW TW TW CL IG'),
    rst: row('IV CL CL CL CL CL CL CL CL CL'),
    none: row('IV IV IV IV IV IV IV IV IV IV'),
  },
} as const;

export type TcpKind = keyof (typeof TABLE)['original'];

const { FIN, SYN, RST, ACK, URG, PSH, ECE, CWR } = TCP_FLAG;
/** Combinations that conntrack takes; ECE, CWR and PSH do not count (tcp_valid_flags). */
const VALID = new Set([SYN, SYN | URG, SYN | ACK, RST, RST | ACK, FIN | ACK, FIN | ACK | URG, ACK, ACK | URG]);

export const validFlags = (flags: number): boolean => VALID.has(flags & ~(ECE | CWR | PSH) & 0xff);

export function kindOf(flags: number): TcpKind {
  if (flags & RST) return 'rst';
  if (flags & SYN) return flags & ACK ? 'synack' : 'syn';
  if (flags & FIN) return 'fin';
  return flags & ACK ? 'ack' : 'none';
}

export function nextState(direction: Direction, kind: TcpKind, state: TcpState): TcpStep {
  return TABLE[direction][kind][TCP_STATES.indexOf(state)] ?? 'invalid';
}

export const tcpStateOf = (printed: string | undefined): TcpState | undefined =>
  TCP_STATES.find(state => state === printed);
