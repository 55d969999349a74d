import type { Address } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import type { Source } from './source.ts';
import type { Tunnel } from './tunnel.ts';

export interface InterfaceAddress {
  readonly address: Address;
  /** Bits. */
  readonly prefixLength: number;
  readonly scope: 'global' | 'link' | 'host' | 'site';
  readonly secondary: boolean;
  readonly broadcast?: Address;
  readonly peer?: Address;
  /** tentative, dadfailed, deprecated, noprefixroute... as `ip addr` prints them. */
  readonly flags?: readonly string[];
}

export interface Interface {
  readonly index: number;
  readonly name: string;
  readonly flags: readonly string[];
  readonly mtu: number | undefined;
  readonly mac: Mac | undefined;
  /** `ip link` group, by its number; `default` is 0. */
  readonly group: number;
  /** veth, bridge, vxlan...; absent where the dump does not say (`ip addr` without -d). */
  readonly kind: string | undefined;
  /** The bridge or VRF that this interface is a port of. */
  readonly master: string | undefined;
  /** Of a bridge port: frames may leave by the port they came in by. */
  readonly hairpin: boolean | undefined;
  /** Of a device that puts packets into others. */
  readonly tunnel?: Tunnel;
  /** In the order of the list, which decides what MASQUERADE and REDIRECT take. */
  readonly addresses: readonly InterfaceAddress[];
  readonly source: Source;
}
