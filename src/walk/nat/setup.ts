import type { Tuple } from '../../model/conntrack.ts';
import type { NatRange } from '../../model/effect.ts';
import { type Connection, has, STATUS, type Zone, zoneIn } from '../conntrack/connection.ts';
import type { ConntrackTable } from '../conntrack/table.ts';
import { invert, sameTuple, tuple } from '../conntrack/tuple.ts';
import type { Decide } from '../decide.ts';
import type { RulePosition } from '../trace.ts';
import { occupancyFor } from './occupancy.ts';
import { type Manip, uniqueTuple } from './range.ts';

export const doneBit = (manip: Manip): number => (manip === 'source' ? STATUS.SRC_NAT_DONE : STATUS.DST_NAT_DONE);
export const natBit = (manip: Manip): number => (manip === 'source' ? STATUS.SRC_NAT : STATUS.DST_NAT);

/**
 * Fixes one side of a connection's translation, or a null binding (nf_nat_setup_info): the reply tuple becomes what
 * answers will have. Where no port is free that of another connection is taken, and confirmation drops the packet.
 */
export function setupNat(
  connection: Connection,
  range: NatRange,
  manip: Manip,
  table: ConntrackTable,
  decide: Decide,
  at: RulePosition | undefined,
): void {
  if (has(connection, STATUS.CONFIRMED)) return;
  const current = invert(connection.reply);
  if (!current) return;
  const chosen = uniqueTuple({
    original: current,
    range,
    manip,
    zone: connection.zone.id,
    at,
    decide,
    occupancy: occupancyFor(connection, table),
    mappedSources: () => mappedSources(connection, current, table),
  });
  const reply = invert(chosen);
  if (reply && !sameTuple(chosen, current)) {
    connection.reply = reply;
    connection.status |= natBit(manip);
  }
  connection.status |= doneBit(manip);
}

/** What the hash of nf_nat_bysource knows of a zone: one that holds in one direction counts as none. */
const sourceZone = ({ id, direction }: Zone): number => (direction === 'both' ? id : 0);

/** find_appropriate_src: how other connections from the same address and port had their source mapped. */
function mappedSources({ zone }: Connection, current: Tuple, table: ConntrackTable): Tuple[] {
  const { daddr, protocol, sport, dport, icmp } = current;
  return table.fromSource(current).flatMap(other => {
    const mapped = has(other, STATUS.SRC_NAT_DONE) ? invert(other.reply) : undefined;
    if (!mapped || zoneIn(other.zone, 'original') !== zoneIn(zone, 'original')) return [];
    if (sourceZone(other.zone) !== sourceZone(zone)) return [];
    const id = mapped.icmp?.id ?? 0;
    return [tuple(mapped.saddr, daddr, protocol, mapped.sport ?? sport, dport, icmp && { ...icmp, id })];
  });
}
