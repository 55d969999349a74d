import type { Address, Family } from '../net/address.ts';
import type { Masked } from '../net/mark.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Source } from './source.ts';

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'nat';

export interface Nexthop {
  readonly gateway?: Address;
  readonly device?: string;
  readonly weight: number;
  /** A tunnel that the route itself puts packets into (`encap ip`, `mpls`, `seg6`). */
  readonly encap?: string;
  readonly flags: readonly string[];
}

export interface Route {
  readonly family: Family;
  readonly type: RouteType;
  readonly destination: Prefix;
  /** `main`, `local`, `default`, or its number as text. */
  readonly table: string;
  readonly nexthops: readonly Nexthop[];
  readonly source?: Address;
  readonly tos: number;
  readonly metric: number;
  readonly scope?: string;
  readonly protocol?: string;
  readonly flags: readonly string[];
  readonly from?: Prefix;
  readonly at: Source;
}

export type RuleAction =
  | { readonly kind: 'lookup'; readonly table: string; readonly suppressPrefixLength?: number }
  | { readonly kind: 'goto'; readonly priority: number }
  | { readonly kind: 'blackhole' | 'unreachable' | 'prohibit' | 'nop' }
  /** l3mdev and whatever this version cannot follow. */
  | { readonly kind: 'unsupported'; readonly text: string };

/** One line of `ip rule`; absent selectors match everything. */
export interface RoutingRule {
  readonly family: Family;
  readonly priority: number;
  readonly inverted: boolean;
  readonly from?: Prefix;
  readonly to?: Prefix;
  readonly iif?: string;
  readonly oif?: string;
  readonly mark?: Masked;
  readonly tos?: number;
  readonly protocol?: number;
  readonly sport?: readonly [number, number];
  readonly dport?: readonly [number, number];
  readonly uid?: readonly [number, number];
  readonly action: RuleAction;
  readonly at: Source;
}
