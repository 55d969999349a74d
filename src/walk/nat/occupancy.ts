import type { Tuple } from '../../model/conntrack.ts';
import { TCP } from '../../net/packet.ts';
import { allowsClash, holderOf } from '../conntrack/clash.ts';
import { type Connection, has, NAT_MASK, STATUS } from '../conntrack/connection.ts';
import type { ConntrackTable, Found } from '../conntrack/table.ts';
import type { TcpState } from '../conntrack/tcp.ts';
import { before } from '../conntrack/tcp-window.ts';
import { invert, sameTuple } from '../conntrack/tuple.ts';

/** Whether a tuple is free for a new connection: no other one has its inverse, which answers would have. */
export interface Occupancy {
  /** nf_nat_used_tuple */
  used(tuple: Tuple): boolean;
  /** nf_nat_used_tuple_new, of the connection's own tuple: one that began from the other end is left to confirmation. */
  usedUnchanged(tuple: Tuple): boolean;
  /** nf_nat_used_tuple_harder: `left` tries before the end a TCP connection that is over gives way. */
  usedHarder(tuple: Tuple, left: number): boolean;
}

/** NF_NAT_HARDER_THRESH */
const LAST_TRIES = 32;

export function occupancyFor(connection: Connection, table: ConntrackTable): Occupancy {
  const holder = (tuple: Tuple): Found | undefined => {
    const answer = invert(tuple);
    return answer && holderOf(answer, connection, table);
  };
  return {
    used: tuple => holder(tuple) !== undefined,
    usedUnchanged(tuple) {
      const other = holder(tuple)?.connection;
      if (!other) return false;
      if (!allowsClash(tuple.protocol) || has(connection, NAT_MASK) || has(other, NAT_MASK)) return true;
      return !sameTuple(other.original, connection.reply);
    },
    usedHarder(tuple, left) {
      const found = holder(tuple);
      if (!found) return false;
      const harder = left <= LAST_TRIES && tuple.protocol === TCP && connection.tcp?.state === 'SYN_SENT';
      if (!harder || found.direction === 'original' || !mayGive(found.connection, connection)) return true;
      table.remove(found.connection);
      return false;
    },
  };
}

const OVER: ReadonlySet<TcpState> = new Set(['TIME_WAIT', 'CLOSE', 'SYN_SENT2']);

/** nf_nat_may_kill and nf_seq_has_advanced: its packets that are still under way have to be out of the new one's window. */
function mayGive({ tcp, status }: Connection, next: Connection): boolean {
  if (!tcp || !OVER.has(tcp.state)) return false;
  if ((status & (STATUS.SRC_NAT | STATUS.FIXED_TIMEOUT | STATUS.DYING)) !== STATUS.SRC_NAT) return false;
  const end = tcp.sides?.original.end;
  const nextEnd = next.tcp?.sides?.original.end;
  return end === undefined || nextEnd === undefined || before(end, nextEnd);
}
