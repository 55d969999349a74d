import type { Nexthop } from '../../model/route.ts';
import { formatAddress } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import { icmpError } from '../answers.ts';
import { confirm } from '../conntrack/confirm.ts';
import { runHook } from '../hook.ts';
import { isLinkLocal, isLoopback, isMulticast } from '../local.ts';
import type { End, Pass } from '../pass.ts';
import { type InputDecision, keyOfInput } from '../route/decision.ts';
import { type FibResult, routeText } from '../route/fib.ts';
import { routeInput } from '../route/input.ts';
import type { RouteStep } from '../trace.ts';
import { earlyDemux } from './demux.ts';
import { leave } from './leave.ts';

/** Routing after prerouting, then delivery or forwarding. */
export function routed(pass: Pass, iif: string): End {
  if (earlyDemux(pass) === 'up') return upBySocket(pass);
  return routedBy(pass, iif, pass.ask('input', iif, decide, keyOfInput));
}

/** As the packet's route says. */
export function routedBy(pass: Pass, iif: string, decision: InputDecision): End {
  if (decision.kind === 'unknown') {
    pass.unknowns.push({ why: decision });
    return { disposition: 'undecided', reason: decision.reason };
  }
  const { packet, compiled } = pass;
  const missing =
    compiled.fib.incomplete[packet.family] && decision.kind === 'stop' && decision.disposition === 'no-route';
  if (missing) return unrouted(pass);
  noteRoute(pass, 'input', decision.result);
  if (decision.kind === 'stop') {
    if (decision.icmp) icmpError(pass, decision.icmp[0], decision.icmp[1], decision.reason);
    return { disposition: decision.disposition, reason: decision.reason };
  }
  if (decision.kind === 'local') return deliver(pass);
  return forward(pass, iif, decision);
}

const decide = (pass: Pass, iif: string): InputDecision =>
  routeInput(pass.packet, pass.packet.iif ?? iif, pass.routing);

function upBySocket(pass: Pass): End {
  const { daddr } = pass.packet;
  const text = 'local, as its connection came';
  pass.steps.push({ kind: 'route', why: 'input', destination: daddr, text, device: undefined, gateway: undefined });
  return deliver(pass);
}

export function noteRoute(pass: Pass, why: RouteStep['why'], result: FibResult | undefined, hop?: Nexthop): void {
  if (!result) return;
  const nexthop = hop ?? (result.kind === 'route' ? result.nexthops[0] : undefined);
  pass.steps.push({
    kind: 'route',
    why,
    destination: pass.bare.daddr,
    text: routeText(result),
    device: nexthop?.device,
    gateway: nexthop?.gateway,
  });
}

/** Of a dump without routes: the packet is taken to be forwarded, by a device that has no name. */
function unrouted(pass: Pass): End {
  const { packet } = pass;
  pass.assume({
    what: `${formatAddress(pass.bare.daddr)} is not the node's own, and there is a route to it`,
    change: '--local ADDRESS, or -f files with the output of `ip addr` and `ip route show table all`',
  });
  packet.ttl -= 1;
  return runHook(pass, 'forward') ?? runHook(pass, 'postrouting') ?? leave(pass, undefined);
}

/** Up to the node's own sockets. */
export function deliver(pass: Pass): End {
  const { packet } = pass;
  packet.oif = undefined;
  pass.toItself = true;
  const end = runHook(pass, 'input') ?? confirm(pass);
  if (end) return end;
  return { disposition: 'delivered', reason: `delivered to the node itself, ${formatAddress(pass.bare.daddr)}` };
}

function forward(pass: Pass, iif: string, decision: Extract<InputDecision, { kind: 'forward' }>): End {
  const { packet } = pass;
  pass.toItself = false;
  if (packet.type !== undefined && packet.type !== 'unicast')
    return { disposition: 'martian', reason: `a ${packet.type} frame is not forwarded` };
  if (pass.held !== undefined)
    return { disposition: 'dropped', reason: `it belongs to ${pass.held}, but it is routed elsewhere` };
  if (packet.ttl <= 1) {
    icmpError(pass, packet.family === 'ip' ? 11 : 3, 0, 'time exceeded');
    return {
      disposition: 'ttl-exceeded',
      reason: `its ${packet.family === 'ip' ? 'TTL' : 'hop limit'} was ${packet.ttl} and ends here`,
    };
  }
  const passes = packet.family === 'ip' ? 'yes' : pass.ask('forwardable', packet, mayBeForwarded, String);
  if (passes === 'no')
    return { disposition: 'martian', reason: `source ${formatAddress(pass.bare.saddr)} may not be forwarded` };
  if (passes === 'link') {
    icmpError(pass, 1, 2, 'beyond scope of source address');
    return { disposition: 'martian', reason: 'a link-local source may not be forwarded' };
  }
  const hop = chooseHop(pass, decision.nexthops);
  packet.ttl -= 1;
  pass.steps.push({ kind: 'ttl', ttl: packet.ttl });
  if (hop?.device !== undefined) packet.oif = hop.device;
  pass.nexthop = { device: hop?.device, address: hop?.gateway ?? packet.daddr };
  redirect(pass, iif, hop, decision.sourceOnLink);
  return runHook(pass, 'forward') ?? runHook(pass, 'postrouting') ?? leave(pass, hop);
}

/** ip6_forward: sources that no router passes on. */
const mayBeForwarded = (_pass: Pass, { saddr }: Packet): 'yes' | 'no' | 'link' =>
  saddr === 0n || isMulticast(saddr) || isLoopback(saddr) ? 'no' : isLinkLocal(saddr) ? 'link' : 'yes';

/** One of several equal next hops: the kernel's hash has a seed that no dump holds. */
export function chooseHop(pass: Pass, nexthops: readonly Nexthop[]): Nexthop | undefined {
  if (nexthops.length < 2) return nexthops[0];
  return nexthops[
    pass.decide.choose({
      kind: 'nexthop',
      weights: nexthops.map(hop => hop.weight),
      labels: nexthops.map(hop => hop.device ?? (hop.gateway === undefined ? '?' : formatAddress(hop.gateway))),
    })
  ];
}

/** A packet that leaves by the way it came makes the kernel tell its sender of the shorter one. */
function redirect(pass: Pass, iif: string, hop: Nexthop | undefined, sourceOnLink: boolean): void {
  const { packet, compiled } = pass;
  const { sysctls } = compiled;
  if (hop?.device !== iif) return;
  const target = hop.gateway ?? packet.daddr;
  if (packet.family === 'ip6') {
    const source = compiled.links
      .get(iif)
      ?.addresses.find(a => isLinkLocal(a.address) && typeof a.address === 'bigint');
    if (source && (target === packet.daddr || isLinkLocal(target)))
      icmpError(pass, 137, 0, `redirect to ${formatAddress(target)}`, source.address);
    return;
  }
  if (sourceOnLink && sysctls.of(iif).sendsRedirects) icmpError(pass, 5, 1, `redirect to ${formatAddress(target)}`);
}
