import type { Tuple } from '../../model/conntrack.ts';
import { isIcmpError, type Packet } from '../../net/packet.ts';
import { has, NAT_DONE, NAT_MASK, type Tracked } from '../conntrack/connection.ts';
import { hasAnswer, invert, otherDirection } from '../conntrack/tuple.ts';
import type { Manip } from './range.ts';
import { natBit } from './setup.ts';

const flip = (manip: Manip): Manip => (manip === 'source' ? 'destination' : 'source');

/** Writes one side of a packet so that `answer` is what answers it: address, and port or ICMP id. Tells whether anything changed. */
function write(packet: Packet, manip: Manip, answer: Tuple): boolean {
  const address = manip === 'source' ? answer.daddr : answer.saddr;
  const port = manip === 'source' ? answer.dport : answer.sport;
  let changed = false;
  if (manip === 'source') {
    changed = packet.saddr !== address || (port !== undefined && packet.sport !== port);
    packet.saddr = address;
    if (port !== undefined && packet.sport !== undefined) packet.sport = port;
  } else {
    changed = packet.daddr !== address || (port !== undefined && packet.dport !== port);
    packet.daddr = address;
    if (port !== undefined && packet.dport !== undefined) packet.dport = port;
  }
  if (answer.icmp && packet.icmp && packet.icmp.id !== undefined && packet.icmp.id !== answer.icmp.id) {
    packet.icmp = { ...packet.icmp, id: answer.icmp.id };
    changed = true;
  }
  return changed;
}

/** The side of a packet that a NAT hook changes on packets of this direction, if its connection is translated there. */
function applies({ connection, direction }: Tracked, manip: Manip): boolean {
  const bit = direction === 'original' ? natBit(manip) : natBit(flip(manip));
  return has(connection, bit);
}

/** Translates a packet of a connection whose NAT is settled (nf_nat_packet). Tells whether anything changed. */
export function translate(packet: Packet, tracked: Tracked, manip: Manip): boolean {
  if (!applies(tracked, manip)) return false;
  const answer = tracked.connection[otherDirection(tracked.direction)];
  return hasAnswer(answer) && write(packet, manip, answer);
}

/**
 * Translates an ICMP error with the packet it carries (nf_nat_icmp_reply_translation). `drop`: redirects about
 * connections that are translated, or may yet be.
 */
export function translateError(packet: Packet, tracked: Tracked, manip: Manip): 'drop' | 'changed' | 'same' {
  const { connection, direction } = tracked;
  const redirect = packet.icmp?.type === (packet.family === 'ip' ? 5 : 137);
  if (redirect && ((connection.status & NAT_DONE) !== NAT_DONE || has(connection, NAT_MASK))) return 'drop';
  if (!applies(tracked, manip) || !isIcmpError(packet)) return 'same';
  const tuple = connection[otherDirection(direction)];
  const inner = invert(tuple);
  if (!inner) return 'same';
  if (packet.inner) write(packet.inner, flip(manip), inner);
  if (manip === 'source') packet.saddr = tuple.daddr;
  else packet.daddr = tuple.saddr;
  return 'changed';
}
