import { type Address, parseAddress } from '../../../src/net/address.ts';
import {
  ICMP,
  ICMPV6,
  type Packet,
  type PacketType,
  type Sender,
  TCP,
  TCP_FLAG,
  type TcpHeader,
  UDP,
  UDPLITE,
} from '../../../src/net/packet.ts';
import type { Injected, Journey, Observation, Probe, Seen } from '../observation.ts';
import { LISTENING, PLACES } from '../topology.ts';
import { packetFromBytes, tcpOptions } from './bytes.ts';

/** What tells of a packet that the node made. */
type Made = Pick<Observation, 'injected' | 'wire' | 'sockets'>;

export const addressOf = (text: string): Address => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
};

const OSPF = 89;

/** The packet of a journey as it stood when the journey began. */
export function arriving(
  probe: Probe,
  journey: Journey,
  injected: Injected | undefined,
  observed: Made,
): Packet | undefined {
  const { packet: seen } = journey;
  const bytes = injected?.packet === undefined ? undefined : Uint8Array.from(Buffer.from(injected.packet, 'hex'));
  const base = bytes ? packetFromBytes(bytes) : seen && packetFromSeen(seen, journey.oif, observed);
  if (!base) return undefined;
  const own = injected?.what === 'probe';
  const { via } = probe;
  const local = own && via.kind !== 'frame';
  return {
    ...base,
    ...(own && probe.packet.badChecksum && { badChecksum: true }),
    // What stands behind the header of OSPF has no checksum here.
    ...(base.protocol === OSPF && { badChecksum: true }),
    // The kernel holds UDP-Lite against UDP's pseudo header wherever no device has vouched for the checksum.
    ...(base.protocol === UDPLITE && injected?.device !== undefined && { badChecksum: true }),
    ...(injected?.device !== undefined && { iif: portOf(injected.device), ...linkOf(injected) }),
    ...(journey.injected < 0 && { owner: kernelSender(base) }),
    ...(local && { mark: via.mark ?? 0, owner: ownerOf(via), ...(via.device !== undefined && { oif: via.device }) }),
  };
}

/**
 * Whose socket a packet of the stack has: a datagram its server's, a SYN-ACK and (since 6.13) a reset by a listener the listener's, which is
 * root's; other resets the kernel's own for IPv4 and none for IPv6, ICMP the kernel's own.
 */
function kernelSender({ family, protocol, tcp, sport }: Packet): Sender {
  if (protocol === UDP) return { uid: 0, gid: 0 };
  if (protocol !== TCP) return 'kernel';
  const listens = LISTENING.tcp.some(port => port === sport);
  if (((tcp?.flags ?? 0) & TCP_FLAG.RST) === 0 || listens) return { uid: 0, gid: 0 };
  return family === 'ip' ? 'kernel' : 'none';
}

function ownerOf(via: { readonly uid?: number; readonly gid?: number }): Sender {
  return { uid: via.uid ?? 0, gid: via.gid ?? 0 };
}

/** What the node calls its own end of a link. */
export const portOf = (device: string): string => PLACES.find(place => place.device === device)?.port ?? device;

function linkOf({ smac, dmac }: Injected): Pick<Packet, 'link' | 'type'> {
  return {
    link: { ...(smac !== undefined && { smac }), ...(dmac !== undefined && { dmac }) },
    ...(dmac !== undefined && { type: typeOf(dmac) }),
  };
}

/** What the frame's destination alone tells; whether a unicast one is the node's the walk finds out. */
function typeOf(dmac: string): PacketType {
  if (dmac === 'ff:ff:ff:ff:ff:ff') return 'broadcast';
  return Number.parseInt(dmac.slice(0, 2), 16) & 1 ? 'multicast' : 'unicast';
}

const both = TCP_FLAG.SYN | TCP_FLAG.ACK;
const SACK_PERMITTED = 4;
/** tcp_select_initial_window: the logarithm of the tcp_rmem that topology.ts sets, less 15. */
const OWN_SCALE = 10;

