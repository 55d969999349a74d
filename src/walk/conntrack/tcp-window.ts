import type { Direction } from '../../model/conntrack.ts';
import { TCP_FLAG, type TcpHeader, type TcpSegment } from '../../net/packet.ts';
import type { TcpTracking } from './tcp-tracking.ts';
import { otherDirection } from './tuple.ts';

/** What one side of a connection has shown of its sequence numbers (struct ip_ct_tcp_state). */
export interface TcpSide {
  /** td_end, td_maxend and td_maxwin: highest number sent, highest allowed, largest window offered (0: nothing seen). */
  end: number;
  maxEnd: number;
  maxWindow: number;
  /** td_maxack, once it acknowledged anything. */
  maxAck: number | undefined;
  scale: number;
  isScaled: boolean;
  isSackPermitted: boolean;
  /** Its connection was picked up in the middle: numbers outside of the windows are let through. */
  isLiberal: boolean;
}

export type WindowVerdict = 'accept' | 'ignore' | 'invalid';

const MAX_SCALE = 14;
/** MAXACKWINCONST: how far behind an acknowledgement may be. */
const MAX_ACK_WINDOW = 66000;

export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
const after = (a: number, b: number): boolean => before(b, a);
const u32 = (value: number): number => value >>> 0;

/** segment_seq_plus_len: the number behind a segment; SYN and FIN count as one each. */
export const endOf = ({ flags }: TcpHeader, { seq, length }: TcpSegment): number =>
  u32(seq + length + (flags & TCP_FLAG.SYN ? 1 : 0) + (flags & TCP_FLAG.FIN ? 1 : 0));

export const emptySide = (): TcpSide => ({
  end: 0,
  maxEnd: 0,
  maxWindow: 0,
  maxAck: undefined,
  scale: 0,
  isScaled: false,
  isSackPermitted: false,
  isLiberal: false,
});

/** tcp_options: a segment without options leaves what was known. */
export function readOptions(side: TcpSide, { options }: TcpSegment): void {
  if (!options) return;
  side.maxAck = undefined;
  side.scale = Math.min(options.scale ?? 0, MAX_SCALE);
  side.isScaled = options.scale !== undefined;
  side.isSackPermitted = options.sackPermitted;
}

/** What the first packet of a connection tells of its sender (tcp_new). */
export function firstSide(header: TcpHeader, segment: TcpSegment): TcpSide {
  const end = endOf(header, segment);
  const maxWindow = Math.max(segment.window, 1);
  const side = { ...emptySide(), end, maxEnd: end, maxWindow };
  if (header.flags & TCP_FLAG.SYN) readOptions(side, segment);
  else Object.assign(side, { maxEnd: u32(end + maxWindow), isSackPermitted: true, isLiberal: true });
  return side;
}

/** tcp_init_sender: the first SYN of a side, or a later one that begins anew. */
function begin(sides: Record<Direction, TcpSide>, direction: Direction, end: number, segment: TcpSegment): void {
  const sender = sides[direction];
  const receiver = sides[otherDirection(direction)];
  sender.end = end;
  sender.maxEnd = end;
  sender.maxWindow = Math.max(segment.window, 1);
  readOptions(sender, segment);
  if (direction === 'reply' && !(sender.isScaled && receiver.isScaled)) {
    sender.scale = 0;
    receiver.scale = 0;
  }
}

/** The middle of a connection of which this side was not seen before. */
function pickUp(sender: TcpSide, receiver: TcpSide, end: number, window: number, sack: number): void {
  sender.end = end;
  sender.maxWindow = Math.max(u32(window << sender.scale), 1);
  sender.maxEnd = u32(end + sender.maxWindow);
  if (receiver.maxWindow === 0) {
    receiver.end = sack;
    receiver.maxEnd = sack;
  } else if (sack === u32(receiver.end + 1)) receiver.end = sack;
}

/**
 * Whether a segment is in its connection's windows, and what it tells of them (tcp_in_window of
 * nf_conntrack_proto_tcp.c). Writes to `tcp` whatever the answer is.
 */
export function inWindow(
  tcp: TcpTracking,
  sides: Record<Direction, TcpSide>,
  direction: Direction,
  header: TcpHeader,
  segment: TcpSegment,
  isLiberal: boolean,
): WindowVerdict {
  const sender = sides[direction];
  const receiver = sides[otherDirection(direction)];
  const has = (flag: keyof typeof TCP_FLAG) => (header.flags & TCP_FLAG[flag]) !== 0;
  const judge = (verdict: WindowVerdict) => (sender.isLiberal || isLiberal ? 'accept' : verdict);
  let { seq, ack, window } = segment;
  let sack = ack;
  let end = endOf(header, segment);
  if (receiver.isSackPermitted) for (const edge of segment.options?.sacked ?? []) if (after(edge, sack)) sack = edge;

  if (sender.maxWindow === 0) {
    if (!has('SYN')) pickUp(sender, receiver, end, window, sack);
    else {
      begin(sides, direction, end, segment);
      if (!has('ACK')) return 'accept';
    }
  } else if (has('SYN') && after(end, sender.end) && (tcp.state === 'SYN_SENT' || tcp.state === 'SYN_RECV')) {
    begin(sides, direction, end, segment);
    if (direction === 'reply' && !has('ACK')) return 'accept';
  }

  if (!has('ACK') || (has('RST') && ack === 0)) {
    ack = receiver.end;
    sack = ack;
  }
  if (has('RST') && seq === 0 && tcp.state === 'SYN_SENT') {
    seq = sender.end;
    end = seq;
  }

  const maxAckWindow = Math.max(sender.maxWindow, MAX_ACK_WINDOW);
  const isAckRecent = after(sack, u32(receiver.end - maxAckWindow - 1));
  const isAckSeen = before(sack, u32(receiver.end + 1));
  const reaches = after(end, u32(sender.end - receiver.maxWindow - 1));
  if (!before(seq, u32(sender.maxEnd + 1))) {
    const overshot = u32(end - sender.maxEnd + 1);
    const isSlightly = receiver.maxWindow > 0 && reaches && isAckRecent && overshot <= receiver.maxWindow && isAckSeen;
    if (!isSlightly) return judge('invalid');
    sender.end = end;
    return judge('ignore');
  }
  if (!isAckSeen) return judge('invalid');
  if (receiver.maxWindow > 0 && !reaches) return judge('ignore');
  if (!isAckRecent) return judge('ignore');

  if (!has('SYN')) window = u32(window << sender.scale);
  sender.maxWindow = Math.max(sender.maxWindow, u32(window + u32(sack - ack)));
  if (after(end, sender.end)) sender.end = end;
  if (has('ACK') && (sender.maxAck === undefined || after(ack, sender.maxAck))) sender.maxAck = ack;
  if (receiver.maxWindow !== 0 && after(end, sender.maxEnd))
    receiver.maxWindow = u32(receiver.maxWindow + end - sender.maxEnd);
  const allowed = u32(sack + window);
  if (after(allowed, u32(receiver.maxEnd - 1))) receiver.maxEnd = window === 0 ? u32(allowed + 1) : allowed;
  if (!has('RST') && !has('SYN') && !has('FIN') && has('ACK'))
    tcp.last = { ...tcp.last, direction, seq, ack, end, window: segment.window };
  return 'accept';
}
