import type { Tuple } from '../../model/conntrack.ts';
import { isIcmpError, type Packet } from '../../net/packet.ts';
import { has, NAT_DONE, NAT_MASK, type Tracked } from '../conntrack/connection.ts';
import { invert, otherDirection } from '../conntrack/tuple.ts';
import type { Manip } from './range.ts';
import { natBit } from './setup.ts';

const flip = (manip: Manip): Manip => (manip === 'source' ? 'destination' : 'source');

/** Writes one side of a packet: its address, and its port or ICMP id. Tells whether anything changed. */
function write(packet: Packet, manip: Manip, target: Tuple): boolean {
  const address = manip === 'source' ? target.saddr : target.daddr;
  const port = manip === 'source' ? target.sport : target.dport;
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
  if (target.icmp && packet.icmp && packet.icmp.id !== undefined && packet.icmp.id !== target.icmp.id) {
    packet.icmp = { ...packet.icmp, id: target.icmp.id };
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
  const target = invert(tracked.connection[otherDirection(tracked.direction)]);
  return target ? write(packet, manip, target) : false;
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
  const target = invert(tuple);
  if (!target) return 'same';
  if (packet.inner) write(packet.inner, flip(manip), tuple);
  if (manip === 'source') packet.saddr = target.saddr;
  else packet.daddr = target.daddr;
  return 'changed';
}
