import type { Address, Family } from '../net/address.ts';
import type { Source } from './source.ts';

/** One direction's key. ICMP keeps its id in sport and dport, type and code beside. */
export interface Tuple {
  readonly saddr: Address;
  readonly daddr: Address;
  readonly protocol: number;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  readonly icmp?: { readonly type: number; readonly code: number; readonly id: number } | undefined;
}

export type Direction = 'original' | 'reply';

/** State of a packet's connection as rules see it. */
export type CtState = 'new' | 'established' | 'related' | 'invalid' | 'untracked';

export type CtStatus =
  | 'EXPECTED'
  | 'SEEN_REPLY'
  | 'ASSURED'
  | 'CONFIRMED'
  | 'SRC_NAT'
  | 'DST_NAT'
  | 'SEQ_ADJUST'
  | 'SRC_NAT_DONE'
  | 'DST_NAT_DONE'
  | 'DYING'
  | 'FIXED_TIMEOUT'
  | 'TEMPLATE'
  | 'NAT_CLASH'
  | 'HELPER'
  | 'OFFLOAD'
  | 'HW_OFFLOAD';

/** One line of `conntrack -L` or /proc/net/nf_conntrack. */
export interface ConntrackEntry {
  readonly family: Family;
  readonly original: Tuple;
  readonly reply: Tuple;
  /** As printed: SYN_SENT, ESTABLISHED, TIME_WAIT...; only protocols that have one. */
  readonly protocolState?: string;
  /** Seconds left; absent where the line has none ([OFFLOAD]). */
  readonly timeout?: number;
  readonly unreplied: boolean;
  readonly assured: boolean;
  /** [OFFLOAD] or [HW_OFFLOAD]: its packets pass by the hooks. */
  readonly offload?: 'software' | 'hardware';
  readonly mark: number;
  readonly zone: number;
  readonly zoneOriginal?: number;
  readonly zoneReply?: number;
  readonly helper?: string;
  readonly labels?: string;
  readonly counters?: {
    readonly originalPackets: bigint;
    readonly originalBytes: bigint;
    readonly replyPackets: bigint;
    readonly replyBytes: bigint;
  };
  readonly source: Source;
}
