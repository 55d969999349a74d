import type { LocalSocket } from '../model/socket.ts';
import { type Address, familyOf } from '../net/address.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/packet.ts';
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
 * answer on a translated connection the one that began it (nf_sk_lookup_slow_v4). Undefined: there is none.
 */
export function socketOf(pass: Pass, sockets: readonly LocalSocket[]): LocalSocket | undefined {
  const { packet, flow } = pass;
  const { inner } = packet;
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMPV6;
  if (isIcmp && !inner) return undefined;
  const ends: Ends =
    isIcmp && inner
      ? {
          iif: packet.iif,
          protocol: inner.protocol,
          saddr: inner.daddr,
          sport: inner.dport,
          daddr: inner.saddr,
          dport: inner.sport,
        }
      : {
          iif: packet.iif,
          protocol: packet.protocol,
          saddr: packet.saddr,
          sport: packet.sport,
          daddr: packet.daddr,
          dport: packet.dport,
        };
  if (ends.protocol !== TCP && ends.protocol !== UDP) return undefined;
  const answers = flow?.direction === 'reply' && flow.state === (isIcmp ? 'related' : 'established');
  if (packet.family === 'ip' && answers) {
    const { original } = flow.connection;
    return lookup(sockets, { ...ends, daddr: original.saddr, dport: original.sport });
  }
  return lookup(sockets, ends);
}

/** Whether TPROXY finds a transparent socket to give the packet to; undefined: nobody knows. */
export function proxySocket(pass: Pass, address: Address | undefined, port: number): boolean | undefined {
  const { packet, sockets } = pass;
  if (!sockets) return undefined;
  const ends: Ends = {
    iif: packet.iif,
    protocol: packet.protocol,
    saddr: packet.saddr,
    sport: packet.sport,
    daddr: packet.daddr,
    dport: packet.dport,
  };
  const established = lookup(sockets, ends);
  const own = pass.compiled.links
    .get(packet.iif)
    ?.addresses.find(a => !a.secondary && familyOf(a.address) === packet.family);
  const socket = established?.peer
    ? established
    : lookup(sockets, { ...ends, daddr: address ?? own?.address ?? packet.daddr, dport: port });
  return socket === undefined ? false : socket.transparent;
}