/**
 * A TCP header of the node's own. The trace shows 20 bytes of it; what options it had follows for a SYN-ACK from the SYN,
 * and else the wire tells, if it got there.
 */
function headerFromSeen(seen: Seen, device: string | undefined, { injected, wire, sockets = [] }: Made): TcpHeader {
  const { family, flags = 0, seq = 0, ack = 0, window = 0, dataLength: length = 0 } = seen;
  const size = seen.length - length - (family === 'ip' ? 20 : 40);
  const segment = { seq, ack, window, length };
  if (size <= 20) return { flags, mss: null, options: [], segment };
  const answered = synAckOptions(family, device, injected);
  const isSynAck = (flags & both) === both;
  // A SYN that comes again is answered as the first one was (tcp_check_req).
  const isAgain = sockets.some(
    ({ state, port, peer }) =>
      state === 'half-open' && port === seen.sport && peer.port === seen.dport && peer.address === seen.daddr,
  );
  if (isSynAck && !isAgain && answered.size === size)
    return { flags, mss: answered.mss, options: answered.kinds, segment: { ...segment, options: answered.options } };
  const sent = wire.find(({ packet }) => packet.seq === seq && packet.flags === flags && packet.options !== undefined);
  if (sent?.packet.options === undefined) return { flags, segment };
  const { segment: options, ...header } = tcpOptions(Uint8Array.from(Buffer.from(sent.packet.options, 'hex')));
  return { flags, ...header, ...(isSynAck && { mss: answered.mss }), segment: { ...segment, options } };
}

/** tcp_synack_options and tcp_options_write: the size that its route takes, and what the SYN offered. */
function synAckOptions(family: Seen['family'], device: string | undefined, injected: readonly Injected[]) {
  const syn = injected
    .flatMap(({ packet }) => (packet === undefined ? [] : [packetFromBytes(Buffer.from(packet, 'hex')).tcp]))
    .findLast(tcp => ((tcp?.flags ?? 0) & both) === TCP_FLAG.SYN);
  const sackPermitted = syn?.options?.includes(SACK_PERMITTED) ?? false;
  const scale = syn?.segment?.options?.scale;
  const kinds = [2, ...(sackPermitted ? [1, 1, SACK_PERMITTED] : []), ...(scale === undefined ? [] : [1, 3])];
  const options = { sackPermitted, sacked: [], ...(scale !== undefined && { scale: OWN_SCALE }) };
  const size = 24 + (sackPermitted ? 4 : 0) + (scale === undefined ? 0 : 4);
  const mss = (device === 'lo' ? { ip: 65495, ip6: 65476 } : { ip: 1460, ip6: 1440 })[family];
  return { kinds, options, size, mss };
}

/** Of a packet that the node made: the headers that the trace shows. */
function packetFromSeen(seen: Seen, device: string | undefined, observed: Made): Packet {
  const { protocol } = seen;
  return {
    family: seen.family,
    saddr: addressOf(seen.saddr),
    daddr: addressOf(seen.daddr),
    protocol,
    ...(seen.sport !== undefined && { sport: seen.sport }),
    ...(seen.dport !== undefined && { dport: seen.dport }),
    ...(protocol === TCP && seen.flags !== undefined && { tcp: headerFromSeen(seen, device, observed) }),
    ...((protocol === ICMP || protocol === ICMPV6) &&
      seen.icmpType !== undefined && {
        icmp: { type: seen.icmpType, code: seen.icmpCode ?? 0, ...(seen.icmpId !== undefined && { id: seen.icmpId }) },
      }),
    ...(seen.family === 'ip6' && { extensionHeaders: [] }),
    ttl: seen.ttl,
    tos: seen.tos,
    length: seen.length,
    ipsec: { in: false, out: false },
    mark: 0,
  };
}
