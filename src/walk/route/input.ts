import { type Address, formatAddress } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import { isLinkLocal, isLoopback, isMulticast, LIMITED_BROADCAST } from '../local.ts';
import type { Disposition } from '../trace.ts';
import type { InputDecision, RouteContext } from './decision.ts';
import type { FibResult } from './fib.ts';
import { inputFlow } from './flow.ts';
import { validateSource } from './validate.ts';

const stop = (
  disposition: Disposition,
  reason: string,
  icmp?: readonly [number, number],
  result?: FibResult,
): InputDecision => ({
  kind: 'stop',
  disposition,
  reason,
  ...(icmp && { icmp }),
  ...(result && { result }),
});

/** ip_route_input_slow and ip6_route_input: where a received packet goes. */
export function routeInput(packet: Packet, iif: string, context: RouteContext): InputDecision {
  return packet.family === 'ip' ? routeInput4(packet, iif, context) : routeInput6(packet, iif, context);
}

function routeInput4(packet: Packet, iif: string, context: RouteContext): InputDecision {
  const { fib, sysctls, assume } = context;
  const { saddr, daddr } = packet;
  if (isMulticast(saddr) || saddr === LIMITED_BROADCAST)
    return stop('martian', `source ${formatAddress(saddr)} is no host's address`);
  if (daddr === LIMITED_BROADCAST || (saddr === 0 && daddr === 0)) return broadcast(packet, iif, context);
  if (isMulticast(daddr)) return multicast(packet, iif, context);
  if (saddr === 0) return stop('martian', 'source 0.0.0.0');
  if (daddr === 0) return stop('martian', 'destination 0.0.0.0');
  if ((isLoopback(daddr) || isLoopback(saddr)) && !(sysctls.of(iif).routeLocalnet > 0))
    return stop('martian', `127.0.0.0/8 on ${iif}, where route_localnet is 0`);
  const forwarding = () => sysctls.forwarding('ip', iif, assume);
  const result = fib.lookup(inputFlow(packet, iif, fib));
  if (result.kind === 'unknown') return result;
  if (result.kind === 'none') {
    if (!forwarding()) return stop('no-route', 'no route, and the interface does not forward');
    return stop('no-route', `no route to ${formatAddress(daddr)}`, [3, 0], result);
  }
  const type = result.kind === 'refused' ? result.type : result.route.type;
  if (type === 'blackhole' || type === 'unreachable' || type === 'prohibit') {
    // A rule's unreachable is ENETUNREACH, a route's EHOSTUNREACH (fib4_rule_action, fib_props).
    const unreachable = result.kind === 'refused' ? 0 : 1;
    const icmp =
      type === 'unreachable' ? ([3, unreachable] as const) : type === 'prohibit' ? ([3, 13] as const) : undefined;
    return stop('no-route', `${type} route`, forwarding() ? icmp : undefined, result);
  }
  if (type === 'broadcast' && sysctls.of(iif).bcForwarding === 0) return broadcast(packet, iif, context);
  if (type === 'local') {
    const refused = validateSource(packet, iif, undefined, context);
    return typeof refused === 'object' && 'kind' in refused ? refused : { kind: 'local', result };
  }
  if (!forwarding())
    return stop(
      'forwarding-disabled',
      `${iif} does not forward (net.ipv4.conf.${iif}.forwarding is 0)`,
      undefined,
      result,
    );
  if (type !== 'unicast' && type !== 'broadcast') return stop('martian', `a ${type} route`, undefined, result);
  if (result.kind !== 'route') return stop('no-route', 'no route');
  const valid = validateSource(packet, iif, result.nexthops[0]?.device, context);
  if ('kind' in valid) return valid;
  return { kind: 'forward', result, nexthops: result.nexthops, sourceOnLink: valid.onLink };
}

/** Groups that every node is a member of, and routers; which others a program joined nobody captures. */
function multicast(packet: Packet, iif: string, { links, assume }: RouteContext): InputDecision {
  const { daddr } = packet;
  const group = formatAddress(daddr);
  const solicited = (address: Address) =>
    typeof address === 'bigint' && daddr === (0xff0200000000000000000001ff000000n | (address & 0xffffffn));
  const joined =
    ['224.0.0.1', 'ff02::1', 'ff01::1', 'ff02::2'].includes(group) ||
    (links.get(iif)?.addresses ?? []).some(({ address }) => solicited(address));
  if (joined) return { kind: 'local', result: undefined };
  assume({ what: `no program of the node has joined ${group}`, change: '`ip maddr` tells, and is not read yet' });
  return stop('no-route', `no member of the group ${group}`);
}

function broadcast(packet: Packet, iif: string, context: RouteContext): InputDecision {
  if (packet.saddr === 0) return { kind: 'local', result: undefined };
  const refused = validateSource({ ...packet, daddr: 0 }, iif, undefined, context);
  return 'kind' in refused ? refused : { kind: 'local', result: undefined };
}

function routeInput6(packet: Packet, iif: string, context: RouteContext): InputDecision {
  const { fib, sysctls, assume } = context;
  const { daddr } = packet;
  if (isMulticast(daddr)) return multicast(packet, iif, context);
  const strict = isLinkLocal(daddr) || isLoopback(daddr);
  const result = fib.lookup({ ...inputFlow(packet, iif, fib), ...(strict && { oif: iif }) });
  if (result.kind === 'unknown') return result;
  if (result.kind === 'none') return stop('no-route', `no route to ${formatAddress(daddr)}`, [1, 0], result);
  const type = result.kind === 'refused' ? result.type : result.route.type;
  if (type === 'blackhole') return stop('no-route', 'blackhole route', undefined, result);
  if (type === 'unreachable') return stop('no-route', 'unreachable route', [1, 0], result);
  if (type === 'prohibit') return stop('no-route', 'prohibit route', [1, 1], result);
  if (type === 'local' || type === 'anycast' || type === 'multicast') return { kind: 'local', result };
  if (!sysctls.forwarding('ip6', iif, assume))
    return stop('forwarding-disabled', 'net.ipv6.conf.all.forwarding is 0', undefined, result);
  if (result.kind !== 'route') return stop('no-route', 'no route');
  return { kind: 'forward', result, nexthops: result.nexthops, sourceOnLink: false };
}
