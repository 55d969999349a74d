import type { LocalSocket } from '../model/socket.ts';
import { type Unknown, unknown } from '../model/truth.ts';
import { type Address, familyOf } from '../net/address.ts';
import { ICMP, ICMPV6, isIcmpError, type Packet, TCP, TCP_FLAG, UDP } from '../net/packet.ts';
import { has, STATUS } from './conntrack/connection.ts';
import type { Pass } from './pass.ts';

const isAny = (address: Address): boolean => address === 0 || address === 0n;

interface Ends {
  /** Absent: the node itself sends. */
  readonly iif: string | undefined;
  readonly protocol: number;
  readonly saddr: Address;
  readonly sport: number | undefined;
  readonly daddr: Address;
  readonly dport: number | undefined;
}

/** The socket that a packet between these ends is for: a connected one before one bound to the address, before any. */
function lookup(
  sockets: readonly LocalSocket[],
  { iif, protocol, saddr, sport, daddr, dport }: Ends,
): LocalSocket | undefined {
  const name = protocol === TCP ? 'tcp' : 'udp';
  let best: { socket: LocalSocket; score: number } | undefined;
  for (const socket of sockets) {
    const { address, device, peer } = socket;
    if (device !== undefined && iif !== undefined && device !== iif) continue;
    if (socket.protocol !== name || socket.port !== dport || familyOf(address) !== familyOf(daddr)) continue;
    if (!isAny(address) && address !== daddr) continue;
    if (peer && (peer.address !== saddr || peer.port !== sport)) continue;
    const score = (peer ? 2 : 0) + (isAny(address) ? 0 : 1);
    if (!best || score > best.score) best = { socket, score };
  }
  return best?.socket;
}

/**
 * The local socket of a packet, as xt_socket finds it: of an ICMP error the socket that sent what it is about, of an
 * answer on a translated connection the one that began it (nf_sk_lookup_slow_v4 and _v6; IPv6 so since 6.15).
 * Undefined: there is none.
 */
export function socketOf(pass: Pass, sockets: readonly LocalSocket[]): LocalSocket | undefined {
  const { packet, flow } = pass;
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMPV6;
  const ends = isIcmp ? isIcmpError(packet) && packet.inner && endsOfSender(packet.iif, packet.inner) : endsOf(packet);
  if (!ends || (ends.protocol !== TCP && ends.protocol !== UDP)) return undefined;
  // nf_sk_lookup_slow_v6 asks the protocol of what an error is about, and so never finds the error related.
  const state = isIcmp && packet.family === 'ip' ? 'related' : 'established';
  const answers = flow?.direction === 'reply' && flow.state === state;
  if (!answers || !has(flow.connection, STATUS.SRC_NAT_DONE)) return lookup(sockets, ends);
  const { original } = flow.connection;
  return lookup(sockets, { ...ends, daddr: original.saddr, dport: original.sport });
}

/** Why the socket of a packet, which is not among those that were captured, may be there all the same. */
export function unlistedSocket({ packet, compiled }: Pass): Unknown | undefined {
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMPV6;
  const carried = isIcmp ? packet.inner?.protocol : packet.protocol;
  if (carried !== TCP && carried !== UDP) return undefined;
  const name = carried === TCP ? 'tcp' : 'udp';
  const unlisted = compiled.namespace.unlistedSockets?.some(
    ({ protocol, family }) => protocol === name && family === packet.family,
  );
  if (!unlisted) return undefined;
  return unknown(
    `whether a program has the ${name} port: of /proc/net/${name} and ${name}6 not both were captured, and a socket on :: is for IPv4, too`,
    'ss -tuna',
  );
}

/** The socket of the connection that a packet belongs to (__inet_lookup_established). */
export function connectedSocket(packet: Packet, sockets: readonly LocalSocket[]): LocalSocket | undefined {
  const found = lookup(sockets, endsOf(packet));
  return found?.peer && found;
}

const endsOf = ({ iif, protocol, saddr, sport, daddr, dport }: Packet): Ends => ({
  iif,
  protocol,
  saddr,
  sport,
  daddr,
  dport,
});

/** Of the packet that an error is about: its sender is the one that the error is for. */
const endsOfSender = (iif: string | undefined, { protocol, saddr, sport, daddr, dport }: Packet): Ends => ({
  iif,
  protocol,
  saddr: daddr,
  sport: dport,
  daddr: saddr,
  dport: sport,
});

/**
 * The socket that TPROXY gives the packet to (tproxy_tg4): the connection's own, else one that listens at the address and
 * port that the rule names. Unknown: the sockets were not captured.
 */
export function proxySocket(
  pass: Pass,
  address: Address | undefined,
  port: number,
): LocalSocket | undefined | 'unknown' {
  const { packet, sockets } = pass;
  if (!sockets) return 'unknown';
  const ends = endsOf(packet);
  const own = pass.compiled.links
    .get(packet.iif)
    ?.addresses.find(a => !a.secondary && familyOf(a.address) === packet.family);
  const listening = () =>
    lookup(
      sockets.filter(socket => !socket.peer),
      { ...ends, daddr: address ?? own?.address ?? packet.daddr, dport: port },
    );
  const found = lookup(sockets, ends);
  if (!found?.peer) return listening();
  const { FIN, SYN, RST, ACK } = TCP_FLAG;
  const isSyn = ((packet.tcp?.flags ?? 0) & (FIN | SYN | RST | ACK)) === SYN;
  return found.state === 'time-wait' && isSyn ? (listening() ?? found) : found;
}
