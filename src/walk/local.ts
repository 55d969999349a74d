import type { Interface } from '../model/interface.ts';
import type { Namespace } from '../model/namespace.ts';
import { type Address, familyOf } from '../net/address.ts';
import { contains, prefixLength, prefixOf } from '../net/prefix.ts';
import type { Fib } from './route/fib.ts';

export const isLoopback = (address: Address): boolean =>
  typeof address === 'number' ? address >>> 24 === 127 : address === 1n;
export const isMulticast = (address: Address): boolean =>
  typeof address === 'number' ? address >>> 28 === 14 : address >> 120n === 0xffn;
export const isLinkLocal = (address: Address): boolean =>
  typeof address === 'number' ? address >>> 16 === 0xa9fe : address >> 118n === 0x3fan;
export const LIMITED_BROADCAST = 0xffffffff;

/** Interfaces and their addresses, as the kernel's own choices among them go. */
export class Links {
  private readonly byName: ReadonlyMap<string, Interface>;
  readonly all: readonly Interface[];
  readonly captured: boolean;

  constructor(namespace: Namespace) {
    this.all = namespace.interfaces ?? [];
    this.captured = namespace.interfaces !== undefined;
    this.byName = new Map(this.all.map(link => [link.name, link] as const));
  }

  get(name: string | undefined): Interface | undefined {
    return name === undefined ? undefined : this.byName.get(name);
  }

  /** The bridge that the interface is a port of, if it is one. */
  bridgeOf(name: string | undefined): Interface | undefined {
    const master = this.get(this.get(name)?.master);
    return master?.kind === undefined || master.kind === 'bridge' ? master : undefined;
  }

  isBridge(name: string | undefined): boolean {
    const link = this.get(name);
    return (
      link !== undefined &&
      (link.kind === 'bridge' || this.all.some(port => port.master === link.name && link.kind === undefined))
    );
  }

  /** The address is on an interface (not merely in a local route). */
  owns(address: Address): boolean {
    return this.all.some(link => link.addresses.some(a => a.address === address));
  }

  /** inet_select_addr: what MASQUERADE takes on a device for a next hop (IPv4); else another device's. */
  select4(device: string, nexthop: Address): Address | undefined {
    let first: Address | undefined;
    for (const { address, prefixLength, scope, secondary } of this.get(device)?.addresses ?? []) {
      if (typeof address !== 'number' || secondary || scope !== 'global') continue;
      if (contains(prefixOf(address, prefixLength), nexthop)) return address;
      first ??= address;
    }
    if (first !== undefined) return first;
    for (const link of this.all)
      for (const { address, scope, secondary } of link.addresses)
        if (typeof address === 'number' && !secondary && scope === 'global') return address;
    return undefined;
  }

  /** RFC 6724 as far as scopes, the outgoing device and the longest common prefix go (ipv6_dev_get_saddr). */
  select6(device: string, destination: Address): Address | undefined {
    if (typeof destination !== 'bigint') return undefined;
    let best: { address: bigint; score: readonly number[] } | undefined;
    for (const link of this.all)
      for (const { address, prefixLength } of link.addresses) {
        if (typeof address !== 'bigint' || address === 1n) continue;
        if (isLinkLocal(address) && link.name !== device) continue;
        const score = [
          Number(address === destination),
          isLinkLocal(address) === isLinkLocal(destination) ? 1 : 0,
          Number(link.name === device),
          commonLabel(address, destination),
          Math.min(commonBits(address, destination), prefixLength),
        ];
        if (!best || better(score, best.score)) best = { address, score };
      }
    return best?.address;
  }
}

const better = (a: readonly number[], b: readonly number[]): boolean => {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
};

/** The policy table's labels: unique local addresses go with their like (fc00::/7). */
const commonLabel = (a: bigint, b: bigint): number => Number((a >> 121n === 0x7en) === (b >> 121n === 0x7en));

function commonBits(a: bigint, b: bigint): number {
  let differing = a ^ b;
  let bits = 128;
  for (; differing > 0n; differing >>= 1n) bits--;
  return bits;
}

/** `addrtype` and the fib expressions ask the local table alone (IPv4). */
export function localType(
  fib: Fib,
  address: Address,
  device?: string,
): 'local' | 'broadcast' | 'multicast' | 'unicast' | 'anycast' {
  if (typeof address === 'number' && (address === 0 || address === LIMITED_BROADCAST)) return 'broadcast';
  if (isMulticast(address)) return 'multicast';
  const found = fib.inTable(familyOf(address), 'local', { daddr: address, mark: 0, tos: 0 });
  if (found?.kind !== 'route') return 'unicast';
  const on = found.nexthops[0]?.device;
  if (device !== undefined && on !== undefined && on !== device) return 'unicast';
  const { type } = found.route;
  return type === 'local' || type === 'broadcast' || type === 'anycast' || type === 'multicast' ? type : 'unicast';
}

/** Length of the longest of the namespace's own on-link prefixes that holds the address; undefined: none does. */
export function onLink(link: Interface | undefined, address: Address): number | undefined {
  const lengths = (link?.addresses ?? [])
    .filter(a => contains(prefixOf(a.address, a.prefixLength), address))
    .map(a => prefixLength(prefixOf(a.address, a.prefixLength)) ?? 0);
  return lengths.length > 0 ? Math.max(...lengths) : undefined;
}
