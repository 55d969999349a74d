import { type Unknown, unknown } from '../model/truth.ts';
import type { AddressType } from '../model/world.ts';
import type { Address } from '../net/address.ts';
import { isMulticast, localType } from './local.ts';
import type { Compiled } from './machine.ts';

const TYPES: Readonly<Record<ReturnType<typeof localType>, AddressType>> = {
  local: 'LOCAL',
  broadcast: 'BROADCAST',
  multicast: 'MULTICAST',
  unicast: 'UNICAST',
  anycast: 'ANYCAST',
};

/**
 * Kinds of an address as xt_addrtype asks: of the local table alone for IPv4, of the routes for IPv6. With a device IPv6
 * asks whether that has the address, and no route makes it local (match_lookup_rt6, nft_fib6_eval_type).
 */
export function addressTypes(
  compiled: Compiled,
  address: Address,
  device: string | undefined,
): ReadonlySet<AddressType> | Unknown {
  const { fib, links, namespace } = compiled;
  if (!links.captured && namespace.routes === undefined && namespace.localAddresses.length === 0)
    return unknown("the node's own addresses are not known", '--local ADDRESS, or -f a file with `ip addr`');
  if (typeof address === 'number') return new Set([TYPES[localType(fib, address, device)]]);
  const types = new Set<AddressType>();
  if (address === 0n) return new Set<AddressType>(['UNSPEC']);
  if (isMulticast(address)) types.add('MULTICAST');
  else if (address !== 1n) types.add('UNICAST');
  const found = fib.lookup({
    daddr: address,
    mark: 0,
    tos: 0,
    iif: 'lo',
    ...(device !== undefined && { oif: device }),
  });
  if (found.kind === 'unknown') return found;
  const type = found.kind === 'route' ? found.route.type : 'unreachable';
  const held = device === undefined || !links.captured ? undefined : links.get(device)?.addresses;
  if (held?.some(one => one.address === address) ?? type === 'local') types.add('LOCAL');
  if (type === 'anycast') types.add('ANYCAST');
  if (type === 'unreachable' || type === 'blackhole' || type === 'prohibit') types.add('UNREACHABLE');
  return types;
}
