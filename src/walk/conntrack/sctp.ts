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
    [1, row('CW CW CW CE ES CL CL SA CW')],
    [2, row('CL CL CW CE ES SS SR SA CL')],
    [6, row('CL CL CL CL CL CL CL CL CL')],
    [7, row('CL CL CW CE SS SS SR SA CL')],
    [8, row('SA CL CW CE ES SA SA SA SA')],
    [9, row('CL CL CW CE ES SS SR SA CL')],
    [10, row('CL CL CE CE ES SS SR SA CL')],
    [11, row('CL CL CW ES ES SS SR SA CL')],
    [14, row('CL CL CW CE ES SS SR CL CL')],
    [4, row('HS CL CW CE ES SS SR SA HS')],
    [5, row('CL CL CW CE ES SS SR SA HS')],
  ]),
  reply: new Map([
    [1, row('IV CL CW CE ES CL CL SA IV')],
    [2, row('IV CW CW CE ES CL CL SA IV')],
    [6, row('IV CL CL CL CL CL CL CL IV')],
    [7, row('IV CL CW CE SR CL SR SA IV')],
    [8, row('IV CL CW CE ES SA SA SA IV')],
    [9, row('IV CL CW CL ES CL SR SA IV')],
    [10, row('IV CL CE CE ES SS SR SA IV')],
    [11, row('IV CL CW ES ES SS SR SA IV')],
    [14, row('IV CL CW CE ES SS SR CL IV')],
    [4, row('IV CL CW CE ES SS SR SA HS')],
    [5, row('IV CL CW CE ES SS SR SA ES')],
  ]),
};

/** What a chunk makes of a state; verification tags are taken to be right. */
export function nextSctpState(direction: Direction, chunk: number, state: SctpState): SctpState | 'invalid' {
  return TABLE[direction].get(chunk)?.[SCTP_STATES.indexOf(state)] ?? state;
}

export const sctpStateOf = (printed: string | undefined): SctpState | undefined =>
  SCTP_STATES.find(state => state === printed);
