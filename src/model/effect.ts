import type { Address } from '../net/address.ts';
import type { Masked } from '../net/mark.ts';
import type { TcpHeader } from '../net/packet.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Chain } from './ruleset.ts';
import type { Unknown } from './truth.ts';

/** The addresses and ports a NAT statement may map to (struct nf_nat_range2). */
export interface NatRange {
  readonly minAddress?: Address | undefined;
  readonly maxAddress?: Address | undefined;
  readonly minPort?: number | undefined;
  readonly maxPort?: number | undefined;
  /** `:p1-p2/base`: port = p1 + (dport - base). */
  readonly basePort?: number | undefined;
  readonly random?: boolean | undefined;
  readonly fullyRandom?: boolean | undefined;
  readonly persistent?: boolean | undefined;
}

export type Nat =
  | { readonly kind: 'nat'; readonly type: 'dnat' | 'snat'; readonly range: NatRange }
  | { readonly kind: 'nat'; readonly type: 'masquerade' | 'redirect'; readonly range: NatRange }
  | { readonly kind: 'nat'; readonly type: 'netmap'; readonly to: Prefix };

/** What a reject sends back. `with` is iptables' name of it: icmp-port-unreachable, tcp-reset, icmp6-no-route... */
export interface Reject {
  readonly kind: 'reject';
  readonly with: string;
}

/** Writes to the packet or its connection; marks are written by their already computed value. */
export type Change =
  | {
      readonly kind: 'set';
      readonly field: 'mark' | 'ctmark' | 'priority' | 'tos' | 'ttl' | 'length';
      readonly value: number;
    }
  /** A port rewritten without a connection. */
  | { readonly kind: 'port'; readonly field: 'sport' | 'dport'; readonly value: number }
  /** An address rewritten without a connection (SNPT, DNPT). */
  | { readonly kind: 'address'; readonly field: 'saddr' | 'daddr'; readonly value: Address }
  /** The TCP header as it is afterwards; a field that is not known any more is absent. */
  | { readonly kind: 'tcp'; readonly header: TcpHeader }
  /** `evenAttached`: of what belongs to a packet that is not tracked, too (nft_notrack_eval; xt_notrack passes it by). */
  | { readonly kind: 'notrack'; readonly evenAttached?: true }
  /** Of a connection that is not confirmed yet. */
  | { readonly kind: 'helper'; readonly name: string }
  | {
      readonly kind: 'ct';
      readonly zone?: { readonly id: number; readonly direction: 'both' | 'original' | 'reply' };
      readonly helper?: string;
      readonly zoneFromMark?: boolean;
      /** Of what is not tracked, too: nft_ct_set_zone_eval asks for a connection alone, xt_ct_target for its state as well. */
      readonly evenUntracked?: true;
    }
  | {
      readonly kind: 'recent';
      readonly list: string;
      readonly action: 'set' | 'remove';
      readonly address: Address;
      /** What the entry keeps for `--rttl`. */
      readonly ttl?: number;
    }
  /** An element of an nft set, put in or (without an element) taken out. */
  | {
      readonly kind: 'element';
      readonly set: object;
      readonly key: ElementKey;
      readonly element: AddedElement | undefined;
    }
  | { readonly kind: 'member'; readonly set: string; readonly action: 'add' | 'del'; readonly key: string };

/** The key of an nft set's element; of a concatenation its parts, joined. */
export type ElementKey = number | bigint | string;

/** What a packet put into an nft set or map. */
export interface AddedElement {
  readonly key: ElementKey | readonly ElementKey[];
  readonly value?: ElementKey | readonly ElementKey[];
}

/** What a statement that acts does. `note`: seen, logged or counted, the packet stays as it is. */
export type Effect =
  | { readonly kind: 'verdict'; readonly verdict: 'accept' | 'drop' | 'return' | 'continue' }
  /** `to`: the chain itself, where the statement knows it. */
  | { readonly kind: 'jump' | 'goto'; readonly chain: string; readonly to?: Chain }
  | { readonly kind: 'consumed'; readonly by: string }
  | { readonly kind: 'queue'; readonly number: number; readonly bypass: boolean }
  /** Where no transparent socket takes it the packet is dropped; `orElse`: or the rule ends. */
  | {
      readonly kind: 'tproxy';
      readonly address?: Address;
      readonly port: number;
      readonly mark: Masked;
      readonly orElse?: 'break';
    }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  | { readonly kind: 'undecided'; readonly why: Unknown }
  | Nat
  | Reject;
