import type { Tuple } from '../../model/conntrack.ts';
import type { NatRange } from '../../model/effect.ts';
import { type Connection, has, STATUS, zoneIn } from '../conntrack/connection.ts';
import type { ConntrackTable } from '../conntrack/table.ts';
import { invert, sameTuple } from '../conntrack/tuple.ts';
import type { Decide } from '../decide.ts';
import type { RulePosition } from '../trace.ts';
import { type Manip, uniqueTuple } from './range.ts';

export const doneBit = (manip: Manip): number => (manip === 'source' ? STATUS.SRC_NAT_DONE : STATUS.DST_NAT_DONE);
export const natBit = (manip: Manip): number => (manip === 'source' ? STATUS.SRC_NAT : STATUS.DST_NAT);

/**
 * Fixes one side of a connection's translation, or a null binding (nf_nat_setup_info): the reply tuple becomes what
 * answers will have. False: no free port, the packet is dropped.
 */
export function setupNat(
  connection: Connection,
  range: NatRange,
  manip: Manip,
  table: ConntrackTable,
  decide: Decide,
  at: RulePosition | undefined,
): boolean {
  if (has(connection, STATUS.CONFIRMED)) return true;
  const current = invert(connection.reply);
  if (!current) return true;
  const zone = zoneIn(connection.zone, 'reply');
  const chosen = uniqueTuple({
    original: current,
    range,
    manip,
    zone: connection.zone.id,
    at,
    decide,
    taken: tuple => {
      const answer = invert(tuple);
      return answer !== undefined && isTaken(answer, zone, connection, table);
    },
    mappedSources: () => mappedSources(connection, current, table),
  });
  if (!chosen) return false;
  const reply = invert(chosen);
  if (reply && !sameTuple(chosen, current)) {
    connection.reply = reply;
    connection.status |= natBit(manip);
  }
  connection.status |= doneBit(manip);
  return true;
}

/** nf_nat_used_tuple_harder: a TCP connection that is over gives way. */
function isTaken(answer: Tuple, zone: number, connection: Connection, table: ConntrackTable): boolean {
  const found = table.find(answer, zone);
  if (!found || found.connection === connection) return false;
  const { tcp } = found.connection;
  if (tcp !== 'TIME_WAIT' && tcp !== 'CLOSE') return true;
  table.remove(found.connection);
  return false;
}

/** find_appropriate_src: how other connections from the same address and port had their source mapped. */
function mappedSources(connection: Connection, current: Tuple, table: ConntrackTable): Tuple[] {
  return table.fromSource(current).flatMap(other => {
    const mapped = invert(other.reply);
    if (!mapped || other.zone.id !== connection.zone.id) return [];
    if (current.icmp) return [{ ...current, saddr: mapped.saddr, icmp: { ...current.icmp, id: mapped.icmp?.id ?? 0 } }];
    return [{ ...current, saddr: mapped.saddr, ...(mapped.sport !== undefined && { sport: mapped.sport }) }];
  });
}
