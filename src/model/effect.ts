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
  | { readonly kind: 'set'; readonly field: 'mark' | 'ctmark' | 'priority' | 'tos' | 'ttl'; readonly value: number }
  /** An address rewritten without a connection (SNPT, DNPT). */
  | { readonly kind: 'address'; readonly field: 'saddr' | 'daddr'; readonly value: Address }
  /** The TCP header as it is afterwards; a field that is not known any more is absent. */
  | { readonly kind: 'tcp'; readonly header: TcpHeader }
  | { readonly kind: 'notrack' }
  | {
      readonly kind: 'ct';
      readonly zone?: { readonly id: number; readonly direction: 'both' | 'original' | 'reply' };
      readonly helper?: string;
      readonly zoneFromMark?: boolean;
    }
  | {
      readonly kind: 'recent';
      readonly list: string;
      readonly action: 'set' | 'remove';
      readonly address: Address;
      /** What the entry keeps for `--rttl`. */
      readonly ttl?: number;
    }
  | { readonly kind: 'member'; readonly set: string; readonly action: 'add' | 'del'; readonly key: string };

/** What a statement that acts does. `note`: seen, logged or counted, the packet stays as it is. */
export type Effect =
  | { readonly kind: 'verdict'; readonly verdict: 'accept' | 'drop' | 'return' | 'continue' }
  /** `to`: the chain itself, where the statement knows it. */
  | { readonly kind: 'jump' | 'goto'; readonly chain: string; readonly to?: Chain }
  | { readonly kind: 'consumed'; readonly by: string }
  | { readonly kind: 'queue'; readonly number: number; readonly bypass: boolean }
  | { readonly kind: 'tproxy'; readonly address?: Address; readonly port: number; readonly mark: Masked }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  | { readonly kind: 'undecided'; readonly why: Unknown }
  | Nat
  | Reject;
