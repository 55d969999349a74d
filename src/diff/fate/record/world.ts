import type { AddedElement, ElementKey } from '../../../model/effect.ts';
import type { Interface } from '../../../model/interface.ts';
import type { IpSet } from '../../../model/ipset.ts';
import type { RecentList } from '../../../model/recent.ts';
import type { Hook } from '../../../model/ruleset.ts';
import type { Unknown } from '../../../model/truth.ts';
import type { AddressType, ConnectionView, RouteAnswer, RouteQuery, Ways, World } from '../../../model/world.ts';
import type { Address, Family } from '../../../net/address.ts';
import type { Pass } from '../../../walk/pass.ts';
import type { Watched, WatchedPacket } from './watched.ts';

/** What a statement may ask of its surroundings, which may be asked again without a trace of it. */
export class RecordingWorld implements World {
  /** Routes or kinds of addresses were asked for. */
  routed = false;
  /** A set was asked that the packet itself has changed. */
  ownSet = false;
  private readonly pass: Pass;
  private readonly watched: WatchedPacket;
  private readonly read: (field: Watched) => void;
  private readonly chosen: number[] = [];
  private again: number | undefined;

  constructor(pass: Pass, watched: WatchedPacket, read: (field: Watched) => void) {
    this.pass = pass;
    this.watched = watched;
    this.read = read;
  }

  /** From here on the dice fall as they fell before. */
  replay(): void {
    this.again = 0;
  }

  get family(): Family {
    return this.pass.family;
  }

  get hook(): Hook {
    return this.pass.hook;
  }

  get clock(): Date | undefined {
    return this.pass.clock;
  }

  get connection(): ConnectionView {
    const { state, entry } = this.pass.connection;
    if (!entry) return { state, entry };
    const { watched, read } = this;
    const original = watched.tuple(entry.original, false, read);
    const reply = watched.tuple(entry.reply, true, read);
    const { direction, status, mark, zone, helper, labels, expires, packets, bytes } = entry;
    return {
      state,
      entry: { direction, status, original, reply, mark, zone, helper, labels, expires, packets, bytes },
    };
  }

  addressType(address: Address, limit?: 'iif' | 'oif'): ReadonlySet<AddressType> | Unknown {
    this.routed = true;
    return this.pass.addressType(address, limit);
  }

  route(query: RouteQuery): RouteAnswer {
    this.routed = true;
    return this.pass.route(query);
  }

  interface(name: string): Interface | Unknown {
    return this.pass.interface(name);
  }

  set(name: string): IpSet | Unknown {
    const set = this.pass.set(name);
    if (set !== this.pass.compiled.namespace.sets?.get(name) && !('reason' in set)) this.ownSet = true;
    return set;
  }

  elements(set: object): ReadonlyMap<ElementKey, AddedElement | undefined> | undefined {
    const elements = this.pass.elements(set);
    if (elements) this.ownSet = true;
    return elements;
  }

  choose(ways: Ways): number {
    if (this.again === undefined) {
      const option = this.pass.choose(ways);
      this.chosen.push(option);
      return option;
    }
    return this.chosen[this.again++] ?? 0;
  }

  recent(name: string): RecentList | Unknown {
    return this.pass.recent(name);
  }

  socket(): ReturnType<World['socket']> {
    return this.pass.socket();
  }

  sysctl(name: string): string | undefined {
    return this.pass.sysctl(name);
  }

  state(): undefined {
    return undefined;
  }
}
