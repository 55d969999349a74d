import type { IpHook } from '../../model/ruleset.ts';
import { unknown } from '../../model/truth.ts';
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
    const end = run(pass, chain, hook, hook === 'ingress' ? { iif: device } : { oif: device });
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

const nameOf = ({ table, chain }: LinkChain): string => `${table.family} ${table.name} ${chain.name}`;

interface Ports {
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
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
    const end = run(pass, chain, hook, ports);
    if (end) return end;
  }
  return undefined;
}

function notWalked({ table }: LinkChain, ports: Ports): string | undefined {
  if (table.tracks?.('ip') || table.tracks?.('ip6')) return 'connection tracking of bridges is not walked';
  return Object.values(ports).includes(undefined) ? 'the port of the bridge was not captured' : undefined;
}

/** A chain sees the devices of its hook as the packet's own. */
function run(pass: Pass, chain: LinkChain, hook: LinkHook, { iif, oif }: Ports): End | undefined {
  const { packet } = pass;
  const before = { hook: pass.hook, iif: pass.bare.iif, oif: pass.bare.oif };
  pass.hook = hook;
  pass.jumps = 0;
  packet.iif = iif;
  packet.oif = oif;
  const answers = pass.answers.length;
  const end = endOf(pass, walkChain(pass, chain), chain);
  // nf_reject_netdev and the bridge send what they say back at once, as from whom the packet was for.
  for (const [index, answer] of pass.answers.entries())
    if (index >= answers && iif !== undefined)
      pass.answers[index] = { ...answer, packet: { ...answer.packet, saddr: packet.daddr }, port: iif };
  pass.hook = before.hook;
  packet.iif = before.iif;
  packet.oif = before.oif;
  return end;
}

type LinkHook = Pass['hook'];
