import type { ConntrackEntry, Direction, Tuple } from '../../model/conntrack.ts';
import type { Family } from '../../net/address.ts';
import { type Connection, fromEntry, zoneIn } from './connection.ts';
import { keyOf, sourceKey } from './tuple.ts';

interface Found {
  readonly connection: Connection;
  readonly direction: Direction;
}

/**
 * The confirmed connections of a namespace. A walk works on a child: what it finds it may change, what it makes it may
 * add, and nothing of that reaches the parent before `commit`.
 */
export class ConntrackTable {
  private readonly parent: ConntrackTable | undefined;
  private readonly byTuple = new Map<string, Found>();
  private readonly bySource = new Map<string, Connection[]>();
  /** Of the parent's connections: this walk's own copies, and those that it removed. */
  private readonly copies = new Map<Connection, Connection>();
  private readonly removed = new Set<Connection>();
  private readonly members = new Set<Connection>();

  constructor(parent?: ConntrackTable) {
    this.parent = parent;
  }

  static of(entries: readonly ConntrackEntry[]): ConntrackTable {
    const table = new ConntrackTable();
    for (const entry of entries) table.add(fromEntry(entry));
    return table;
  }

  find(tuple: Tuple, zone: number, family: Family): Found | undefined {
    const key = keyOf(tuple, zone);
    const own = this.byTuple.get(key);
    if (own) return own;
    const found = this.parent?.find(tuple, zone, family);
    if (!found || this.removed.has(found.connection)) return undefined;
    const copy = this.copies.get(found.connection) ?? { ...found.connection };
    this.copies.set(found.connection, copy);
    return { connection: copy, direction: found.direction };
  }

  /** Somebody else's connection has this tuple already. */
  taken(tuple: Tuple, zone: number, family: Family, but: Connection): boolean {
    const found = this.find(tuple, zone, family);
    return found !== undefined && found.connection !== but;
  }

  /** Connections whose first packet came from the same address and port. */
  fromSource(original: Tuple): readonly Connection[] {
    const inherited = this.parent?.fromSource(original).filter(c => !this.removed.has(c)) ?? [];
    return [...inherited, ...(this.bySource.get(sourceKey(original)) ?? [])];
  }

  /** Makes a connection visible to the packets that follow (nf_conntrack_confirm). */
  add(connection: Connection): void {
    const { original, reply, zone } = connection;
    this.members.add(connection);
    this.byTuple.set(keyOf(original, zoneIn(zone, 'original')), { connection, direction: 'original' });
    this.byTuple.set(keyOf(reply, zoneIn(zone, 'reply')), { connection, direction: 'reply' });
    const source = sourceKey(original);
    const list = this.bySource.get(source);
    if (list) list.push(connection);
    else this.bySource.set(source, [connection]);
  }

  remove(connection: Connection): void {
    for (const [original, copy] of this.copies) if (copy === connection) this.removed.add(original);
    if (!this.members.delete(connection)) return;
    const { original, reply, zone } = connection;
    this.byTuple.delete(keyOf(original, zoneIn(zone, 'original')));
    this.byTuple.delete(keyOf(reply, zoneIn(zone, 'reply')));
    const source = sourceKey(original);
    this.bySource.set(
      source,
      (this.bySource.get(source) ?? []).filter(c => c !== connection),
    );
  }

  /** Gives what this walk changed to the parent. */
  commit(): void {
    const { parent } = this;
    if (!parent) return;
    for (const connection of this.removed) parent.remove(connection);
    for (const [original, copy] of this.copies)
      if (!this.removed.has(original)) {
        original.reply = copy.reply;
        original.status = copy.status;
        original.mark = copy.mark;
        original.tcp = copy.tcp;
        original.helper = copy.helper;
        original.masqueradeDevice = copy.masqueradeDevice;
      }
    for (const connection of this.members) parent.add(connection);
  }

  all(): readonly Connection[] {
    return [...(this.parent?.all() ?? []), ...this.members];
  }
}
