import type { Direction } from '../../model/conntrack.ts';
import type { SctpHeader } from '../../net/packet.ts';
import { CHUNK, nextSctpState, type SctpState } from './sctp.ts';
import { otherDirection } from './tuple.ts';

/** What conntrack knows of an SCTP association (struct ip_ct_sctp). */
export interface SctpTracking {
  state: SctpState;
  /** Verification tags; undefined where a packet's was not told, or of a captured connection: then all are right. */
  tags: Record<Direction, number> | undefined;
  /** Who sent an INIT that is not answered yet. */
  init: Record<Direction, boolean>;
  /** A HEARTBEAT with another tag came from this side. */
  heartbeatFailed: Direction | undefined;
}

export type SctpVerdict = 'accept' | 'assure' | 'invalid';

export const capturedSctp = (state: SctpState): SctpTracking => ({
  state,
  tags: undefined,
  init: { original: false, reply: false },
  heartbeatFailed: undefined,
});

const FIRST: ReadonlySet<number> = new Set([CHUNK.COOKIE_ACK, CHUNK.COOKIE_ECHO]);
const ALONE: ReadonlySet<number> = new Set([CHUNK.INIT, CHUNK.INIT_ACK, CHUNK.SHUTDOWN_COMPLETE]);
/** Chunks that say for themselves which tag they take. */
const TAGGED: ReadonlySet<number> = new Set([
  CHUNK.INIT,
  CHUNK.ABORT,
  CHUNK.SHUTDOWN_ACK,
  CHUNK.SHUTDOWN_COMPLETE,
  CHUNK.COOKIE_ECHO,
  CHUNK.HEARTBEAT,
  CHUNK.HEARTBEAT_ACK,
]);
const ENDS: ReadonlySet<number> = new Set([CHUNK.ABORT, CHUNK.SHUTDOWN_COMPLETE, CHUNK.COOKIE_ACK]);

/** do_basic_checks: at least one chunk, cookies in front, INIT and its like by themselves. */
function isWellFormed(chunks: readonly number[]): boolean {
  let alone = false;
  return (
    chunks.length > 0 &&
    chunks.every((chunk, i) => {
      alone ||= ALONE.has(chunk);
      return i === 0 || !(alone || FIRST.has(chunk));
    })
  );
}

/** Of an association's first packet; undefined: none begins with it (sctp_new). */
export function beginSctp(header: SctpHeader): SctpTracking | undefined {
  const { chunks, tag, initTag = 0 } = header;
  if (!isWellFormed(chunks) || chunks.some(chunk => ENDS.has(chunk))) return undefined;
  const sctp: SctpTracking = { ...capturedSctp('NONE'), ...(tag !== undefined && { tags: { original: 0, reply: 0 } }) };
  for (const chunk of chunks) {
    const state = nextSctpState('original', chunk, 'NONE');
    if (state === 'NONE' || state === 'invalid' || (chunk === CHUNK.INIT && tag)) return undefined;
    if (!sctp.tags || tag === undefined) continue;
    if (chunk === CHUNK.INIT) sctp.tags.reply = initTag;
    if (chunk === CHUNK.HEARTBEAT) sctp.tags.original = tag;
    if (chunk === CHUNK.SHUTDOWN_ACK) sctp.tags.reply = tag;
  }
  const { verdict, sctp: tracking } = advanceSctp(sctp, 'original', header);
  return verdict === 'invalid' ? undefined : tracking;
}

/** Takes an association on by one packet (nf_conntrack_sctp_packet). What its first chunks did stays, even if it is invalid. */
export function advanceSctp(
  old: SctpTracking,
  direction: Direction,
  header: SctpHeader,
): { readonly verdict: SctpVerdict; readonly sctp: SctpTracking } {
  const { chunks, tag } = header;
  const tags = tag === undefined || !old.tags ? undefined : { ...old.tags };
  const sctp: SctpTracking = { ...old, tags, init: { ...old.init } };
  const invalid = { verdict: 'invalid', sctp } as const;
  if (!isWellFormed(chunks)) return invalid;
  if (tags && tag !== tags[direction] && !chunks.some(chunk => TAGGED.has(chunk))) return invalid;
  let verdict: SctpVerdict = 'accept';
  let passedOver = false;
  for (const chunk of chunks) {
    const tagged = tags && tag !== undefined ? judgeTag(sctp, tags, direction, chunk, header, tag) : 'right';
    if (tagged === 'wrong') return invalid;
    if (tagged === 'another') {
      if (passedOver || chunks.includes(CHUNK.DATA) || !believes(sctp, direction, chunk)) return invalid;
      passedOver = chunk === CHUNK.HEARTBEAT;
      if (passedOver) continue;
      if (tags && tag !== undefined) Object.assign(tags, { [direction]: tag, [otherDirection(direction)]: 0 });
    }
    const before = sctp.state;
    const next = nextSctpState(direction, chunk, before);
    if (next === 'invalid') return invalid;
    if (!noteInit(sctp, direction, chunk, header)) return invalid;
    sctp.state = next;
    if (next === 'ESTABLISHED' && before !== next) verdict = 'assure';
  }
  return { verdict, sctp };
}

/** RFC 4960, 8.5.1, as the kernel reads it. */
function judgeTag(
  sctp: SctpTracking,
  tags: Record<Direction, number>,
  direction: Direction,
  chunk: number,
  { reflectsTag = false }: SctpHeader,
  tag: number,
): 'right' | 'wrong' | 'another' {
  const other = otherDirection(direction);
  const right = (isRight: boolean) => (isRight ? 'right' : 'wrong');
  switch (chunk) {
    case CHUNK.INIT:
      return right(tag === 0);
    case CHUNK.ABORT:
    case CHUNK.SHUTDOWN_COMPLETE:
      return right(tag === tags[reflectsTag ? other : direction]);
    case CHUNK.COOKIE_ECHO:
      return right(tag === tags[direction]);
    case CHUNK.COOKIE_ACK:
      sctp.init = { original: false, reply: false };
      return 'right';
    case CHUNK.HEARTBEAT:
    case CHUNK.HEARTBEAT_ACK:
      break;
    default:
      return 'right';
  }
  if (tags[direction] === 0) tags[direction] = tag;
  else if (tag === tags[direction]) sctp.heartbeatFailed = undefined;
  else return 'another';
  return 'right';
}

/** A HEARTBEAT with another tag is let through and noted; its answer from the other side proves it. */
function believes(sctp: SctpTracking, direction: Direction, chunk: number): boolean {
  if (chunk === CHUNK.HEARTBEAT) {
    sctp.heartbeatFailed = direction;
    return true;
  }
  if (sctp.heartbeatFailed !== otherDirection(direction)) return false;
  sctp.heartbeatFailed = undefined;
  return true;
}

/** The tag that an INIT or its answer asks for. False: the answer is to another INIT. */
function noteInit(sctp: SctpTracking, direction: Direction, chunk: number, { initTag }: SctpHeader): boolean {
  const { tags, init, state } = sctp;
  if (!tags || initTag === undefined) return true;
  const other = otherDirection(direction);
  if (chunk === CHUNK.INIT) {
    if (state === 'NONE' || tags[other] !== initTag) {
      if (init[direction] && init[other]) init[other] = false;
      init[direction] = true;
    }
    tags[other] = initTag;
  }
  if (chunk === CHUNK.INIT_ACK) {
    const isOther = tags[other] !== initTag;
    if (isOther && ((!init[other] && tags[other] !== 0) || (init[direction] && init[other]))) return false;
    tags[other] = initTag;
  }
  return true;
}
