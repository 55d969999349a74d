import { formatAddress } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import type { InputDecision, RouteContext } from './decision.ts';
import { backFlow } from './flow.ts';

type Refused = Extract<InputDecision, { kind: 'stop' | 'unknown' }>;

const martian = (reason: string): Refused => ({ kind: 'stop', disposition: 'martian', reason });
const failed = (reason: string): Refused => ({ kind: 'stop', disposition: 'reverse-path', reason });

/**
 * fib_validate_source (net/ipv4/fib_frontend.c): the source must be reachable, under rp_filter 1 by the interface the
 * packet came in by. `out`: the device it will leave by. `onLink`: the source has no gateway before it.
 */
export function validateSource(
  packet: Packet,
  iif: string,
  out: string | undefined,
  context: RouteContext,
): Refused | { readonly onLink: boolean } {
  const { fib, links, sysctls, assume } = context;
  const { saddr } = packet;
  const filter = sysctls.reversePathFilter(iif, assume);
  const settings = sysctls.of(iif);
  const acceptLocal = settings.acceptLocal > 0;
  if (filter === 0 && (iif !== out || !settings.sendsRedirects)) {
    if (acceptLocal) return { onLink: false };
    if (!fib.customRules.ip)
      return links.owns(saddr) ? martian(`source ${formatAddress(saddr)} is the node's own`) : { onLink: false };
  }
  const flow = backFlow(packet, out, settings.srcValidMark > 0 ? packet.mark : 0, fib);
  const result = fib.lookup(flow);
  if (result.kind === 'unknown') return result;
  if (result.kind !== 'route')
    return filter > 0
      ? failed(`no route back to ${formatAddress(saddr)}, and rp_filter is ${filter}`)
      : { onLink: false };
  const { type } = result.route;
  if (type !== 'unicast' && !(type === 'local' && acceptLocal))
    return type === 'blackhole' || type === 'unreachable' || type === 'prohibit'
      ? filter > 0
        ? failed(`a ${type} route leads back to ${formatAddress(saddr)}, and rp_filter is ${filter}`)
        : { onLink: false }
      : martian(`source ${formatAddress(saddr)} is ${type === 'local' ? "the node's own" : `of type ${type}`}`);
  const hop = result.nexthops.find(h => h.device === iif || h.device === undefined);
  if (hop || (type === 'local' && iif === 'lo')) return { onLink: hop?.gateway === undefined };
  if ((links.get(iif)?.addresses.length ?? 1) === 0)
    return filter > 0
      ? failed(`${formatAddress(saddr)} is not reached by ${iif}, and rp_filter is ${filter}`)
      : { onLink: false };
  if (filter === 1)
    return failed(
      `the way back to ${formatAddress(saddr)} is ${result.nexthops[0]?.device ?? 'another interface'}, not ${iif}, and rp_filter is 1`,
    );
  const bound = fib.lookup({ ...flow, oif: iif });
  return {
    onLink: bound.kind === 'route' && bound.route.type === 'unicast' && bound.nexthops[0]?.gateway === undefined,
  };
}
