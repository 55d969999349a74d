import type { Nexthop } from '../../model/route.ts';
import { formatAddress } from '../../net/address.ts';
import { confirm } from '../conntrack/confirm.ts';
import type { Connection, Tracked } from '../conntrack/connection.ts';
import type { Template } from '../conntrack/track.ts';
import { otherDirection } from '../conntrack/tuple.ts';
import { runHook } from '../hook.ts';
import type { Arrival } from '../machine.ts';
import type { End, Pass } from '../pass.ts';
import { rerouteFlow, sentFlow } from '../route/flow.ts';
import { keyOfOutput, type OutputDecision, routeOutput } from '../route/output.ts';
import type { Attached } from '../trace.ts';
import { leave } from './leave.ts';
import { runOnDevice } from './link.ts';
import { martian6 } from './martian.ts';
import { chooseHop, deliver, noteRoute, routed } from './routed.ts';

/** The way of a packet that the namespace itself sends: routed first, then output and postrouting. */
export function sent(pass: Pass, { attached, through }: Pick<Arrival, 'attached' | 'through'>): End {
  const { packet } = pass;
  if (packet.type === undefined) packet.type = 'unicast';
  const bound = packet.oif === undefined ? {} : { oif: packet.oif };
  // ip6_route_me_harder asks for the device that the socket is bound to; what the stack sends of its own has none.
  const rebound = typeof packet.owner === 'string' ? {} : bound;
  const decide = () => routeOutput(packet, { ...sentFlow(packet), ...bound }, pass.routing);
  const first = settle(pass, pass.ask('output', undefined, decide, keyOfOutput), 'output');
  if ('disposition' in first) return first;
  let way = first;
  if (attached) {
    pass.tracked = tracked(attached);
    pass.template = templateIn(attached);
  }
  pass.seen = attached !== undefined;
  const dispatched = runHook(pass, 'output', why => {
    if (why === 'nat' && !isSentElsewhere(pass)) return undefined;
    const decideAgain = () =>
      routeOutput(packet, { ...rerouteFlow(packet, pass.compiled.fib), ...rebound }, pass.routing);
    const again = settle(pass, pass.ask('output', undefined, decideAgain, keyOfOutput), 'reroute', way.device);
    if ('disposition' in again) return again;
    way = again;
    return undefined;
  });
  if (dispatched) return dispatched;
  if (way.device !== undefined) packet.oif = way.device;
  pass.nexthop = { device: way.device, address: way.hop?.gateway ?? packet.daddr };
  if (through !== undefined) packet.iif = through;
  const end = runHook(pass, 'postrouting');
  if (end) return end;
  const discarded = !way.local && way.device === 'lo' && packet.family === 'ip';
  if (!way.local && !discarded) return leave(pass, way.hop);
  pass.cameBy = way.entry;
  return loop(pass, discarded ? DISCARDED : undefined);
}

/** nf_nat_ipv4_local_fn: the connection says so, even where an error had the right destination already. */
function isSentElsewhere({ flow }: Pass): boolean {
  if (!flow) return false;
  const { connection, direction } = flow;
  return connection[direction].daddr !== connection[otherDirection(direction)].saddr;
}

interface Way {
  readonly hop: Nexthop | undefined;
  readonly device: string | undefined;
  readonly local: boolean;
  /** The device that has the address, where the way ends at the node itself. */
  readonly entry?: string | undefined;
}

/** The first look-up names the out interface; chains of the same hook go on to see that one after a new look-up. */
function settle(pass: Pass, decision: OutputDecision, why: 'output' | 'reroute', seen?: string): Way | End {
  const { packet, compiled } = pass;
  if (decision.kind === 'unknown') {
    pass.unknowns.push({ why: decision });
    return { disposition: 'undecided', reason: decision.reason };
  }
  if (decision.kind === 'stop') {
    if (compiled.fib.incomplete[packet.family] && decision.result?.kind === 'none') {
      pass.assume({
        what: `there is a route to ${formatAddress(pass.bare.daddr)}`,
        change: '-f files with the output of `ip addr` and `ip route show table all`',
      });
      return { hop: undefined, device: undefined, local: false };
    }
    noteRoute(pass, why, decision.result);
    const where = why === 'reroute' ? 'after output ' : '';
    return { disposition: 'no-route', reason: `${where}${decision.reason}` };
  }
  pass.toItself = decision.local;
  const hop = chooseHop(pass, decision.nexthops);
  noteRoute(pass, why, decision.result, hop);
  if (hop?.device !== undefined && seen === undefined) packet.oif = hop.device;
  const entry = decision.result.kind === 'route' && decision.local ? decision.result.nexthops[0]?.device : undefined;
  return { hop, device: hop?.device, local: decision.local, entry };
}

/** A connection of the walk comes back as itself; `Attached` keeps its type to itself. */
function tracked({ connection, state, direction }: Attached): Tracked | undefined {
  return typeof connection === 'object' &&
    isConnection(connection) &&
    (state === 'new' || state === 'established' || state === 'related')
    ? { connection, state, direction }
    : undefined;
}

const templateIn = ({ connection }: Attached): Template | undefined =>
  typeof connection === 'object' && isTemplate(connection) ? { ...connection, state: 'related' } : undefined;

const isTemplate = (value: object): value is Template => 'zone' in value && 'shared' in value;

const isConnection = (value: object): value is Connection =>
  'original' in value && 'reply' in value && 'status' in value;

/**
 * By lo: the packet comes back with its connection, mark and route, and is not routed again unless DNAT moved it. One
 * that was invalid has kept nothing, not even its CT template (nf_conntrack_in), and is looked up again.
 */
function loop(pass: Pass, discarded: End | undefined): End {
  const { packet } = pass;
  const clash = confirm(pass);
  if (clash) return clash;
  if (pass.tracked === 'invalid') {
    pass.tracked = undefined;
    pass.template = undefined;
  }
  const kept = runOnDevice(pass, 'egress', 'lo') ?? runOnDevice(pass, 'ingress', 'lo');
  if (kept) return kept;
  packet.iif = 'lo';
  packet.oif = undefined;
  const { daddr } = pass.bare;
  const end = martian6(pass, 'lo') ?? runHook(pass, 'prerouting');
  if (end) return end;
  return pass.bare.daddr === daddr ? (discarded ?? deliver(pass)) : routed(pass, 'lo');
}

/** rt_dst_alloc: a route by lo that is not local takes nothing in (dst_discard). */
const DISCARDED: End = { disposition: 'no-route', reason: 'sent by lo to an address that the node does not have' };
