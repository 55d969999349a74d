import type { Tuple } from '../../model/conntrack.ts';
import { TCP } from '../../net/packet.ts';
import { allowsClash, holderOf } from '../conntrack/clash.ts';
import { type Connection, has, NAT_MASK, STATUS, type Zone, zoneIn } from '../conntrack/connection.ts';
import type { ConntrackTable, Found } from '../conntrack/table.ts';
import type { TcpState } from '../conntrack/tcp.ts';
import { before } from '../conntrack/tcp-window.ts';
import { invert, sameTuple, tuple } from '../conntrack/tuple.ts';

/** NF_NAT_HARDER_THRESH */
const LAST_TRIES = 32;

/** What a hash of nf_nat_bysource knows of a zone: one that holds in one direction counts as none. */
const sourceZone = ({ id, direction }: Zone): number => (direction === 'both' ? id : 0);

/** Whether a tuple is free for a new connection: no other one has its inverse, which answers would have. */
export class Occupancy {
  private readonly connection: Connection;
  private readonly table: ConntrackTable;

  constructor(connection: Connection, table: ConntrackTable) {
    this.connection = connection;
    this.table = table;
  }

  private holder(tuple: Tuple): Found | undefined {
    const answer = this.table.isEmpty ? undefined : invert(tuple);
    return answer && holderOf(answer, this.connection, this.table);
  }

  /** nf_nat_used_tuple */
  used(tuple: Tuple): boolean {
    return this.holder(tuple) !== undefined;
  }

  /** nf_nat_used_tuple_new, of the connection's own tuple: one that began from the other end is left to confirmation. */
  usedUnchanged(tuple: Tuple): boolean {
    const { connection } = this;
    const other = this.holder(tuple)?.connection;
    if (!other) return false;
    if (!allowsClash(tuple.protocol) || has(connection, NAT_MASK) || has(other, NAT_MASK)) return true;
    return !sameTuple(other.original, connection.reply);
  }

  /** nf_nat_used_tuple_harder: `left` tries before the end a TCP connection that is over gives way. */
  usedHarder(tuple: Tuple, left: number): boolean {
    const { connection, table } = this;
    const found = this.holder(tuple);
    if (!found) return false;
    const harder = left <= LAST_TRIES && tuple.protocol === TCP && connection.tcp?.state === 'SYN_SENT';
    if (!harder || found.direction === 'original' || !mayGive(found.connection, connection)) return true;
    table.remove(found.connection);
    return false;
  }

  /**
   * find_appropriate_src: how other connections from the tuple's source had that mapped, the newest first, as tuples to its
   * destination.
   */
  mappedSources(current: Tuple): readonly Tuple[] {
    const { zone } = this.connection;
    const { daddr, protocol, sport, dport, icmp } = current;
    return this.table.fromSource(current).flatMap(other => {
      const mapped = has(other, STATUS.SRC_NAT_DONE) ? invert(other.reply) : undefined;
      if (!mapped || zoneIn(other.zone, 'original') !== zoneIn(zone, 'original')) return [];
      if (sourceZone(other.zone) !== sourceZone(zone)) return [];
      const id = mapped.icmp?.id ?? 0;
      return [tuple(mapped.saddr, daddr, protocol, mapped.sport ?? sport, dport, icmp && { ...icmp, id })];
    });
  }
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
