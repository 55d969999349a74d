import type { Address, Family } from '../net/address.ts';
import type { CtState, CtStatus, Direction, Tuple } from './conntrack.ts';
import type { AddedElement, ElementKey } from './effect.ts';
import type { Interface } from './interface.ts';
import type { IpSet } from './ipset.ts';
import type { RecentList } from './recent.ts';
import type { RouteType } from './route.ts';
import type { Hook } from './ruleset.ts';
import type { Unknown } from './truth.ts';

/** The packet's connection as rules see it; `entry` is absent for invalid and untracked packets. */
export interface ConnectionView {
  readonly state: CtState;
  readonly entry: ConnectionEntry | undefined;
  /** `entry` is what a rule hung on the packet before it is tracked. */
  readonly template?: true;
}

export interface ConnectionEntry {
  readonly direction: Direction;
  readonly status: ReadonlySet<CtStatus>;
  readonly original: Tuple;
  readonly reply: Tuple;
  readonly mark: number;
  readonly zone: number;
  readonly helper: string | undefined;
  readonly labels: string | undefined;
  /** Seconds until the entry expires, where that is known. */
  readonly expires: number | undefined;
  /** Only with nf_conntrack_acct; undefined: not known. */
  readonly packets: { readonly original: bigint; readonly reply: bigint } | undefined;
  readonly bytes: { readonly original: bigint; readonly reply: bigint } | undefined;
}

export interface RouteQuery {
  readonly saddr?: Address;
  readonly daddr: Address;
  readonly iif?: string;
  readonly oif?: string;
  /** Of the routes to one prefix rather one out of this device. */
  readonly prefers?: string;
  readonly mark?: number;
  readonly tos?: number;
  readonly protocol?: number;
}

export type RouteAnswer =
  | {
      readonly kind: 'found';
      readonly type: RouteType;
      readonly device: string | undefined;
      /** Every next hop's device, where the route has several. */
      readonly devices?: readonly string[];
      readonly gateway: Address | undefined;
      /** Length in bits of the route's prefix. */
      readonly prefixLength: number;
      readonly source: Address | undefined;
    }
  | { readonly kind: 'none' }
  | Unknown;

/** Kinds of `addrtype`; a v6 address can be of several at once. */
export type AddressType =
  | 'UNSPEC'
  | 'UNICAST'
  | 'LOCAL'
  | 'BROADCAST'
  | 'ANYCAST'
  | 'MULTICAST'
  | 'BLACKHOLE'
  | 'UNREACHABLE'
  | 'PROHIBIT'
  | 'THROW'
  | 'NAT'
  | 'XRESOLVE';

/** Equally likely; a label says for a person what a way leads to. */
export interface Ways {
  readonly count: number;
  labelOf(index: number): string;
}

/** What the evaluation of a statement may ask about the place where the packet is. walk/ implements it. */
export interface World {
  readonly family: Family;
  readonly hook: Hook;
  readonly connection: ConnectionView;
  /** The evaluation's clock; absent: not told, and matches on time are unknown. */
  readonly clock: Date | undefined;
  /** `limit`: an address that is local on another interface than the packet's in or out one counts as unicast. */
  addressType(address: Address, limit?: 'iif' | 'oif'): ReadonlySet<AddressType> | Unknown;
  route(query: RouteQuery): RouteAnswer;
  interface(name: string): Interface | Unknown;
  set(name: string): IpSet | Unknown;
  /** What packets have put into an nft set or taken out of it (undefined) since it was listed. */
  elements(set: object): ReadonlyMap<ElementKey, AddedElement | undefined> | undefined;
  /** The kernel throws dice between equal ways: the index of the one that is walked. */
  choose(ways: Ways): number;
  /** List of `-m recent`; a list that no packet was noted in is empty, one that was not captured unknown. */
  recent(name: string): RecentList | Unknown;
  /**
   * A local socket the packet would be delivered to; whether it is transparent and `mark`, its SO_MARK, where that is known;
   * the mark is null of a connection that is half-open or in TIME-WAIT. `connected`: it is the packet's own, in full.
   */
  socket():
    | {
        readonly transparent?: boolean;
        readonly wildcard: boolean;
        readonly connected?: boolean;
        readonly mark?: number | null;
      }
    | undefined
    | Unknown;
  /** One of /proc/sys by its dotted name, where it was captured. */
  sysctl(name: string): string | undefined;
  /**
   * State that the kernel keeps for one rule's statement (statistic nth, quota): created by `initial` where the rules
   * are known to be fresh, undefined where they have run for a time nobody recorded.
   */
  state<T extends object>(owner: object, initial: () => T): T | undefined;
}
