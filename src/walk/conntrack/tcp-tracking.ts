import type { Direction } from '../../model/conntrack.ts';
import type { TcpHeader, TcpSegment } from '../../net/packet.ts';
import { kindOf, nextState, type TcpKind, type TcpState, validFlags } from './tcp.ts';
import { before, emptySide, endOf, firstSide, inWindow, readOptions, type TcpSide } from './tcp-window.ts';
import { otherDirection } from './tuple.ts';

/** The last segment that was let through, as far as it was noted (last_index, last_dir and so on of struct ip_ct_tcp). */
export interface LastSegment {
  readonly direction: Direction;
  readonly kind: TcpKind;
  readonly seq: number;
  readonly ack: number;
  readonly end: number;
  readonly window: number;
  /** Of a SYN that was ignored. */
  readonly scale: number;
  readonly isScaled: boolean;
  readonly isSackPermitted: boolean;
}

const NOTHING_YET: LastSegment = {
  direction: 'original',
  kind: 'none',
  seq: 0,
  ack: 0,
  end: 0,
  window: 0,
  scale: 0,
  isScaled: false,
  isSackPermitted: false,
};

/** What conntrack knows of a TCP connection (struct ip_ct_tcp). */
export interface TcpTracking {
  state: TcpState;
  last: LastSegment;
  /** A side began to close it (IP_CT_TCP_FLAG_CLOSE_INIT); undefined: that was before the capture, or it was reset. */
  isClosing: boolean | undefined;
  /** Both sides sent a SYN, and a challenge ACK may come (last_flags). */
  isSimultaneous: boolean;
  expectsChallenge: boolean;
  /** Sequence numbers; undefined where a packet's were not told, or of a captured connection: then all are in window. */
  sides: Record<Direction, TcpSide> | undefined;
}

export interface TcpContext {
  readonly direction: Direction;
  readonly isReplied: boolean;
  readonly isAssured: boolean;
  /** nf_conntrack_tcp_be_liberal, nf_conntrack_tcp_loose, nf_conntrack_tcp_ignore_invalid_rst. */
  readonly isLiberal: boolean;
  readonly isLoose: boolean;
  readonly ignoresInvalidReset: boolean;
}

/** `begin`: the connection is removed and looked up again; `forget`: removed, and the packet let through. */
export type TcpVerdict = 'accept' | 'assure' | 'forget' | 'begin' | 'invalid';

const unconfirmed = (): TcpTracking => ({
  state: 'NONE',
  last: NOTHING_YET,
  isClosing: false,
  isSimultaneous: false,
  expectsChallenge: false,
  sides: undefined,
});

const CLOSING: ReadonlySet<TcpState> = new Set(['FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE']);

/** Of a captured connection: `conntrack -L` tells the state alone. */
export const capturedTcp = (state: TcpState): TcpTracking => ({
  ...unconfirmed(),
  state,
  isClosing: CLOSING.has(state) ? undefined : false,
});

/** Of a connection's first segment; undefined: a connection does not begin with it (tcp_new). */
export function beginTcp(header: TcpHeader, context: TcpContext): TcpTracking | undefined {
  if (!validFlags(header.flags)) return undefined;
  const state = nextState('original', kindOf(header.flags), 'NONE');
  if (state === 'invalid' || state === 'ignore') return undefined;
  if (state !== 'SYN_SENT' && !context.isLoose) return undefined;
  const { segment } = header;
  if (!segment) return begun(state, kindOf(header.flags));
  const original = firstSide(header, segment);
  const { isLiberal, isSackPermitted } = original;
  const reply = isLiberal ? { ...emptySide(), isLiberal, isSackPermitted } : emptySide();
  const tcp = { ...unconfirmed(), sides: { original, reply } };
  const { verdict, tcp: tracking } = advanceTcp(tcp, header, context);
  return verdict === 'invalid' ? undefined : tracking;
}

const BEGUN = new Map<TcpState, TcpTracking>();

/** Of a first segment whose numbers were not told; all such connections share it until their next segment. */
function begun(state: TcpState, kind: TcpKind): TcpTracking {
  let tcp = BEGUN.get(state);
  if (!tcp) {
    tcp = { ...unconfirmed(), state, last: { ...NOTHING_YET, kind } };
    BEGUN.set(state, tcp);
  }
  return tcp;
}

