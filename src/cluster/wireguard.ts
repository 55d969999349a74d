import type { Tunnel } from '../model/tunnel.ts';
import type { AllowedAddresses, WireGuard, WireGuardPeer } from '../model/wireguard.ts';
import { type Address, familyOf, formatAddress, formatEndpoint } from '../net/address.ts';
import { type Packet, UDP } from '../net/packet.ts';
import { contains, formatPrefix, prefixLength } from '../net/prefix.ts';
import type { Compiled } from '../walk/machine.ts';
import type { Evidence, Host } from './host.ts';
import type { Port } from './owners.ts';
import { sourceAddress } from './sender.ts';
import type { Heard, Session } from './session.ts';

type Peer = WireGuardPeer & Required<Pick<WireGuardPeer, 'endpoint' | 'allowed'>>;
type Device = WireGuard & Required<Pick<WireGuard, 'listenPort' | 'fwmark'>> & { readonly peers: readonly Peer[] };

/** Who encrypted a packet, and for whom. */
export interface Sealed {
  readonly by: Device;
  readonly peer: Peer;
}

/** The device with all that decides over its packets; undefined where not all of it was captured. */
export function wireGuardOf({ host, link }: Port): Device | undefined {
  const own = host.namespace.wireguard?.get(link.name);
  if (own?.listenPort === undefined || own.fwmark === undefined) return undefined;
  const { listenPort, fwmark } = own;
  const peers = own.peers.filter(isWhole);
  return peers.length === own.peers.length ? { ...own, listenPort, fwmark, peers } : undefined;
}

const isWhole = (peer: WireGuardPeer): peer is Peer => peer.endpoint !== undefined && peer.allowed !== undefined;

/** Dropped; or, `unknown`, what would tell was not captured. */
interface Refused {
  readonly reason: string;
  readonly unknown?: true;
}

/** Where the packets for a peer go. */
interface Endpoint {
  readonly address: Address;
  readonly port: number;
  /** Of the last packet of the peer that was walked. */
  readonly heard?: Heard;
}

/** wg_xmit: the packet is for the peer whose allowed addresses have the longest prefix of its destination. */
export function recipient(
  session: Session,
  host: Host,
  device: Device,
  { daddr }: Packet,
): (Sealed & { readonly to: Endpoint; readonly evidence: Evidence }) | { readonly reason: string } {
  const { device: by } = device;
  const found = allowedTo(device, daddr);
  const unreachable = 'dropped, and the sender is told that the host is unreachable';
  if (!found) return { reason: `no peer of ${by} is allowed ${formatAddress(daddr)}: ${unreachable}` };
  const { peer, allowed } = found;
  const prefix = formatPrefix(allowed.prefix);
  const heard = session.heard(host, by, peer.key);
  if (heard) {
    const { address, port } = heard;
    const what = `the peer of ${by} that is allowed ${prefix} was heard from ${formatEndpoint(address, port)}`;
    return { by: device, peer, to: { address, port, heard }, evidence: { what } };
  }
  if (peer.endpoint === 'none')
    return { reason: `the peer of ${by} that is allowed ${prefix} has no endpoint: ${unreachable}` };
  const { address, port, source } = peer.endpoint;
  const what = `${formatEndpoint(address, port)} is the endpoint of the peer of ${by} that is allowed ${prefix}`;
  return { by: device, peer, to: { address, port }, evidence: { what, ...source } };
}

/**
 * The packet around (send4, send6): from the listening port, with the mark of the device and of TOS the ECN bits alone
 * (ip_tunnel_ecn_encap), routed as what the host sends itself. A WireGuard in user space sends by a socket of its own.
 */
export function seal(
  routing: Pick<Compiled, 'namespace' | 'fib' | 'links' | 'sysctls'>,
  { device, listenPort: sport, fwmark: mark }: Device,
  { address: daddr, port: dport, heard }: Endpoint,
  { kind }: Tunnel,
  inner: Packet,
  otherwise: Address | undefined,
): Packet | Refused {
  const flow = { daddr, mark, tos: 0, iif: 'lo', protocol: UDP, sport, dport };
  const outOf = (saddr?: Address) => {
    const found = routing.fib.lookup({ ...flow, saddr });
    return found.kind === 'route' ? found.nexthops[0]?.device : undefined;
  };
  const to = formatEndpoint(daddr, dport);
  const own = heard && outOf(heard.own) === heard.iif ? heard.own : undefined;
  if (kind === 'wireguard' && outOf(own) === device)
    return { reason: `the route to ${to} leads into ${device} itself: dropped as a routing loop` };
  const saddr = own ?? sourceAddress(routing, flow) ?? otherwise;
  if (saddr === undefined || familyOf(saddr) !== familyOf(daddr))
    return { reason: `${device} has no local address to send to ${to} from`, unknown: true };
  const family = familyOf(daddr);
  const ttl = family === 'ip' ? Number(routing.sysctls.get('net.ipv4.ip_default_ttl')) || 64 : 64;
  const ecn = inner.tos & 3;
  const tos = kind === 'wireguard' ? (ecn === CONGESTED ? 2 : ecn) : 0;
  const made = { family, protocol: UDP, saddr, sport, daddr, dport, ttl, tos, mark } as const;
  return kind === 'wireguard' ? { ...made, owner: inner.owner } : made;
}

