import type { Address } from '../net/address.ts';

export type TunnelKind = 'vxlan' | 'geneve' | 'ipip' | 'sit' | 'ip6tnl' | 'gre' | 'wireguard' | 'tun';

/** What `ip -d link` says of a device that puts its packets into others; absent: any, or not shown. */
export interface Tunnel {
  readonly kind: TunnelKind;
  /** VNI of VXLAN and Geneve. */
  readonly id?: number;
  readonly local?: Address;
  readonly remote?: Address;
  /** The device that the packets around are sent by. */
  readonly device?: string;
  /** Destination port of the packets around. */
  readonly port?: number;
  /** Range of their source ports; absent: the kernel's own (ip_local_port_range). */
  readonly sourcePorts?: readonly [number, number];
  /** Of the packets around; absent: the kernel's default. */
  readonly ttl?: number;
  /** Where a packet goes is decided outside (eBPF, OVS): no dump holds it. */
  readonly external?: boolean;
}

export const TUNNEL_KINDS: readonly TunnelKind[] = [
  'vxlan',
  'geneve',
  'ipip',
  'sit',
  'ip6tnl',
  'gre',
  'wireguard',
  'tun',
];
