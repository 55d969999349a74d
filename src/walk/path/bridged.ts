import type { Interface } from '../../model/interface.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import type { Mac } from '../../net/mac.ts';
import { confirm } from '../conntrack/confirm.ts';
import { runHook } from '../hook.ts';
import type { LinkChain } from '../link-hooks.ts';
import { localType, onLink } from '../local.ts';
import type { End, Pass } from '../pass.ts';
import { type InputDecision, keyOfInput } from '../route/decision.ts';
import { routeInput } from '../route/input.ts';
import type { Disposition } from '../trace.ts';
import { resolve } from './leave.ts';
import { runInBridge, runOnDevice } from './link.ts';
import { martian6 } from './martian.ts';
import { portOf, portTowards } from './port.ts';
import { noteRoute, routed, routedBy } from './routed.ts';

/**
 * A frame that came in by a port of a bridge (br_netfilter): with bridge-nf-call-iptables prerouting runs in the bridge,
 * and a frame for another port passes forward and postrouting without being routed.
 */
export function bridged(pass: Pass, bridge: Interface, port: string | undefined): End {
  const { packet, compiled } = pass;
  const calls = compiled.sysctls.bridgeCalls(packet.family, pass.assume);
  const toBridge = pass.ask('to-bridge', bridge, isForBridge, String);
  pass.forBridge = toBridge;
  const physIn = port ?? portOf(compiled.namespace, bridge.name, packet.link?.smac);
  const early = runOnPort(pass, bridge, physIn) ?? runInBridge(pass, 'prerouting', { iif: physIn }, 'before');
  if (early) return early;
  packet.iif = bridge.name;
  if (!calls) {
    const late = runInBridge(pass, 'prerouting', { iif: physIn }, 'after');
    if (late) return late;
    if (!toBridge) return switched(pass, bridge, physIn);
    pass.cameBy = bridge.name;
    return (
      passUp(pass, bridge, physIn) ??
      martian6(pass, bridge.name) ??
      runHook(pass, 'prerouting') ??
      routed(pass, bridge.name)
    );
  }
  if (physIn !== undefined) packet.physIn = physIn;
  const { daddr } = pass.bare;
  const end = runHook(pass, 'prerouting');
  if (end) return end;
  if (pass.bare.daddr !== daddr) return translated(pass, bridge);
  const late = runInBridge(pass, 'prerouting', { iif: physIn }, 'after');
  if (late) return late;
  return toBridge ? up(pass, bridge, bridge.name) : across(pass, bridge);
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

/** Of a port that was not captured nobody knows which chains hang on it. */
const runOnPort = (pass: Pass, { name }: Interface, port: string | undefined): End | undefined =>
  port === undefined && !pass.compiled.linkHooks.ingress.some(chain => hangsOnPort(pass, chain, name))
    ? undefined
    : runOnDevice(pass, 'ingress', port);

const hangsOnPort = ({ compiled }: Pass, { devices }: LinkChain, bridge: string): boolean =>
  devices === undefined ||
  devices.some(device => device.endsWith('*') || compiled.links.bridgeOf(device)?.name === bridge);

/** br_pass_frame_up: the frame comes in once more, by the bridge. */
const passUp = (pass: Pass, bridge: Interface, port: string | undefined): End | undefined =>
  runInBridge(pass, 'input', { iif: port }) ?? runOnDevice(pass, 'ingress', bridge.name);

/** Without br_netfilter no hook of IP sees a frame from port to port. */
function switched(pass: Pass, bridge: Interface, physIn: string | undefined): End {
  const port = outPort(pass, bridge);
  pass.steps.push({ kind: 'bridge', bridge: bridge.name, to: 'port', ...(port !== undefined && { port }) });
  if (port !== undefined && port === physIn && !hairpins(pass, port)) return noHairpin(port);
  pass.nexthop = { device: bridge.name, address: pass.packet.daddr };
  const end =
    runInBridge(pass, 'forward', { iif: physIn, oif: port }) ??
    runInBridge(pass, 'postrouting', { oif: port }) ??
    runOnDevice(pass, 'egress', port);
  if (end) return end;
  return { disposition: 'leaves-the-node', reason: `switched by ${bridge.name} without passing any rule` };
}

const noHairpin = (port: string): End => ({
  disposition: 'bridge-dropped',
  reason: `a frame may not leave by the port it came in by: hairpin is off on ${port}`,
});

const hairpins = (pass: Pass, port: string): boolean => pass.compiled.links.get(port)?.hairpin === true;

/** Where the frame's destination is, or after DNAT that of the neighbour that it goes to now. */
function outPort(pass: Pass, bridge: Interface, to?: Address): string | undefined {
  const { packet, compiled } = pass;
  if (packet.link?.dmac !== undefined && to === undefined)
    return portOf(compiled.namespace, bridge.name, packet.link.dmac);
  return portTowards(pass, bridge, to ?? packet.daddr);
}

/**
 * br_nf_pre_routing_finish after DNAT: to a neighbour on the same bridge it is bridged, once that one's link layer address
 * is known; what is for elsewhere is routed here, and keeps its route above the bridge, whatever its later chains write.
 * A refusal of IPv4's routing is told above the bridge, other failures end here.
 */
function translated(pass: Pass, bridge: Interface): End {
  const { packet, compiled } = pass;
  const decision = pass.ask('translated', bridge, routedAgain, keyOfInput);
  const later = () => runInBridge(pass, 'prerouting', { iif: packet.physIn }, 'after');
  if (decision.kind === 'forward' && decision.nexthops[0]?.device === bridge.name) {
    const end = later();
    if (end) return end;
    noteRoute(pass, 'input', decision.result);
    const { gateway = packet.daddr } = decision.nexthops[0];
    const failed = resolve(pass, bridge.name, gateway);
    if (failed) return failed;
    readdress(pass, compiled.neighbours.find(gateway, bridge.name)?.mac);
    return across(pass, bridge, gateway);
  }
  const refused = decision.kind === 'stop' && !compiled.fib.incomplete[packet.family];
  const told = packet.family === 'ip' && decision.kind === 'stop' && TOLD.includes(decision.disposition);
  if (!refused || told) {
    pass.forBridge = true;
    readdress(pass, bridge.mac);
    return later() ?? up(pass, bridge, deviceOf(decision), decision);
  }
  noteRoute(pass, 'input', decision.result);
  return { disposition: decision.disposition, reason: decision.reason };
}

const routedAgain = (pass: Pass, bridge: Interface): InputDecision =>
  routeInput(pass.packet, bridge.name, pass.routing);

/** After DNAT a frame is for the neighbour's address, or for the bridge's own. */
function readdress({ packet }: Pass, dmac: Mac | undefined): void {
  if (packet.link)
    packet.link = {
      ...(packet.link.smac !== undefined && { smac: packet.link.smac }),
      ...(dmac !== undefined && { dmac }),
    };
}

/** ip_error: these are routes of their own, which drop or answer. */
const TOLD: readonly Disposition[] = ['no-route', 'forwarding-disabled'];

/** What DNAT found is where IPv6 takes the packet to come from (ip6_rcv_core: the device of its route). */
function deviceOf(decision: InputDecision): string | undefined {
  const result = decision.kind === 'unknown' ? undefined : decision.result;
  return result?.kind === 'route' ? result.nexthops[0]?.device : undefined;
}

/** `known`: the route that the packet has already. */
function up(pass: Pass, bridge: Interface, cameBy: string | undefined, known?: InputDecision): End {
  pass.cameBy = cameBy;
  pass.steps.push({ kind: 'bridge', bridge: bridge.name, to: 'up' });
  pass.proxiedTo = undefined;
  pass.held = undefined;
  pass.proxied = false; // ip_rcv orphans the packet: what TPROXY found in the bridge is lost
  const end = passUp(pass, bridge, pass.packet.physIn) ?? martian6(pass, bridge.name);
  if (end) return end;
  return known ? routedBy(pass, bridge.name, known) : routed(pass, bridge.name);
}

/** From port to port: forward and postrouting with the bridge as both interfaces, the TTL as it was. */
function across(pass: Pass, bridge: Interface, to?: Address): End {
  const { packet } = pass;
  const port = outPort(pass, bridge, to);
  pass.steps.push({ kind: 'bridge', bridge: bridge.name, to: 'port', ...(port !== undefined && { port }) });
  if (port !== undefined && port === packet.physIn && !hairpins(pass, port)) return noHairpin(port);
  packet.oif = bridge.name;
  if (port !== undefined) packet.physOut = port;
  packet.bridged = true;
  pass.nexthop = { device: bridge.name, address: to ?? packet.daddr };
  const ports = { iif: packet.physIn, oif: port };
  const forwarded =
    runInBridge(pass, 'forward', ports, 'before') ??
    runHook(pass, 'forward') ??
    runInBridge(pass, 'forward', ports, 'after') ??
    runInBridge(pass, 'postrouting', { oif: port });
  if (forwarded) return forwarded;
  packet.iif = undefined;
  const end = runHook(pass, 'postrouting') ?? confirm(pass) ?? runOnDevice(pass, 'egress', port);
  if (end) return end;
  return {
    disposition: 'leaves-the-node',
    reason: `bridged by ${bridge.name} to ${port ?? formatAddress(to ?? packet.daddr)}`,
  };
}
