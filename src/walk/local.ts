import type { Interface } from '../model/interface.ts';
import type { Namespace } from '../model/namespace.ts';
import { type Address, familyOf } from '../net/address.ts';
import { contains, parsePrefix, prefixLength, prefixOf } from '../net/prefix.ts';
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
  private own: ReadonlySet<Address> | undefined;

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
    if (!link || link.kind !== undefined) return link?.kind === 'bridge';
    return this.all.some(port => port.master === link.name);
  }

  /** The address is on an interface (not merely in a local route). */
  owns(address: Address): boolean {
    this.own ??= new Set(this.all.flatMap(link => link.addresses.map(a => a.address)));
    return this.own.has(address);
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

  /** ipv6_dev_get_saddr: the source for a destination that is reached by a device; of equals the first in the list. */
  select6(device: string | undefined, destination: Address): bigint | undefined {
    if (typeof destination !== 'bigint') return undefined;
    const link = this.get(device);
    const near = isMulticast(destination) || scopeOf(destination) <= LINK_SCOPE;
    const links = link && near ? [link] : this.all;
    let best: { address: bigint; score: readonly number[] } | undefined;
    for (const { name, addresses } of links)
      for (const { address, prefixLength, flags = [] } of addresses) {
        if (typeof address !== 'bigint') continue;
        if (flags.includes('tentative') && !flags.includes('optimistic')) continue;
        const scope = scopeOf(address);
        const score = [
          Number(address === destination),
          scope >= scopeOf(destination) ? -scope : scope - 128,
          Number(!flags.includes('deprecated')),
          Number(device === undefined || name === device),
          Number(labelOf(address) === labelOf(destination)),
          Number(!flags.includes('temporary')),
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

const LINK_SCOPE = 2;
const SITE_SCOPE = 5;
const GLOBAL_SCOPE = 14;

/** __ipv6_addr_type: groups carry their scope, loopback counts as link-local. */
function scopeOf(address: bigint): number {
  if (isMulticast(address)) return Number((address >> 112n) & 0xfn);
  if (isLinkLocal(address) || isLoopback(address)) return LINK_SCOPE;
  return address >> 118n === 0x3fbn ? SITE_SCOPE : GLOBAL_SCOPE;
}

/** The policy table as the kernel brings it (`ip addrlabel`), the longest prefixes first. */
const LABELS: readonly (readonly [string, number])[] = [
  ['::1/128', 0],
  ['::ffff:0:0/96', 4],
  ['::/96', 3],
  ['2001::/32', 6],
  ['2001:10::/28', 7],
  ['2002::/16', 2],
  ['3ffe::/16', 12],
  ['fec0::/10', 11],
  ['fc00::/7', 5],
];
const LABELLED = LABELS.map(([text, label]) => ({ prefix: parsePrefix(text), label }));

const labelOf = (address: bigint): number =>
  LABELLED.find(({ prefix }) => prefix && contains(prefix, address))?.label ?? 1;

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
