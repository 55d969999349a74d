import type { Address, Family } from '../net/address.ts';

/** Of which packets a socket may be. */
export interface SocketKind {
  readonly protocol: LocalSocket['protocol'];
  readonly family: Family;
}

/** A socket of a program in the namespace, as `ss` lists it. */
export interface LocalSocket {
  readonly protocol: 'tcp' | 'udp';
  /** What it is bound to; 0 or 0n: every address of its family. */
  readonly address: Address;
  readonly port: number;
  /** The interface that it is bound to; absent: any. */
  readonly device?: string;
  /** Whom it is connected to; absent: it listens. */
  readonly peer?: { readonly address: Address; readonly port: number };
  /** A connection that is only half there: it has no mark of its own. Absent: a socket in full. */
  readonly state?: 'half-open' | 'time-wait';
  /** IP_TRANSPARENT, which `ss` does not tell: absent means not known. */
  readonly transparent?: boolean;
  /** SO_MARK. */
  readonly mark?: number;
}
