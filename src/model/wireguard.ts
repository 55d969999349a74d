import type { Address } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Source } from './source.ts';

/** What `wg show` says of one device; absent: that listing was not captured. */
export interface WireGuard {
  readonly device: string;
  /** UDP port that it receives on and sends from. */
  readonly listenPort?: number;
  /** Of the packets around; 0: off. */
  readonly fwmark?: number;
  /** How the public key begins; none, where the listing has no keys. */
  readonly key?: string;
  readonly peers: readonly WireGuardPeer[];
}

export interface WireGuardPeer {
  /** Pairs the lines of the listings, and the peers of other hosts if `known`. */
  readonly key: string;
  /** Snapshots of older versions have a number in place of the key, which says nothing outside of the host. */
  readonly known: boolean;
  /** Where it was last heard from, or was said to be. `none`: listed, and nobody knows. */
  readonly endpoint?: { readonly address: Address; readonly port: number; readonly source: Source } | 'none';
  /** Whose packets go to it, and come from it. */
  readonly allowed?: readonly AllowedAddresses[];
}

export interface AllowedAddresses {
  readonly prefix: Prefix;
  readonly source: Source;
}
