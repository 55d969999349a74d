import { isSince } from '../../model/kernel.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import type { AddressType, RouteAnswer, World } from '../../model/world.ts';
import type { Address } from '../../net/address.ts';
import { ICMPV6, type Packet, TCP } from '../../net/packet.ts';
import type { Fib, FibFlag } from '../schema.ts';
import { FIB_TYPES } from '../type/symbols.ts';
import type { Answer, Evaluate } from './value.ts';

const BROADCAST = 0xffffffff;
const isMulticast4 = (address: number): boolean => address >>> 28 === 0xe;
const isZeronet = (address: number): boolean => address >>> 24 === 0;
const isMulticast6 = (address: bigint): boolean => address >> 120n === 0xffn;
/** ipv6_addr_type: groups of link-local scope count, too. */
const isLinkLocal6 = (address: bigint): boolean =>
  address >> 118n === 0x3fan || ((address >> 112n) & 0xff0fn) === 0xff02n;

/** net/ipv4/netfilter/nft_fib_ipv4.c and net/ipv6/netfilter/nft_fib_ipv6.c. */
export function compileFib({ result, flags }: Fib): Evaluate {
  const asked = new Set(flags);
  if (result === 'type') return (packet, world) => typeOf(packet, world, asked);
  return (packet, world) => {
    const device = deviceOf(packet, world, asked);
    if (device !== undefined && typeof device !== 'string') return device;
    if (result === 'check') return device === undefined ? 0 : 1;
    return device ?? (result === 'oif' ? '0' : '');
  };
}

const addressOf = (packet: Packet, flags: ReadonlySet<FibFlag>): Address =>
  flags.has('daddr') ? packet.daddr : packet.saddr;

const limitOf = (flags: ReadonlySet<FibFlag>): 'iif' | 'oif' | undefined =>
  flags.has('iif') ? 'iif' : flags.has('oif') ? 'oif' : undefined;

/** nft_fib4_eval_type asks as xt_addrtype does; nft_fib6_eval_type for the type of the route. */
function typeOf(packet: Packet, world: World, flags: ReadonlySet<FibFlag>): Answer {
  const address = addressOf(packet, flags);
  const limit = limitOf(flags);
  const types = world.addressType(address, limit);
  if ('kind' in types) return types;
  if (typeof address === 'number') return numberOf([...types][0] ?? 'UNICAST');
  if (address === 0n) return numberOf('UNSPEC');
  if (isMulticast6(address)) return numberOf('MULTICAST');
  if (limit !== undefined && types.has('LOCAL')) return numberOf('LOCAL');
  const route = lookup6(packet, address, world, flags);
  if (route.kind === 'unknown') return route;
  if (route.kind === 'none') return numberOf('UNREACHABLE');
  if (route.type === 'local') return numberOf(limit === undefined ? 'LOCAL' : 'UNICAST');
  return FIB_TYPES.get(route.type) ?? numberOf('UNICAST');
}

const numberOf = (type: AddressType): number => FIB_TYPES.get(type.toLowerCase()) ?? 0;

type Found = string | undefined | Exclude<Answer, string>;

/** The device that the address is reached by; undefined: none, or the address is the node's own. */
function deviceOf(packet: Packet, world: World, flags: ReadonlySet<FibFlag>): Found {
  const { iif } = packet;
  if (iif === undefined || (world.hook !== 'prerouting' && world.hook !== 'input')) return lookUp(packet, world, flags);
  const unasked = iif === 'lo' || asksForNeighbour(packet);
  if (world.hook === 'prerouting') return unasked ? iif : lookUp(packet, world, flags);
  const found = lookUp(packet, world, flags);
  if (found === iif) return found;
  const skips = unasked || isFoundEarly(packet, world);
  if (skips === false) return found;
  const since = isSince(world, [6, 15, 0], [6, 14, 5], [6, 12, 26]);
  if (since === false) return found;
  if (skips !== true) return skips;
  return since
    ? iif
    : unknown('whether `fib` asks the routes in input differs between kernels (6.15)', '`sysctl kernel.osrelease`');
}

/** nft_fib_v6_skip_icmpv6: duplicate address detection. */
const asksForNeighbour = ({ protocol, saddr, daddr }: Packet): boolean =>
  protocol === ICMPV6 && saddr === 0n && typeof daddr === 'bigint' && isLinkLocal6(daddr);

/** tcp_v4_early_demux: in input a connection's packet has its socket, which knows the device (nft_fib_can_skip). */
function isFoundEarly({ protocol }: Packet, world: World): boolean | Unknown {
  if (protocol !== TCP) return false;
  const socket = world.socket();
  if (socket === undefined) return false;
  if (!('kind' in socket)) return socket.connected === true;
  return world.connection.state === 'new' ? false : socket;
}

function lookUp(packet: Packet, world: World, flags: ReadonlySet<FibFlag>): Found {
  const { iif, oif } = packet;
  const wanted = flags.has('oif') ? oif : flags.has('iif') ? iif : undefined;
  const address = addressOf(packet, flags);
  if (typeof packet.saddr === 'number' && typeof packet.daddr === 'number' && isZeronet(packet.saddr))
    if (packet.daddr === BROADCAST || packet.daddr >>> 8 === 0xe00000) return iif ?? oif;
  const answer =
    typeof address === 'number' ? lookup4(packet, address, world, flags) : lookup6(packet, address, world, flags);
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'none' || answer.type === 'local') return undefined;
  if (typeof address === 'bigint' && answer.type !== 'unicast' && answer.type !== 'multicast') return undefined;
  if (wanted === undefined) return answer.device;
  return answer.device === wanted || answer.devices?.includes(wanted) ? wanted : undefined;
}

function lookup4(packet: Packet, daddr: number, world: World, flags: ReadonlySet<FibFlag>): RouteAnswer {
  const other = flags.has('daddr') ? packet.saddr : packet.daddr;
  const speaks =
    typeof other !== 'number' || other === BROADCAST || isMulticast4(other) || isZeronet(other) ? {} : { saddr: other };
  return world.route({
    ...speaks,
    daddr,
    mark: flags.has('mark') ? packet.mark : 0,
    tos: packet.tos & 0x1c,
    iif: askedFrom(packet, world, flags),
  });
}

/** Link-local addresses are looked up on the device alone. */
function lookup6(packet: Packet, daddr: bigint, world: World, flags: ReadonlySet<FibFlag>): RouteAnswer {
  const other = flags.has('daddr') ? packet.saddr : packet.daddr;
  const speaks = typeof other === 'bigint' && other !== 0n && !isMulticast6(other) ? { saddr: other } : {};
  const asked = flags.has('oif') ? packet.oif : flags.has('iif') ? packet.iif : undefined;
  const device = asked ?? packet.iif ?? packet.oif;
  const bound = isLinkLocal6(daddr) && device !== undefined ? { oif: device } : {};
  const { mark, tos, protocol } = packet;
  const iif = askedFrom(packet, world, flags);
  return world.route({
    ...speaks,
    ...bound,
    daddr,
    iif,
    mark: flags.has('mark') ? mark : 0,
    tos: tos & 0xfc,
    protocol,
  });
}

/** As for a packet of the node's own; in forward, where the incoming interface is asked about, as for one from where it leaves. */
const askedFrom = ({ oif }: Packet, { hook }: World, flags: ReadonlySet<FibFlag>): string =>
  hook === 'forward' && flags.has('iif') && !flags.has('daddr') && oif !== undefined ? oif : 'lo';
