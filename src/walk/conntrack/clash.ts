import type { Tuple } from '../../model/conntrack.ts';
import { DCCP, ICMP, ICMPV6, SCTP, TCP } from '../../net/packet.ts';
import { type Connection, zoneIn } from './connection.ts';
import type { ConntrackTable, Found } from './table.ts';

const NO_CLASH: ReadonlySet<number> = new Set([TCP, SCTP, DCCP, ICMP, ICMPV6]);

/** Two packets may begin one connection at the same time (allow_clash of struct nf_conntrack_l4proto). */
export const allowsClash = (protocol: number): boolean => !NO_CLASH.has(protocol);

/** Another connection that has this tuple in the zone of the new one's answers (nf_conntrack_tuple_taken). */
export function holderOf(answer: Tuple, connection: Connection, table: ConntrackTable): Found | undefined {
  const { zone } = connection;
  const found = table.find(answer, zoneIn(zone, 'reply'), zone);
  return found?.connection === connection ? undefined : found;
}
