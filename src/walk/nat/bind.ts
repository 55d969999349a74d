import type { Nat, NatRange } from '../../model/effect.ts';
import type { Hook } from '../../model/ruleset.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import { networkOf } from '../../net/prefix.ts';
import { isLinkLocal } from '../local.ts';
import type { Pass } from '../pass.ts';
import { exactly, type Manip } from './range.ts';

/** What nat chains on a hook change. */
export const manipAt = (hook: Hook): Manip => (hook === 'prerouting' || hook === 'output' ? 'destination' : 'source');

export interface NoAddress {
  readonly drop: string;
}

/** Equal where the same comes of it; of a map between networks the addresses are the packet's own. */
export function keyOfRange(range: NatRange | NoAddress | Unknown): string {
  if ('kind' in range) return `? ${range.reason}`;
  return 'drop' in range ? range.drop : `${range.minAddress}-${range.maxAddress}:${range.minPort}-${range.maxPort}`;
}

/** The addresses and ports that a NAT statement maps to at this place. */
export function rangeFor(pass: Pass, nat: Nat): NatRange | NoAddress | Unknown {
  switch (nat.type) {
    case 'masquerade':
      return masquerade(pass, nat.range);
    case 'redirect':
      return redirect(pass, nat.range);
    case 'netmap': {
      const { to } = nat;
      const address = manipAt(pass.hook) === 'source' ? pass.bare.saddr : pass.bare.daddr;
      const network = networkOf(to);
      if (network.family === 'ip' && typeof address === 'number')
        return exactly((network.address | (address & ~network.mask)) >>> 0);
      if (network.family === 'ip6' && typeof address === 'bigint')
        return exactly(network.address | (address & ~network.mask & ((1n << 128n) - 1n)));
      return unknown('NETMAP of another family');
    }
    default:
      return nat.range;
  }
}

/** nf_nat_masquerade_ipv4 and _ipv6: an address of the device that the packet leaves by. */
function masquerade(pass: Pass, range: NatRange): NatRange | NoAddress | Unknown {
  const { packet, nexthop, compiled } = pass;
  const { links } = compiled;
  const device = packet.oif;
  if (!links.captured || device === undefined) {
    const [own] = compiled.namespace.localAddresses.filter(a => typeof a === typeof packet.saddr);
    if (own !== undefined) {
      pass.assume({ what: `MASQUERADE takes ${formatAddress(own)}`, change: '-f a file with the output of `ip addr`' });
      return exactly(own, range);
    }
    const none = packet.family === 'ip' ? 0 : 0n;
    pass.assume({
      what: `MASQUERADE takes the node's own address, which is not known: ${formatAddress(none)} stands for it`,
      change: '--local ADDRESS, or -f a file with the output of `ip addr`',
    });
    return exactly(none, range);
  }
  const address =
    packet.family === 'ip'
      ? links.select4(device, nexthop?.address ?? packet.daddr)
      : links.select6(device, packet.daddr);
  return address === undefined ? { drop: `${device} has no address to masquerade as` } : exactly(address, range);
}

/** nf_nat_redirect: the first address of the incoming device, or loopback for what the node sends itself. */
function redirect(pass: Pass, range: NatRange): NatRange | NoAddress | Unknown {
  const { packet, hook, compiled } = pass;
  if (hook === 'output') return exactly(packet.family === 'ip' ? 0x7f000001 : 1n, range);
  const link = compiled.links.get(packet.iif);
  if (!link) {
    const [own] = compiled.namespace.localAddresses.filter(a => typeof a === typeof packet.saddr);
    if (own === undefined)
      return unknown('REDIRECT takes an address of a device that was not captured', '--local ADDRESS');
    pass.assume({ what: `REDIRECT takes ${formatAddress(own)}`, change: '-f a file with the output of `ip addr`' });
    return exactly(own, range);
  }
  const addresses = link.addresses.map(a => a.address).filter(a => typeof a === typeof packet.saddr);
  const scoped = packet.family === 'ip' ? addresses : addresses.filter(a => isOfScope(a, packet.daddr));
  const [address] = scoped;
  return address === undefined ? { drop: `${link.name} has no address to redirect to` } : exactly(address, range);
}

/** nf_nat_redirect_ipv6_usable: a destination of a narrower scope than global asks for an address of that scope. */
function isOfScope(address: Address, destination: Address): boolean {
  if (typeof destination !== 'bigint') return true;
  const multicast = destination >> 120n === 0xffn ? Number((destination >> 112n) & 0xfn) : undefined;
  if (multicast === 2 || isLinkLocal(destination)) return isLinkLocal(address);
  if (multicast === 1 || destination === 1n) return address === 1n;
  return multicast !== 5;
}
