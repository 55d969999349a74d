import type { Direction } from '../../model/conntrack.ts';

/** States of nf_conntrack_proto_sctp.c by the names that `conntrack -L` prints. */
export const SCTP_STATES = [
  'NONE',
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'ESTABLISHED',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECD',
  'SHUTDOWN_ACK_SENT',
  'HEARTBEAT_SENT',
] as const;
export type SctpState = (typeof SCTP_STATES)[number];

/** Types of chunks that the state machine knows. */
export const CHUNK = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
} as const;

const SHORT: Readonly<Record<string, SctpState | 'invalid'>> = {
  CL: 'CLOSED',
  CW: 'COOKIE_WAIT',
  CE: 'COOKIE_ECHOED',
  ES: 'ESTABLISHED',
  SS: 'SHUTDOWN_SENT',
  SR: 'SHUTDOWN_RECD',
  SA: 'SHUTDOWN_ACK_SENT',
  HS: 'HEARTBEAT_SENT',
  IV: 'invalid',
};
const row = (text: string) => text.split(' ').map(short => SHORT[short] ?? 'invalid');

/** sctp_conntracks, by chunk type; chunks that are not listed (DATA, SACK) change nothing. */
const TABLE: Readonly<Record<Direction, ReadonlyMap<number, readonly (SctpState | 'invalid')[]>>> = {
  original: new Map([
    [CHUNK.INIT, row('CL CL CW CE ES CL CL SA CW')],
    [CHUNK.INIT_ACK, row('CL CL CW CE ES SS SR SA CL')],
    [CHUNK.ABORT, row('CL CL CL CL CL CL CL CL CL')],
    [CHUNK.SHUTDOWN, row('CL CL CW CE SS SS SR SA CL')],
    [CHUNK.SHUTDOWN_ACK, row('SA CL CW CE ES SA SA SA SA')],
    [CHUNK.ERROR, row('CL CL CW CE ES SS SR SA CL')],
    [CHUNK.COOKIE_ECHO, row('CL CL CE CE ES SS SR SA CL')],
    [CHUNK.COOKIE_ACK, row('CL CL CW ES ES SS SR SA CL')],
    [CHUNK.SHUTDOWN_COMPLETE, row('CL CL CW CE ES SS SR CL CL')],
    [CHUNK.HEARTBEAT, row('HS CL CW CE ES SS SR SA HS')],
    [CHUNK.HEARTBEAT_ACK, row('CL CL CW CE ES SS SR SA HS')],
  ]),
  reply: new Map([
    [CHUNK.INIT, row('IV CL CW CE ES SS SR SA IV')],
    [CHUNK.INIT_ACK, row('IV CW CW CE ES SS SR SA IV')],
    [CHUNK.ABORT, row('IV CL CL CL CL CL CL CL IV')],
    [CHUNK.SHUTDOWN, row('IV CL CW CE SR SS SR SA IV')],
    [CHUNK.SHUTDOWN_ACK, row('IV CL CW CE ES SA SA SA IV')],
    [CHUNK.ERROR, row('IV CL CW CL ES SS SR SA IV')],
    [CHUNK.COOKIE_ECHO, row('IV CL CE CE ES SS SR SA IV')],
    [CHUNK.COOKIE_ACK, row('IV CL CW ES ES SS SR SA IV')],
    [CHUNK.SHUTDOWN_COMPLETE, row('IV CL CW CE ES SS SR CL IV')],
    [CHUNK.HEARTBEAT, row('IV CL CW CE ES SS SR SA HS')],
    [CHUNK.HEARTBEAT_ACK, row('IV CL CW CE ES SS SR SA ES')],
  ]),
};

/** What a chunk makes of a state. */
export function nextSctpState(direction: Direction, chunk: number, state: SctpState): SctpState | 'invalid' {
  return TABLE[direction].get(chunk)?.[SCTP_STATES.indexOf(state)] ?? state;
}

export const sctpStateOf = (printed: string | undefined): SctpState | undefined =>
  SCTP_STATES.find(state => state === printed);