/** Takes a connection on by one segment (nf_conntrack_tcp_packet). */
export function advanceTcp(
  old: TcpTracking,
  header: TcpHeader,
  context: TcpContext,
): { readonly verdict: TcpVerdict; readonly tcp: TcpTracking } {
  const { direction } = context;
  const { flags, segment } = header;
  if (!validFlags(flags)) return { verdict: 'invalid', tcp: old };
  const sides =
    segment && old.sides ? { original: { ...old.sides.original }, reply: { ...old.sides.reply } } : undefined;
  const tcp: TcpTracking = { ...old, sides };
  const kind = kindOf(flags);
  const step = nextState(direction, kind, old.state);
  if (step === 'invalid') return { verdict: 'invalid', tcp: old };
  let state = old.state;
  let next: TcpState;
  const isReopened = step === 'SYN_SENT' && (old.state === 'TIME_WAIT' || old.state === 'CLOSE');
  if (isReopened && reopens(old, direction)) return { verdict: 'begin', tcp };
  if (step === 'ignore' || isReopened) {
    if (!answersIgnoredSyn(tcp, kind, direction, segment)) {
      noteIgnored(tcp, kind, direction, header);
      return { verdict: 'accept', tcp };
    }
    synchronize(tcp, direction);
    state = 'SYN_SENT';
    next = 'SYN_RECV';
  } else next = step;

  const { last } = tcp;
  if (
    next === 'TIME_WAIT' &&
    state === 'LAST_ACK' &&
    kind === 'ack' &&
    last.kind === 'syn' &&
    last.direction !== direction &&
    tcp.expectsChallenge
  ) {
    tcp.expectsChallenge = false;
    return { verdict: 'accept', tcp };
  }
  if (next === 'SYN_SENT2') tcp.isSimultaneous = true;
  if (next === 'SYN_RECV' && direction === 'reply' && kind === 'ack' && tcp.isSimultaneous) next = 'ESTABLISHED';
  let isChecked = sides === undefined || segment === undefined;
  if (sides && segment && kind === 'rst' && next === 'CLOSE') {
    const reset = judgeReset(tcp, sides, segment, context);
    if (reset === 'invalid') return { verdict: 'invalid', tcp: old };
    next = reset.next;
    isChecked = reset.isChecked;
  }
  if (sides && segment && !isChecked) {
    const window = inWindow(tcp, sides, direction, header, segment, context.isLiberal);
    if (window === 'invalid') noteInvalid(tcp, kind, context);
    if (window !== 'accept') return { verdict: window === 'ignore' ? 'accept' : 'invalid', tcp };
  }
  tcp.last = { ...tcp.last, kind, direction };
  tcp.state = next;
  if (state !== next && next === 'FIN_WAIT') tcp.isClosing = true;
  if (context.isReplied) {
    const isSettled = next === 'ESTABLISHED' && (state === 'SYN_RECV' || state === 'ESTABLISHED');
    return { verdict: isSettled ? 'assure' : 'accept', tcp };
  }
  return { verdict: kind === 'rst' ? 'forget' : 'accept', tcp };
}

/** A SYN on a connection that is over begins another one, where a side closed it or the SYN's sender had reset it. */
const reopens = ({ last, isClosing }: TcpTracking, direction: Direction): boolean =>
  isClosing !== false || (last.direction === direction && last.kind === 'rst');

/** The SYN that conntrack let through unbelieving was a good one: its answer acknowledges it. */
const answersIgnoredSyn = (
  { last, sides }: TcpTracking,
  kind: TcpKind,
  direction: Direction,
  segment: TcpSegment | undefined,
): boolean =>
  kind === 'synack' &&
  last.kind === 'syn' &&
  last.direction !== direction &&
  sides !== undefined &&
  segment?.ack === last.end;

function noteIgnored(tcp: TcpTracking, kind: TcpKind, direction: Direction, header: TcpHeader): void {
  const { segment } = header;
  tcp.last = { ...tcp.last, kind, direction };
  if (segment) {
    const { seq, ack, window } = segment;
    const isChallenge = tcp.state === 'SYN_SENT' && kind === 'ack' && direction === 'reply';
    tcp.last = { ...tcp.last, seq, window, end: endOf(header, segment), ...(isChallenge && { ack }) };
  }
  if (kind !== 'syn' || direction !== 'original') return;
  const seen = emptySide();
  if (segment) readOptions(seen, segment);
  const { scale, isScaled, isSackPermitted } = seen;
  tcp.last = { ...tcp.last, scale, isScaled, isSackPermitted };
  tcp.isSimultaneous = false;
  tcp.expectsChallenge = tcp.state === 'LAST_ACK';
}

/** Starts over from the ignored SYN, whose sender is not the one of this direction. */
function synchronize(tcp: TcpTracking, direction: Direction): void {
  const { last, sides } = tcp;
  tcp.isClosing = false;
  tcp.expectsChallenge = false;
  if (!sides) return;
  const { end, window, scale, isScaled, isSackPermitted } = last;
  const maxWindow = Math.max(window, 1);
  sides[last.direction] = { ...emptySide(), end, maxEnd: end, maxWindow, scale, isScaled, isSackPermitted };
  sides[direction] = { ...emptySide(), isLiberal: sides[direction].isLiberal };
}

/** Whether a reset is to be believed, what becomes of the connection, and whether its window still has to be looked at. */
function judgeReset(
  { state, last }: TcpTracking,
  sides: Record<Direction, TcpSide>,
  { seq, ack }: TcpSegment,
  { direction, isReplied, isAssured, ignoresInvalidReset }: TcpContext,
): 'invalid' | { readonly next: TcpState; readonly isChecked: boolean } {
  if (CLOSING.has(state)) return { next: 'CLOSE', isChecked: true };
  const { maxAck } = sides[otherDirection(direction)];
  const isEstablished = state === 'ESTABLISHED' && isAssured;
  let next: TcpState = 'CLOSE';
  if (maxAck !== undefined && last.kind !== 'syn') {
    if (seq === 0 && !isEstablished) return { next, isChecked: false };
    if (before(seq, maxAck) && !ignoresInvalidReset) return 'invalid';
    const isOfTrain = last.kind === 'ack' && last.direction === direction && seq === last.end;
    if (!isEstablished || seq === maxAck || isOfTrain) return { next, isChecked: false };
    next = state;
  }
  const isAnswer =
    (isReplied && last.kind === 'syn' && last.direction !== direction) || (!isAssured && last.kind === 'ack');
  const isOfChallenge = state === 'SYN_SENT' && last.kind === 'ack' && last.direction === 'reply' && seq === last.ack;
  return { next, isChecked: (isAnswer && ack === last.end) || isOfChallenge };
}

/** nf_tcp_handle_invalid: of a settled connection a FIN or reset out of its window is remembered. */
function noteInvalid(tcp: TcpTracking, kind: TcpKind, { direction, isAssured }: TcpContext): void {
  if (!isAssured || (kind !== 'rst' && kind !== 'fin')) return;
  const { last } = tcp;
  const isOther = last.direction !== direction && (last.kind === 'fin' || last.kind === 'rst');
  if (!isOther) tcp.last = { ...last, kind, direction };
}