/** INET_ECN_CE. */
const CONGESTED = 3;

interface Opened {
  readonly device: string;
  /** Who sent it, of the peers of the device; none: not known. */
  readonly sender?: string;
  readonly evidence: readonly Evidence[];
}

/**
 * Who takes the inner packet out (wg_packet_receive): the device that listens on the port, has the key that it was
 * encrypted for and knows the sender as a peer, which must be allowed the inner source (wg_packet_consume_data_done).
 */
export function unseal(host: Host, { by, peer }: Sealed, outer: Packet, inner: Packet): Opened | Refused {
  const { wireguard, interfaces = [] } = host.namespace;
  const at = `udp ${formatEndpoint(outer.daddr, outer.dport)}`;
  const isUp = (name: string) => interfaces.some(link => link.name === name && link.flags.includes('UP'));
  const known = [...(wireguard?.values() ?? [])].filter(({ device }) => isUp(device));
  const listens = known.find(({ listenPort }) => listenPort === outer.dport);
  if (!listens) {
    if (wireguard && known.every(({ listenPort }) => listenPort !== undefined))
      return { reason: `no WireGuard of ${host.name} listens on ${at}` };
    const like = interfaces.find(({ name }) => name === by.device && isUp(name));
    if (!like)
      return { reason: `whether a WireGuard of ${host.name} listens on ${at} was not captured`, unknown: true };
    const what = `which device of ${host.name} listens on ${at} was not captured: ${like.name} has the name`;
    return { device: like.name, evidence: [{ what }] };
  }
  const { device, key } = listens;
  const took = { what: `${device} of ${host.name} listens on ${at}` };
  if (peer.known && key !== undefined && key !== peer.key)
    return { reason: `${device} of ${host.name} has the key ${key}..., and it was encrypted for ${peer.key}...` };
  const sender = senderIn(listens, by, outer);
  if (sender === undefined)
    return { reason: `${by.device}'s key ${by.key}... is no peer of ${device} of ${host.name}` };
  const found = allowedTo(listens, inner.saddr);
  const text = formatAddress(inner.saddr);
  if (sender === 'unknown' || sender.allowed === undefined) {
    const what = `which peer of ${device} sent it was not captured: taken to be allowed ${text}`;
    return { device, evidence: [took, { what }] };
  }
  if (found?.peer === sender) {
    const what = `the peer that sent it is allowed ${formatPrefix(found.allowed.prefix)}`;
    return { device, sender: sender.key, evidence: [took, { what, ...found.allowed.source }] };
  }
  const whose = found ? `${formatPrefix(found.allowed.prefix)} is another peer's` : 'no peer is';
  return { reason: `${device} of ${host.name} does not allow ${text} to the peer that sent it (${whose})` };
}

/** By its key; else by the endpoint, which is where the peer was last heard from. Undefined: it is none of the peers. */
function senderIn({ peers }: WireGuard, { key }: Device, { saddr, sport }: Packet) {
  if (key !== undefined && peers.every(({ known }) => known)) return peers.find(peer => peer.key === key);
  const from = peers.find(
    ({ endpoint }) =>
      endpoint !== undefined && endpoint !== 'none' && endpoint.address === saddr && endpoint.port === sport,
  );
  return from ?? 'unknown';
}

/** The longest prefix (wg_allowedips_lookup_dst, wg_allowedips_lookup_src); one prefix has one peer. */
function allowedTo<P extends WireGuardPeer>({ peers }: { readonly peers: readonly P[] }, address: Address) {
  let best: { readonly peer: P; readonly allowed: AllowedAddresses; readonly length: number } | undefined;
  for (const peer of peers)
    for (const allowed of peer.allowed ?? []) {
      const length = contains(allowed.prefix, address) ? (prefixLength(allowed.prefix) ?? 0) : -1;
      if (length > (best?.length ?? -1)) best = { peer, allowed, length };
    }
  return best;
}
