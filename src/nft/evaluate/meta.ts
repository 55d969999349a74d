import { unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import type { Packet } from '../../net/packet.ts';
import type { Meta } from '../schema.ts';
import { type Answer, BREAK, type Evaluate } from './value.ts';

const PACKET_TYPES = { unicast: 0, broadcast: 1, multicast: 2, otherhost: 3 } as const;

/** What nft_meta_get_eval answers (net/netfilter/nft_meta.c). An absent interface has no name and index 0. */
const KEYS: ReadonlyMap<string, Evaluate> = new Map<string, Evaluate>([
  ['length', ({ length }) => length ?? unknown('the length of the packet is not known', 'tell its length')],
  ['protocol', ({ family }) => (family === 'ip' ? 0x0800 : 0x86dd)],
  ['nfproto', ({ family }) => (family === 'ip' ? 2 : 10)],
  ['l4proto', ({ protocol }) => protocol],
  ['mark', ({ mark }) => mark],
  ['priority', ({ priority }) => priority ?? 0],
  ['iif', ({ iif }) => iif ?? '0'],
  ['oif', ({ oif }) => oif ?? '0'],
  ['iifname', ({ iif }) => iif ?? ''],
  ['oifname', ({ oif }) => oif ?? ''],
  ['ibrname', ({ iif }, world) => bridgeOf(iif, world)],
  ['obrname', ({ oif }, world) => bridgeOf(oif, world)],
  ['sdif', () => BREAK],
  ['sdifname', () => BREAK],
  ['iifgroup', ({ iif }, world) => groupOf(iif, world)],
  ['oifgroup', ({ oif }, world) => groupOf(oif, world)],
  ['iifkind', ({ iif }, world) => kindOf(iif, world)],
  ['oifkind', ({ oif }, world) => kindOf(oif, world)],
  ['iiftype', ({ iif }) => typeOf(iif)],
  ['oiftype', ({ oif }) => typeOf(oif)],
  ['skuid', (packet, world) => ownerOf(packet, world, 'uid')],
  ['skgid', (packet, world) => ownerOf(packet, world, 'gid')],
  ['pkttype', packetType],
  ['ipsec', ({ ipsec }) => (ipsec ? Number(ipsec.in) : unknown('whether IPsec protected the packet is not known'))],
  ['secpath', ({ ipsec }) => (ipsec ? Number(ipsec.in) : unknown('whether IPsec protected the packet is not known'))],
  ['rtclassid', () => unknown('the realm of the route is not known', 'ip route show table all')],
  ['cgroup', () => unknown('the cgroup of the sender is not known')],
  ['cpu', () => unknown('which CPU handles the packet is not known')],
  ['random', () => unknown('a random number is compared with something else than a constant')],
  ['time', clock],
  ['day', clock],
  ['hour', clock],
]);

export const compileMeta = ({ key }: Meta): Evaluate => KEYS.get(key) ?? (() => unknown(`meta ${key} is not modelled`));

function groupOf(name: string | undefined, world: World): Answer {
  if (name === undefined) return BREAK;
  const device = world.interface(name);
  return 'reason' in device ? device : device.group;
}

/** nft_meta_get_bridge: the bridge that the device is a port of. */
function bridgeOf(name: string | undefined, world: World): Answer {
  if (name === undefined) return BREAK;
  const device = world.interface(name);
  return 'reason' in device ? device : (device.master ?? BREAK);
}

/** What no rtnetlink operations made has no kind: the loopback device, hardware. */
function kindOf(name: string | undefined, world: World): Answer {
  if (name === undefined || name === 'lo') return BREAK;
  const device = world.interface(name);
  return 'reason' in device ? device : (device.kind ?? unknown(`the kind of ${name} is not known`, 'ip -d link'));
}

/** ARPHRD_LOOPBACK and, for what a node of a cluster has, ARPHRD_ETHER; of tunnels nobody knows here. */
function typeOf(name: string | undefined): Answer {
  if (name === undefined) return BREAK;
  return name === 'lo' ? 772 : unknown(`the link type of ${name} is not known`);
}

/** Of a packet that was received there is a socket in input only, where it was found early. */
function ownerOf({ owner, iif }: Packet, { hook }: World, field: 'uid' | 'gid'): Answer {
  if (hook === 'ingress' || hook === 'prerouting' || hook === 'forward') return BREAK;
  if (hook === 'input') return unknown('whether the socket was found early is not known');
  if (iif !== undefined || owner === 'none' || owner === 'kernel') return BREAK;
  return owner?.[field] ?? unknown(`the ${field} of the sending process is not known`, `tell the sender's ${field}`);
}

/** What a node makes itself is for `host`, that is unicast, until it is sent. */
function packetType({ type }: Packet, { hook }: World): Answer {
  const actual = type ?? (hook === 'output' ? 'unicast' : undefined);
  return actual === undefined
    ? unknown('whether the frame was unicast is not known', 'tell its destination MAC')
    : PACKET_TYPES[actual];
}

/** nft prints times in the time zone of whoever lists, and the kernel keeps them in UTC. */
function clock(): Answer {
  return unknown('in which time zone the rules were listed is not known');
}
