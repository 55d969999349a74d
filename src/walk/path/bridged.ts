import type { Interface } from '../../model/interface.ts';
import { formatAddress } from '../../net/address.ts';
import { confirm } from '../conntrack/confirm.ts';
import { runHook } from '../hook.ts';
import { localType, onLink } from '../local.ts';
import type { End, Pass } from '../pass.ts';
import { flowOf, routeInput } from '../route/input.ts';
import { leave } from './leave.ts';
import { martian6 } from './martian.ts';
import { noteRoute, routed } from './routed.ts';

/**
 * A frame that came in by a port of a bridge (br_netfilter): with bridge-nf-call-iptables prerouting runs in the bridge,
 * and a frame for another port passes forward and postrouting without being routed.
 */
export function bridged(pass: Pass, bridge: Interface, port: string | undefined): End {
  const { packet, compiled } = pass;
  const calls = compiled.sysctls.bridgeCalls(packet.family, pass.assume);
  const toBridge = isForBridge(pass, bridge);
  const physIn = port ?? portOf(pass, bridge, packet.link?.smac);
  packet.iif = bridge.name;
  if (!calls) {
    if (!toBridge) return switched(pass, bridge, physIn);
    return martian6(pass, bridge.name) ?? runHook(pass, 'prerouting') ?? routed(pass, bridge.name);
  }
  if (physIn !== undefined) packet.physIn = physIn;
  const { daddr } = packet;
  const end = runHook(pass, 'prerouting');
  if (end) return end;
  if (packet.daddr !== daddr) return translated(pass, bridge);
  return toBridge ? up(pass, bridge) : across(pass, bridge);
}

/** To the bridge's own address, or to a neighbour on it: told by the frame, else by whether the sender has it on-link. */
function isForBridge(pass: Pass, bridge: Interface): boolean {
  const { packet, compiled } = pass;
  const dmac = packet.link?.dmac;
  if (dmac !== undefined) return dmac === bridge.mac;
  if (localType(compiled.fib, packet.daddr) === 'local') return true;
  const length = onLink(bridge, packet.daddr);
  return length === undefined || onLink(bridge, packet.saddr) === undefined;
}

/** The port behind which a link layer address was learned. */
function portOf(pass: Pass, bridge: Interface, mac: string | undefined): string | undefined {
  if (mac === undefined) return undefined;
  return pass.compiled.namespace.fdb?.find(
    entry =>
      entry.mac === mac &&
      entry.master === bridge.name &&
      !entry.flags.includes('self') &&
      entry.device !== bridge.name,
  )?.device;
}

/** Without br_netfilter no hook of IP sees a frame from port to port. */
function switched(pass: Pass, bridge: Interface, physIn: string | undefined): End {
  const port = outPort(pass, bridge);
  pass.steps.push({ kind: 'bridge', bridge: bridge.name, to: 'port', ...(port !== undefined && { port }) });
  if (port !== undefined && port === physIn && !hairpins(pass, port)) return noHairpin(port);
  pass.nexthop = { device: bridge.name, address: pass.packet.daddr };
  return { disposition: 'leaves-the-node', reason: `switched by ${bridge.name} without passing any rule` };
}

const noHairpin = (port: string): End => ({
  disposition: 'bridge-dropped',
  reason: `a frame may not leave by the port it came in by: hairpin is off on ${port}`,
});

const hairpins = (pass: Pass, port: string): boolean => pass.compiled.links.get(port)?.hairpin === true;

/** Where the frame's destination is, or after DNAT that of the neighbour that it goes to now. */
function outPort(pass: Pass, bridge: Interface, moved = false): string | undefined {
  const { packet, compiled } = pass;
  if (packet.link?.dmac !== undefined && !moved) return portOf(pass, bridge, packet.link.dmac);
  const neighbour = compiled.namespace.neighbours?.find(n => n.address === packet.daddr && n.device === bridge.name);
  return portOf(pass, bridge, neighbour?.mac);
}

/** br_nf_pre_routing_finish after DNAT: to a neighbour on the same bridge it is bridged, to elsewhere routed. */
function translated(pass: Pass, bridge: Interface): End {
  const { packet, compiled } = pass;
  const decision = routeInput(packet, bridge.name, pass.routing);
  if (decision.kind === 'forward' && decision.nexthops[0]?.device === bridge.name) {
    noteRoute(pass, 'input', decision.result);
    return across(pass, bridge, true);
  }
  if (decision.kind === 'stop') {
    const result = compiled.fib.lookup(flowOf(packet, 'lo'));
    if (
      decision.disposition === 'forwarding-disabled' &&
      result.kind === 'route' &&
      result.nexthops[0]?.device === bridge.name
    )
      return across(pass, bridge, true);
    if (!compiled.fib.incomplete[packet.family]) {
      noteRoute(pass, 'input', decision.result);
      return { disposition: decision.disposition, reason: decision.reason };
    }
  }
  const result = decision.kind === 'local' || decision.kind === 'forward' ? decision.result : undefined;
  if (result?.kind === 'route') pass.cameBy = result.nexthops[0]?.device;
  return up(pass, bridge);
}

function up(pass: Pass, bridge: Interface): End {
  pass.steps.push({ kind: 'bridge', bridge: bridge.name, to: 'up' });
  pass.proxied = false; // ip_rcv orphans the packet: what TPROXY found in the bridge is lost
  const martian = martian6(pass, bridge.name);
  if (martian) return martian;
  return routed(pass, bridge.name);
}

/** From port to port: forward and postrouting with the bridge as both interfaces, the TTL as it was. */
function across(pass: Pass, bridge: Interface, moved = false): End {
  const { packet } = pass;
  const port = outPort(pass, bridge, moved);
  pass.steps.push({ kind: 'bridge', bridge: bridge.name, to: 'port', ...(port !== undefined && { port }) });
  if (port !== undefined && port === packet.physIn && !hairpins(pass, port)) return noHairpin(port);
  packet.oif = bridge.name;
  if (port !== undefined) packet.physOut = port;
  packet.bridged = true;
  pass.nexthop = { device: bridge.name, address: packet.daddr };
  const forwarded = runHook(pass, 'forward');
  if (forwarded) return forwarded;
  packet.iif = undefined;
  const end = runHook(pass, 'postrouting');
  if (end) return end;
  confirm(pass);
  const left = leave(pass, { device: bridge.name, weight: 1, flags: [] });
  return left.disposition === 'leaves-the-node'
    ? { ...left, reason: `bridged by ${bridge.name} to ${port ?? formatAddress(packet.daddr)}` }
    : left;
}
