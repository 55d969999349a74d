import type { ConntrackEntry, Direction, Tuple } from '../../model/conntrack.ts';
import { type Connection, fromEntry, type Zone, zoneIn } from './connection.ts';
import { type Expectation, fits } from './expect.ts';
import { keyOf, sourceKey } from './tuple.ts';

export interface Found {
  readonly connection: Connection;
  readonly direction: Direction;
}

/** Connections in zones of one direction may share a tuple: the newest comes first. */
interface Entry extends Found {
  readonly next: Entry | undefined;
}

const NONE: readonly Expectation[] = [];
const DIRECTIONS: readonly Direction[] = ['original', 'reply'];

const keyIn = (connection: Connection, direction: Direction): string =>
  keyOf(connection[direction], zoneIn(connection.zone, direction));

const without = (entry: Entry | undefined, connection: Connection): Entry | undefined => {
  if (!entry) return undefined;
  const next = without(entry.next, connection);
  return entry.connection === connection ? next : { ...entry, next };
};

/** nf_ct_key_equal: both have this zone in the direction in which the one has the tuple. */
const fitting = (entry: Entry | undefined, id: number, zone: Zone): Entry | undefined => {
  for (let one = entry; one; one = one.next) if (zoneIn(zone, one.direction) === id) return one;
  return undefined;
};

/**
 * The confirmed connections of a namespace. A walk works on a child: what it finds it may change, what it makes it may
 * add, and nothing of that reaches the parent before `commit`.
 */
export class ConntrackTable {
  private readonly parent: ConntrackTable | undefined;
  private members: Connection[] | undefined;
  /** How many of the members the look-ups hold: a single packet seldom asks again. */
  private known = 0;
  private byTuple: Map<string, Entry> | undefined;
  private bySource: Map<string, Connection[]> | undefined;
  /** Of the parent's connections: this walk's own copies, and those that it removed. */
  private copies: Map<Connection, Connection> | undefined;
  private removed: Set<Connection> | undefined;
  private expected: Expectation[] | undefined;
  /** Of the parent's expectations those that came true here. */
  private met: Set<Expectation> | undefined;

  constructor(parent?: ConntrackTable) {
    this.parent = parent;
  }

  static of(entries: readonly ConntrackEntry[]): ConntrackTable {
    const table = new ConntrackTable();
    for (const entry of entries) table.add(fromEntry(entry));
    return table;
  }

  get isEmpty(): boolean {
    if (this.members !== undefined && this.members.length > 0) return false;
    return this.parent === undefined || this.parent.isEmpty;
  }

  /** By a tuple and the id of a zone in one of its directions. */
  find(tuple: Tuple, id: number, zone: Zone): Found | undefined {
    return this.isEmpty ? undefined : this.look(keyOf(tuple, id), id, zone);
  }

  private look(key: string, id: number, zone: Zone): Found | undefined {
    const own = fitting(this.tuples().get(key), id, zone);
    if (own) return own;
    const found = this.parent?.look(key, id, zone);
    if (!found || this.removed?.has(found.connection)) return undefined;
    this.copies ??= new Map();
    const copy = this.copies.get(found.connection) ?? { ...found.connection };
    this.copies.set(found.connection, copy);
    return { connection: copy, direction: found.direction };
  }

  /** Connections whose first packet came from the same address and port, the newest first. */
  fromSource(original: Tuple): readonly Connection[] {
    if (this.isEmpty) return [];
    this.tuples();
    const inherited = this.parent?.fromSource(original).filter(c => !this.removed?.has(c)) ?? [];
    return [...(this.bySource?.get(sourceKey(original)) ?? []).toReversed(), ...inherited];
  }

  /** Makes a connection visible to the packets that follow (nf_conntrack_confirm). */
  add(connection: Connection): void {
    if (this.members) this.members.push(connection);
    else this.members = [connection];
  }

  private tuples(): Map<string, Entry> {
    this.byTuple ??= new Map();
    this.bySource ??= new Map();
    const { members = [] } = this;
    for (; this.known < members.length; this.known++) {
      const connection = members[this.known];
      if (!connection) continue;
      const { original } = connection;
      for (const direction of DIRECTIONS) {
        const key = keyIn(connection, direction);
        this.byTuple.set(key, { connection, direction, next: this.byTuple.get(key) });
      }
      const source = sourceKey(original);
      const list = this.bySource.get(source);
      if (list) list.push(connection);
      else this.bySource.set(source, [connection]);
    }
    return this.byTuple;
  }

  expect(expectation: Expectation): void {
    this.expected ??= [];
    this.expected.push(expectation);
  }

  /** The expectation that a packet without a connection meets, if there is one: it is over with that. */
  meet(tuple: Tuple, zone: number): Expectation | undefined {
    const found = this.expectations().find(expectation => fits(expectation, tuple, zone));
    if (found) this.forget(found);
    return found;
  }

  private forget(expectation: Expectation): void {
    const own = this.expected?.indexOf(expectation) ?? -1;
    if (own >= 0) this.expected?.splice(own, 1);
    else if (this.parent) {
      this.met ??= new Set();
      this.met.add(expectation);
    }
  }

  /** What is still waited for. */
  expectations(): readonly Expectation[] {
    const { expected = NONE } = this;
    const inherited = this.parent?.expectations() ?? NONE;
    if (inherited.length === 0) return expected;
    return [...inherited.filter(expectation => !this.met?.has(expectation)), ...expected];
  }

  remove(connection: Connection): void {
    for (const [original, copy] of this.copies ?? [])
      if (copy === connection) {
        this.removed ??= new Set();
        this.removed.add(original);
      }
    const { members = [] } = this;
    const place = members.indexOf(connection);
    if (place < 0) return;
    const tuples = this.tuples();
    members.splice(place, 1);
    this.known--;
    for (const direction of DIRECTIONS) {
      const key = keyIn(connection, direction);
      const left = without(tuples.get(key), connection);
      if (left) tuples.set(key, left);
      else tuples.delete(key);
    }
    const { original } = connection;
    const source = sourceKey(original);
    this.bySource?.set(
      source,
      (this.bySource.get(source) ?? []).filter(c => c !== connection),
    );
  }

  /** A packet of the kernel's own wrote to its connection as that stood when the packet was made: the mark is kept. */
  adopt({ original, zone, mark }: Connection): void {
    const found = this.find(original, zoneIn(zone, 'original'), zone);
    if (found) found.connection.mark = mark;
  }

  /** Gives what this walk changed to the parent. */
  commit(): void {
    const { parent } = this;
    if (!parent) return;
    for (const connection of this.removed ?? []) parent.remove(connection);
    for (const [original, copy] of this.copies ?? [])
      if (!this.removed?.has(original)) {
        original.reply = copy.reply;
        original.status = copy.status;
        original.mark = copy.mark;
        original.tcp = copy.tcp;
        original.sctp = copy.sctp;
        original.helper = copy.helper;
        original.masqueradeDevice = copy.masqueradeDevice;
      }
    for (const connection of this.members ?? []) parent.add(connection);
    for (const expectation of this.met ?? []) parent.forget(expectation);
    for (const expectation of this.expected ?? []) parent.expect(expectation);
  }

  all(): readonly Connection[] {
    const inherited = (this.parent?.all() ?? []).filter(connection => !this.removed?.has(connection));
    return [...inherited.map(connection => this.copies?.get(connection) ?? connection), ...(this.members ?? [])];
  }
}
