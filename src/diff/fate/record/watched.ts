import type { Tuple } from '../../../model/conntrack.ts';
import type { Address } from '../../../net/address.ts';
import { copyPacket, hasPorts, type Packet } from '../../../net/packet.ts';
import { type Dimension, SELF } from '../space/box.ts';

/** `original`: as it came; `constant`: whatever it was, it is this now; else it hangs on what it was in some way. */
export type FieldState = 'original' | 'constant' | { readonly of: string };

export type Watched = Exclude<Dimension, 'mark'>;
const WATCHED: readonly Watched[] = ['iif', 'saddr', 'daddr', 'protocol', 'sport', 'dport'];

/** Other values for fields that are still as they came. */
export type Instead = ReadonlyMap<Watched, Address | string>;

interface Values {
  iif: string | undefined;
  saddr: Address;
  daddr: Address;
  protocol: number;
  sport: number | undefined;
  dport: number | undefined;
}

export interface Watcher {
  /** A field was read that is not constant. */
  read(field: Watched): void;
  /** A field gets a value, another one or the same. */
  written(field: Watched, isSame: boolean, value: Address | string | undefined): FieldState;
}

/** A packet that tells when it is read and written. */
export class WatchedPacket {
  readonly packet: Packet;
  /** The same packet, which tells nothing. */
  readonly quiet: Packet;
  readonly states: Map<Watched, FieldState>;
  private readonly values: Values;
  private readonly came: Values;
  private instead: Instead | undefined;

  constructor(plain: Packet, watcher: Watcher) {
    const { iif, saddr, daddr, protocol, sport, dport } = plain;
    this.values = { iif, saddr, daddr, protocol, sport, dport };
    this.came = { ...this.values };
    this.states = new Map(WATCHED.map(field => [field, 'original']));
    if (iif === undefined) this.states.set('iif', 'constant');
    if (!hasPorts(protocol)) for (const field of ['sport', 'dport'] as const) this.states.set(field, 'constant');
    this.packet = copyPacket(plain);
    const { values } = this;
    for (const field of WATCHED)
      Object.defineProperty(this.packet, field, {
        enumerable: true,
        get: () => {
          watcher.read(field);
          return values[field];
        },
        set: (value: Address | string | undefined) => {
          this.states.set(field, watcher.written(field, value === values[field], value));
          this.write(field, value);
        },
      });
    const told = WATCHED.map(field => [field, { get: () => values[field] }] as const);
    this.quiet = Object.create(this.packet, Object.fromEntries(told));
  }

  cameAs(field: Watched): Address | string {
    return this.came[field] ?? (field === 'iif' ? SELF : 0);
  }

  private write(field: Watched, value: Address | string | undefined): void {
    const { values } = this;
    switch (field) {
      case 'iif':
        values.iif = typeof value === 'string' ? value : undefined;
        return;
      case 'saddr':
      case 'daddr':
        if (typeof value === 'number' || typeof value === 'bigint') values[field] = value;
        return;
      case 'protocol':
        if (typeof value === 'number') values.protocol = value;
        return;
      default:
        values[field] = typeof value === 'number' ? value : undefined;
    }
  }

  /** Asks as if the packet had come with other values; it is as it was afterwards. */
  with<T>(instead: Instead, ask: () => T): T {
    const kept = { ...this.values };
    this.instead = instead;
    for (const [field, value] of instead)
      if (this.states.get(field) === 'original') this.write(field, value === SELF ? undefined : value);
    try {
      return ask();
    } finally {
      Object.assign(this.values, kept);
      this.instead = undefined;
    }
  }

  /** A tuple of the packet's connection, as it would be for other values; `reply`: its ends are exchanged. */
  tuple(tuple: Tuple, reply: boolean, read: (field: Watched) => void): Tuple {
    const { came } = this;
    const now = <V extends Address | undefined>(value: V, field: Exclude<Watched, 'iif'>): Address | V => {
      if (value === undefined || value !== came[field]) return value;
      read(field);
      const other = this.instead?.get(field);
      return other === undefined || typeof other === 'string' ? value : other;
    };
    const port = (value: number | undefined, field: 'sport' | 'dport') => {
      const other = now(value, field);
      return typeof other === 'bigint' ? undefined : other;
    };
    return {
      get saddr() {
        return now(tuple.saddr, reply ? 'daddr' : 'saddr');
      },
      get daddr() {
        return now(tuple.daddr, reply ? 'saddr' : 'daddr');
      },
      get protocol() {
        return Number(now(tuple.protocol, 'protocol'));
      },
      get sport() {
        return port(tuple.sport, reply ? 'dport' : 'sport');
      },
      get dport() {
        return port(tuple.dport, reply ? 'sport' : 'dport');
      },
      icmp: tuple.icmp,
    };
  }
}
