import type { Prefix } from '../net/prefix.ts';
import type { Source } from './source.ts';

/** A policy of IPsec (ip-xfrm(8)); sockets may have others of their own. */
export interface IpsecPolicy {
  readonly source: Prefix;
  readonly destination: Prefix;
  /** Absent: any. */
  readonly protocol?: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly direction: 'in' | 'out' | 'fwd';
  /** The lowest counts. */
  readonly priority: number;
  readonly blocks: boolean;
  /** The ends of what a packet is to be carried by, `10.0.0.1 > 10.0.0.2`; absent: it passes as it is. */
  readonly transforms?: string;
  /** A packet may come without it, too (level use). */
  readonly isOptional: boolean;
  /** Of a mark, a device or an interface id alone. */
  readonly isLimited: boolean;
  readonly at: Source;
}

/** A program, or a filter of tc, that sees packets where no rule of netfilter does, and may drop, change or redirect them. */
export interface PacketProgram {
  /** `BPF program cil_from_netdev`, `filter matchall`. */
  readonly what: string;
  /** `xdp`, `ingress`, `egress` of a device. */
  readonly hook: 'xdp' | 'ingress' | 'egress';
  readonly device: string;
  readonly at: Source;
}
