import type { AddedElement, ElementKey } from '../model/effect.ts';
import type { IpSet } from '../model/ipset.ts';
import type { Namespace } from '../model/namespace.ts';
import type { RecentList } from '../model/recent.ts';
import type { Address } from '../net/address.ts';
import type { Assumed } from './trace.ts';

/**
 * What packets write beside their connections: members of sets, lists of `recent`, counters of statements. A child sees
 * its parent's and keeps its own writes until `commit`.
 */
export class Scratch {
  private readonly namespace: Namespace;
  private readonly parent: Scratch | undefined;
  private sets: Map<string, IpSet> | undefined;
  private lists: Map<string, RecentList> | undefined;
  private elementsOf: Map<object, Map<ElementKey, AddedElement | undefined>> | undefined;
  private states: Map<object, Map<number, object>> | undefined;

  constructor(namespace: Namespace, parent?: Scratch) {
    this.namespace = namespace;
    this.parent = parent;
  }

  set(name: string): IpSet | undefined {
    return this.sets?.get(name) ?? (this.parent ? this.parent.set(name) : this.namespace.sets?.get(name));
  }

  replaceSet(set: IpSet): void {
    this.sets ??= new Map();
    this.sets.set(set.name, set);
  }

  /** What packets put into an nft set or took out of it; undefined: nothing. */
  elements(set: object): ReadonlyMap<ElementKey, AddedElement | undefined> | undefined {
    return this.elementsOf?.get(set) ?? this.parent?.elements(set);
  }

  keepElement(set: object, key: ElementKey, element: AddedElement | undefined): void {
    this.elementsOf ??= new Map();
    const elements = this.elementsOf.get(set) ?? new Map(this.elements(set));
    this.elementsOf.set(set, elements.set(key, element));
  }

  /** Lists that nobody captured are taken to be empty: no client was noted yet. */
  recent(name: string, assume: (assumed: Assumed) => void): RecentList {
    const own =
      this.lists?.get(name) ?? (this.parent ? this.parent.recent(name, assume) : this.namespace.recent?.get(name));
    if (own) return own;
    if (!this.namespace.recent)
      assume({ what: `the list of recent clients ${name} is empty`, change: `/proc/net/xt_recent/${name}` });
    return { name, entries: [] };
  }

  note(name: string, address: Address, ttl: number): void {
    const { entries } = this.recent(name, () => undefined);
    const known = entries.find(e => e.address === address);
    const entry = { address, ttl, agesSeconds: [0, ...(known?.agesSeconds ?? [])], hits: (known?.hits ?? 0) + 1 };
    this.keep({ name, entries: [entry, ...entries.filter(e => e !== known)] });
  }

  forget(name: string, address: Address): void {
    const { entries } = this.recent(name, () => undefined);
    this.keep({ name, entries: entries.filter(e => e.address !== address) });
  }

  private keep(list: RecentList): void {
    this.lists ??= new Map();
    this.lists.set(list.name, list);
  }

  /**
   * The kernel's state for one statement: `place` numbers it among those of the list, for rules of the same words share
   * their options. A child works on a copy.
   */
  state<T extends object>(list: object, place: number, initial: () => T): T {
    const own = this.states?.get(list)?.get(place);
    if (own) return own as T; // a place is always asked for with the same T
    const made = this.parent ? { ...this.parent.state(list, place, initial) } : initial();
    this.states ??= new Map();
    const places = this.states.get(list) ?? new Map<number, object>();
    this.states.set(list, places.set(place, made));
    return made;
  }

  commit(): void {
    const { parent } = this;
    if (!parent) return;
    for (const set of this.sets?.values() ?? []) parent.replaceSet(set);
    for (const list of this.lists?.values() ?? []) parent.keep(list);
    if (this.elementsOf) {
      parent.elementsOf ??= new Map();
      for (const [set, elements] of this.elementsOf) parent.elementsOf.set(set, elements);
    }
    if (!this.states) return;
    parent.states ??= new Map();
    for (const [list, places] of this.states) {
      const own = parent.states.get(list) ?? new Map<number, object>();
      parent.states.set(list, own);
      for (const [place, state] of places) own.set(place, state);
    }
  }
}
