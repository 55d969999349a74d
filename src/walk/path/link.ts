import type { Interface } from '../../model/interface.ts';
import type { IpHook } from '../../model/ruleset.ts';
import { unknown } from '../../model/truth.ts';
import type { Packet, PacketType } from '../../net/packet.ts';
import { walkChain } from '../chain.ts';
import { endOf } from '../hook.ts';
import type { LinkChain } from '../link-hooks.ts';
import type { End, Pass } from '../pass.ts';

/** Devices whose frames pass another device's hooks, too. */
const STACKED: ReadonlySet<string> = new Set(['vlan', 'macvlan', 'macvtap', 'ipvlan', 'bond', 'team', 'macsec', 'hsr']);
/** Where the listing does not tell the kind of a device. */
const STACKED_NAME = /^(?:bond|team|vlan|macvlan|ipvlan)|\.\d+$/;

const on = (name: string, device: string): boolean =>
  name.endsWith('*') ? device.startsWith(name.slice(0, -1)) : name === device;

/** nf_ingress and nf_hook_egress: the chains of the device that takes the frame, or sends it. An End: it gets no further. */
export function runOnDevice(pass: Pass, hook: 'ingress' | 'egress', device: string | undefined): End | undefined {
  const chains = pass.compiled.linkHooks[hook];
  if (hook === 'ingress' && chains.length > 0) pass.ask('device', undefined, ({ packet }) => packet.iif ?? '', String);
  for (const chain of chains) {
    if (!isPassed(pass, hook, chain, device)) continue;
    const end = run(pass, chain, hook, onDevice(pass, hook, device));
    if (end) return end;
  }
  return undefined;
}

function isPassed(pass: Pass, hook: string, chain: LinkChain, device: string | undefined): boolean {
  const { devices } = chain;
  if (devices && device !== undefined && devices.some(name => on(name, device))) return true;
  const kind = device === undefined ? undefined : pass.compiled.links.get(device)?.kind;
  const where = `${hook} of ${nameOf(chain)}`;
  if (!devices)
    return pass.guess(unknown(`on which devices ${where} hangs is not in the listing`, '`nft list ruleset` as text'));
  if (device === undefined)
    return pass.guess(
      unknown(`whether the packet passes ${where} on ${devices.join(', ')} is not known`, '`ip route`'),
    );
  if (kind === undefined ? !STACKED_NAME.test(device) : !STACKED.has(kind)) return false;
  return pass.guess(unknown(`whether ${device} is above ${devices.join(', ')}, where ${where} hangs, is not known`));
}

/** eth_type_trans, and what egress finds before the IP header. */
function onDevice({ compiled, packet }: Pass, hook: 'ingress' | 'egress', name: string | undefined): Frame {
  const device = compiled.links.get(name);
  if (hook === 'ingress') return { iif: name, type: typeOf(packet, device) };
  const { length } = packet;
  if (length === undefined || !device) return { oif: name, length: undefined };
  return { oif: name, length: length + (device.mac === undefined ? 0 : ETHERNET) };
}

/** Of a frame to one station: whether that is the device. */
function typeOf({ type, link }: Packet, device: Interface | undefined): PacketType | undefined {
  if (type !== 'unicast' || link?.dmac === undefined || device?.mac === undefined) return type;
  return link.dmac === device.mac ? 'unicast' : 'otherhost';
}

/** Bytes of its header. */
const ETHERNET = 14;

const nameOf = ({ table, chain }: LinkChain): string => `${table.family} ${table.name} ${chain.name}`;

interface Ports {
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
}

/** What of a packet looks otherwise to chains below IP. */
interface Frame extends Ports {
  readonly type?: PacketType | undefined;
  readonly length?: number | undefined;
}

/** Chains of a hook of bridges: br_netfilter stands at priority 0, and its newest chains before it. */
export function runInBridge(
  pass: Pass,
  hook: IpHook,
  ports: Ports,
  when: 'before' | 'after' | 'all' = 'all',
): End | undefined {
  for (const chain of pass.compiled.linkHooks.bridge[hook]) {
    if (when !== 'all' && when !== (chain.priority <= 0 ? 'before' : 'after')) continue;
    const why = notWalked(chain, ports);
    if (why) {
      const reason = `what ${hook} of ${nameOf(chain)} does is not known: ${why}`;
      if (!pass.guess(unknown(reason))) return { disposition: 'undecided', reason };
      continue;
    }
    const { type } = pass.packet;
    const isOthers = type === 'unicast' && pass.forBridge === false;
    const end = run(pass, chain, hook, { ...ports, type: isOthers ? 'otherhost' : type });
    if (end) return end;
  }
  return undefined;
}

function notWalked({ table }: LinkChain, ports: Ports): string | undefined {
  if (table.tracks?.('ip') || table.tracks?.('ip6')) return 'connection tracking of bridges is not walked';
  return Object.values(ports).includes(undefined) ? 'the port of the bridge was not captured' : undefined;
}

/** A chain sees the devices of its hook as the packet's own. */
function run(pass: Pass, chain: LinkChain, hook: LinkHook, frame: Frame): End | undefined {
  const { packet } = pass;
  const { iif, oif, type, length } = pass.bare;
  const before = { hook: pass.hook, iif, oif, type, length };
  pass.hook = hook;
  pass.jumps = 0;
  packet.iif = frame.iif;
  packet.oif = frame.oif;
  if ('type' in frame) packet.type = frame.type;
  if ('length' in frame) packet.length = frame.length;
  const answers = pass.answers.length;
  const end = endOf(pass, walkChain(pass, chain), chain);
  // nf_reject_netdev and the bridge send what they say back at once, as from whom the packet was for.
  for (const [index, answer] of pass.answers.entries())
    if (index >= answers && frame.iif !== undefined)
      pass.answers[index] = { ...answer, packet: { ...answer.packet, saddr: packet.daddr }, port: frame.iif };
  pass.hook = before.hook;
  packet.iif = before.iif;
  packet.oif = before.oif;
  if ('type' in frame) packet.type = before.type;
  if ('length' in frame) packet.length = before.length;
  return end;
}

type LinkHook = Pass['hook'];
