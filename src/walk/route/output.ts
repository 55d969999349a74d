import type { Nexthop } from '../../model/route.ts';
import type { Unknown } from '../../model/truth.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import { isLoopback, isMulticast, LIMITED_BROADCAST } from '../local.ts';
import { keyOfHops, type RouteContext } from './decision.ts';
import type { FibResult, Flow } from './fib.ts';

/** Equal where a packet goes the same way on. */
export function keyOfOutput(decision: OutputDecision): string {
  if (decision.kind === 'unknown') return `? ${decision.reason}`;
  const { kind, result } = decision;
  if (kind === 'stop') return `stop ${result?.kind}`;
  return `out ${decision.local} ${result.kind} ${keyOfHops(decision.nexthops)}`;
}

export type OutputDecision =
  | { readonly kind: 'out'; readonly result: FibResult; readonly local: boolean; readonly nexthops: readonly Nexthop[] }
  | { readonly kind: 'stop'; readonly reason: string; readonly result?: FibResult }
  | Unknown;

/** ip_route_output_key and ip6_route_output: the way of a packet that the namespace itself sends. */
export function routeOutput(packet: Packet, flow: Flow, context: RouteContext): OutputDecision {
  const { fib, sysctls } = context;
  const { saddr, daddr } = packet;
  if (daddr === 0) return LOOPS;
  if (packet.family === 'ip' && (daddr === LIMITED_BROADCAST || isMulticast(daddr)) && flow.oif === undefined) {
    const own = deviceOf(saddr, context);
    if (own !== undefined) return byDevice(own);
    if (context.links.captured && saddr !== 0)
      return { kind: 'stop', reason: `${formatAddress(saddr)} is none of the node's own (ENETUNREACH)` };
  }
  const result = fib.lookup(flow);
  if (result.kind === 'unknown') return result;
  // Where a device is asked for, IPv4 takes the destination to be on its link.
  if (packet.family === 'ip' && flow.oif !== undefined && refuses(result)) return byDevice(flow.oif);
  if (result.kind === 'none')
    return { kind: 'stop', reason: `no route to ${formatAddress(daddr)} (ENETUNREACH)`, result };
  const type = result.kind === 'refused' ? result.type : result.route.type;
  if (result.kind !== 'route' || refuses(result))
    return { kind: 'stop', reason: `${type} route to ${formatAddress(daddr)}`, result };
  if (type === 'local' || (packet.family === 'ip6' && type === 'anycast'))
    return { kind: 'out', result, local: true, nexthops: [{ device: 'lo', weight: 1, flags: [] }] };
  const device = result.nexthops[0]?.device;
  if (packet.family === 'ip' && isLoopback(saddr) && device !== undefined && sysctls.of(device).routeLocalnet === 0)
    return { kind: 'stop', reason: `127.0.0.0/8 may not leave by ${device}, where route_localnet is 0`, result };
  return { kind: 'out', result, local: false, nexthops: result.nexthops };
}

/** __ip_dev_find: the device that has the address, or has a local route to it. */
export function deviceOf(address: Address, { links, fib }: Pick<RouteContext, 'links' | 'fib'>): string | undefined {
  const own = links.all.find(link => link.addresses.some(one => one.address === address));
  if (own) return own.name;
  const found = fib.inTable('ip', 'local', { daddr: address, mark: 0, tos: 0 });
  return found?.route.type === 'local' ? found.nexthops[0]?.device : undefined;
}

/** There is no way, or a route that says so. */
export const refuses = (result: FibResult): boolean =>
  result.kind !== 'route' || ['blackhole', 'unreachable', 'prohibit'].includes(result.route.type);

/** ip_route_output_key_hash_rcu: 0.0.0.0 is the namespace itself. */
const LOOPS: OutputDecision = {
  kind: 'out',
  result: { kind: 'none' },
  local: true,
  nexthops: [{ device: 'lo', weight: 1, flags: [] }],
};

/** A group or everybody is reached by the device that has the source address. */
const byDevice = (device: string): OutputDecision => ({
  kind: 'out',
  result: { kind: 'none' },
  local: false,
  nexthops: [{ device, weight: 1, flags: [] }],
});
