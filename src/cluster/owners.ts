import type { Interface } from '../model/interface.ts';
import type { Address } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { contains, networkOf, prefixOf } from '../net/prefix.ts';
import { isLinkLocal, isLoopback } from '../walk/local.ts';
import type { Host } from './host.ts';

/** An interface, and whose it is. */
export interface Port {
  readonly host: Host;
  readonly link: Interface;
}

/** Who has an address or a link layer address, by the interfaces that were captured. */
export class Owners {
  private readonly macs = new Map<Mac, Port[]>();
  private readonly addresses = new Map<Address, Port[]>();
  private readonly byHost = new Map<Host, Map<string, Port>>();
  private readonly links = new Map<Port, readonly Port[]>();
  readonly hosts: readonly Host[];

  constructor(hosts: readonly Host[]) {
    this.hosts = hosts;
    for (const host of hosts) {
      const own = new Map<string, Port>();
      this.byHost.set(host, own);
      for (const link of host.namespace.interfaces ?? []) {
        const port = { host, link };
        own.set(link.name, port);
        if (link.mac !== undefined && !link.flags.includes('LOOPBACK')) put(this.macs, link.mac, port);
        for (const { address } of link.addresses) if (!isLoopback(address)) put(this.addresses, address, port);
      }
    }
  }

  withMac(mac: Mac): readonly Port[] {
    return this.macs.get(mac) ?? [];
  }

  withAddress(address: Address): readonly Port[] {
    return this.addresses.get(address) ?? [];
  }

  port(host: Host, device: string | undefined): Port | undefined {
    return device === undefined ? undefined : this.byHost.get(host)?.get(device);
  }

  /** Interfaces of other hosts that are on the same link as this one. */
  onLinkOf(port: Port): readonly Port[] {
    const known = this.links.get(port);
    if (known) return known;
    const found = [...this.byHost.values()].flatMap(links =>
      [...links.values()].filter(other => sameLink(port, other)),
    );
    this.links.set(port, found);
    return found;
  }
}

function put<K>(map: Map<K, Port[]>, key: K, port: Port): void {
  const list = map.get(key);
  if (list) list.push(port);
  else map.set(key, [port]);
}

/** A device that puts its packets into others, or knows no neighbours. */
export const isTunnel = ({ tunnel, flags }: Interface): boolean =>
  tunnel !== undefined || (flags.includes('NOARP') && !flags.includes('LOOPBACK'));

const nodeOf = ({ kind, name, node }: Host): string | undefined => (kind === 'node' ? name : node);

/**
 * Two interfaces of two hosts are on one link where they have addresses of one network. The same address on both is
 * that of a bridge which every host has for itself (docker0).
 */
function sameLink(a: Port, b: Port): boolean {
  if (a.host === b.host || isTunnel(a.link) || isTunnel(b.link)) return false;
  const pod = a.host.kind === 'pod' || b.host.kind === 'pod';
  if (pod && nodeOf(a.host) !== nodeOf(b.host)) return false;
  return a.link.addresses.some(one =>
    b.link.addresses.some(
      other =>
        one.address !== other.address &&
        one.prefixLength === other.prefixLength &&
        !isLinkLocal(one.address) &&
        !isLoopback(one.address) &&
        one.prefixLength < (typeof one.address === 'number' ? 32 : 128) &&
        contains(networkOf(prefixOf(one.address, one.prefixLength)), other.address),
    ),
  );
}
