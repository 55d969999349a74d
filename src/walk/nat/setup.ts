import type { NatRange } from '../../model/effect.ts';
import { type Connection, has, NAT_MASK, STATUS } from '../conntrack/connection.ts';
import type { ConntrackTable } from '../conntrack/table.ts';
import { invert, sameTuple } from '../conntrack/tuple.ts';
import type { Decide } from '../decide.ts';
import type { RulePosition } from '../trace.ts';
import { Occupancy } from './occupancy.ts';
import { exactly, type Manip, uniqueTuple } from './range.ts';

export const doneBit = (manip: Manip): number => (manip === 'source' ? STATUS.SRC_NAT_DONE : STATUS.DST_NAT_DONE);
export const natBit = (manip: Manip): number => (manip === 'source' ? STATUS.SRC_NAT : STATUS.DST_NAT);

/**
 * Fixes one side of a connection's translation, or a null binding (nf_nat_setup_info): the reply tuple becomes what
 * answers will have. Where no port is free that of another connection is taken, and confirmation drops the packet. `range`
 * undefined: the address stays, and only a port that is taken changes (nf_nat_alloc_null_binding).
 */
export function setupNat(
  connection: Connection,
  range: NatRange | undefined,
  manip: Manip,
  table: ConntrackTable,
  decide: Decide,
  at: RulePosition | undefined,
): void {
  if (has(connection, STATUS.CONFIRMED)) return;
  if (!range && table.isEmpty) {
    connection.status |= doneBit(manip);
    return;
  }
  const current = has(connection, NAT_MASK) ? invert(connection.reply) : connection.original;
  if (!current) return;
  const chosen = uniqueTuple({
    original: current,
    range: range ?? exactly(manip === 'source' ? current.saddr : current.daddr),
    manip,
    zone: connection.zone.id,
    at,
    decide,
    occupancy: new Occupancy(connection, table),
  });
  const reply = invert(chosen);
  if (reply && !sameTuple(chosen, current)) {
    connection.reply = reply;
    connection.status |= natBit(manip);
  }
  connection.status |= doneBit(manip);
}
