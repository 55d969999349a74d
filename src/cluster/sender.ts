import { InputError } from '../model/source.ts';
import { type Address, familyOf, formatAddress, parseAddress } from '../net/address.ts';
import { Links } from '../walk/local.ts';
import type { Compiled } from '../walk/machine.ts';
import { Fib, type Flow } from '../walk/route/fib.ts';
import type { Cluster } from './cluster.ts';
import type { Host } from './host.ts';
import { type Endpoint, parseEndpoint, parsePort } from './request.ts';

/**
 * The sender that a person names: an address, or the name of a host or a pod. A host sends from the address that its
 * route to the destination chooses, and from itself. Throws InputError for a name that nothing has.
 */
export function senderOf(
  cluster: Cluster,
  text: string,
  destination: Address,
): { readonly source: Endpoint; readonly host?: Host } {
  const { name = text, port } = /^(?<name>[^:[\]]+):(?<port>\d+)$/.exec(text)?.groups ?? {};
  const looksLikeAddress = text.includes('[') || parseAddress(name) !== undefined || parseAddress(text) !== undefined;
  if (looksLikeAddress) return { source: parseEndpoint(text, 'source') };
  const ending = port === undefined ? {} : { port: parsePort(port, 'source') };
  const host = cluster.hosts.find(known => known.name === name);
  if (host) {
    const { namespace } = host;
    const address = sourceAddress(
      { namespace, fib: new Fib(namespace), links: new Links(namespace) },
      { daddr: destination, mark: 0, tos: 0, iif: 'lo' },
    );
    if (address === undefined)
      throw new InputError(`source: ${name} has no address to send to ${formatAddress(destination)} from; give one`);
    return { source: { address, ...ending }, host };
  }
  for (const [address, named] of cluster.names)
    if (named.kind === 'pod' && (named.name === name || named.name.endsWith(`/${name}`)))
      if (familyOf(address) === familyOf(destination)) return { source: { address, ...ending } };
  return { source: parseEndpoint(text, 'source') };
}

type Routing = Pick<Compiled, 'namespace' | 'fib' | 'links'>;

/** The route's own source, else an address of the device that it leads out of (ip_route_output_key, inet_select_addr). */
export function sourceAddress({ namespace, fib, links }: Routing, flow: Flow): Address | undefined {
  const { daddr } = flow;
  const found = fib.lookup(flow);
  if (found.kind !== 'route') return namespace.localAddresses.find(own => familyOf(own) === familyOf(daddr));
  if (found.route.type === 'local') return daddr;
  if (found.route.source !== undefined) return found.route.source;
  const [hop] = found.nexthops;
  if (hop?.device === undefined) return undefined;
  return typeof daddr === 'number' ? links.select4(hop.device, hop.gateway ?? daddr) : links.select6(hop.device, daddr);
}
