import type { Tunnel } from '../model/tunnel.ts';
import { type Address, familyOf, formatAddress } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { GRE, type Packet, UDP } from '../net/packet.ts';
import { prefixLength } from '../net/prefix.ts';
import type { Decide } from '../walk/decide.ts';
import type { Hop } from '../walk/trace.ts';
import type { Cluster } from './cluster.ts';
import type { Evidence, Host } from './host.ts';
import { neighbourOf } from './next.ts';
import { isTunnel, type Port } from './owners.ts';
import type { Session } from './session.ts';
import { routeTo } from './towards.ts';
import { recipient, type Sealed, seal, wireGuardOf } from './wireguard.ts';

const IPIP = 4;
const IPV6_IN_IP = 41;
/** net.ipv4.ip_local_port_range, which VXLAN and Geneve take their source ports from. */
const LOCAL_PORTS = [32768, 60999] as const;

/** What a tunnel device makes of a packet: the packet around it, or only the host at the other end. */
export type Encapsulation =
  | {
      readonly kind: 'outer';
      readonly packet: Packet;
      readonly tunnel: Tunnel;
      readonly dmac?: Mac;
      readonly sealed?: Sealed;
      readonly evidence: readonly Evidence[];
    }
  | { readonly kind: 'other-end'; readonly to: Port; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'dropped'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string };

/** The packet that carries another one, as the device it left by makes it. */
export function encapsulate(cluster: Cluster, session: Session, port: Port, hop: Hop, decide: Decide): Encapsulation {
  const { host, link } = port;
  const { after, out } = hop;
  const { tunnel } = link;
  const wireGuard = tunnel && wireGuardOf(port);
  if (tunnel && wireGuard) return encrypt(session, host, tunnel, wireGuard, { ...after, owner: ownerOf(hop) });
  const nexthop = out?.nexthop ?? after.daddr;
  if (!tunnel || tunnel.external || tunnel.kind === 'wireguard' || tunnel.kind === 'tun')
    return otherEnd(cluster, port, nexthop, after.daddr);
  const target = targetOf(host, link.name, tunnel, nexthop);
  if ('reason' in target) return { kind: 'lost', reason: target.reason };
  const { remote, dmac, evidence } = target;
  const saddr = tunnel.local ?? sourceFor(host, tunnel, remote);
  if (saddr === undefined || familyOf(saddr) !== familyOf(remote))
    return { kind: 'lost', reason: `${link.name} has no local address to send to ${formatAddress(remote)} from` };
  const base = {
    family: familyOf(remote),
    saddr,
    daddr: remote,
    ttl: tunnel.ttl ?? 64,
    tos: 0,
    mark: after.mark,
    owner: ownerOf(hop),
  } as const;
  const packet: Packet =
    tunnel.kind === 'vxlan' || tunnel.kind === 'geneve'
      ? {
          ...base,
          protocol: UDP,
          sport: portOf(tunnel, remote, decide),
          dport: tunnel.port ?? DEFAULT_PORTS[tunnel.kind],
        }
      : { ...base, protocol: tunnel.kind === 'gre' ? GRE : after.family === 'ip' ? IPIP : IPV6_IN_IP };
  return { kind: 'outer', packet, tunnel, evidence, ...(dmac !== undefined && { dmac }) };
}

function encrypt(
  session: Session,
  host: Host,
  tunnel: Tunnel,
  device: NonNullable<ReturnType<typeof wireGuardOf>>,
  inner: Packet,
): Encapsulation {
  const sealed = recipient(session, host, device, inner);
  if ('reason' in sealed) return { kind: 'dropped', reason: sealed.reason };
  const { to, evidence } = sealed;
  const { compiled } = session.machine(host);
  const packet = seal(compiled, device, to, tunnel, inner, sourceFor(host, tunnel, to.address));
  if ('reason' in packet) return { kind: packet.unknown ? 'lost' : 'dropped', reason: packet.reason };
  return { kind: 'outer', packet, tunnel, evidence: [evidence], sealed };
}

const DEFAULT_PORTS = { vxlan: 8472, geneve: 6081 } as const;

/** The packet around keeps the socket of what the host itself sends (skb_scrub_packet leaves skb->sk); a forwarded one has none. */
const ownerOf = ({ before, after }: Hop): Packet['owner'] => (before.iif === undefined ? after.owner : 'none');

/** A hash of the inner packet with a seed that no dump holds: any port, and nobody's fate hangs on it. */
function portOf({ sourcePorts = LOCAL_PORTS }: Tunnel, remote: Address, decide: Decide): number {
  const [low, high] = sourcePorts;
  return low + decide.choose({ kind: 'port', low, high, at: undefined, tunnelTo: remote });
}

type Target =
  | { readonly remote: Address; readonly dmac?: Mac; readonly evidence: readonly Evidence[] }
  | { readonly reason: string };

function targetOf(host: Host, device: string, tunnel: Tunnel, nexthop: Address): Target {
  if (tunnel.kind !== 'vxlan') {
    const remote = tunnel.remote ?? (tunnel.kind === 'geneve' ? undefined : nexthop);
    if (remote === undefined) return { reason: `${device} has no remote address` };
    const what = tunnel.remote === undefined ? 'is the next hop' : `is the remote address of ${device}`;
    return { remote, evidence: [{ what: `${formatAddress(remote)} ${what}` }] };
  }
  const neighbour = neighbourOf(host, device, nexthop);
  const dmac = neighbour?.mac;
  const entries = (host.namespace.fdb ?? []).filter(
    entry => entry.device === device && entry.destination !== undefined,
  );
  const entry = entries.find(({ mac }) => mac === dmac) ?? entries.find(({ mac }) => mac === '00:00:00:00:00:00');
  const remote = entry?.destination ?? tunnel.remote;
  const text = formatAddress(nexthop);
  if (remote === undefined)
    return {
      reason:
        dmac === undefined
          ? `${text} has no neighbour entry on ${device}`
          : `${dmac} of ${text} has no fdb entry on ${device}`,
    };
  const evidence: Evidence[] = [];
  if (neighbour && dmac !== undefined)
    evidence.push({ what: `${text} is at ${dmac} in ${host.name}'s neighbour table`, ...neighbour.source });
  if (entry)
    evidence.push({ what: `${entry.mac} is behind ${formatAddress(remote)} in the fdb of ${device}`, ...entry.source });
  else evidence.push({ what: `${formatAddress(remote)} is the remote address of ${device}` });
  return { remote, ...(dmac !== undefined && { dmac }), evidence };
}

/** A device without a local address takes one of the device it sends by. */
function sourceFor({ namespace }: Host, { device }: Tunnel, remote: Address): Address | undefined {
  const links = namespace.interfaces ?? [];
  const usable = links.filter(({ tunnel, flags }) => !tunnel && !flags.includes('LOOPBACK'));
  const [first] = [...usable.filter(({ name }) => name === device), ...usable]
    .flatMap(({ addresses }) => addresses)
    .filter(({ address, scope }) => familyOf(address) === familyOf(remote) && scope === 'global');
  return first?.address;
}

/** The device of the host that got the packet around, which takes it off again. */
export function decapsulatedBy({ owners }: Cluster, host: Host, tunnel: Tunnel, outer: Packet): Port | undefined {
  const fits = (host.namespace.interfaces ?? []).find(({ tunnel: own, flags }) => {
    if (!own || own.kind !== tunnel.kind || !flags.includes('UP')) return false;
    if (own.id !== tunnel.id || (own.port !== undefined && own.port !== outer.dport)) return false;
    if (own.local !== undefined && own.local !== outer.daddr) return false;
    return own.kind === 'vxlan' || own.remote === undefined || own.remote === outer.saddr;
  });
  return owners.port(host, fits?.name);
}

/**
 * WireGuard whose state was not captured, a tun device, a tunnel that is steered from outside: what is around is not known. The other end
 * is the host with such a device that has the address, or has the longest route to it which does not lead into a tunnel.
 */
function otherEnd({ owners }: Cluster, port: Port, nexthop: Address, daddr: Address): Encapsulation {
  const { host, link } = port;
  const ends = owners.hosts.flatMap(other => {
    const device = other === host ? undefined : other.namespace.interfaces?.find(({ name }) => name === link.name);
    const end = owners.port(other, device?.name);
    return end && isTunnel(end.link) ? [end] : [];
  });
  const [owner] = ends.filter(end =>
    [nexthop, daddr].some(address => owners.withAddress(address).some(other => other.host === end.host)),
  );
  let best: { readonly end: Port; readonly length: number } | undefined;
  for (const end of ends) {
    const route = routeTo(end.host.namespace, daddr);
    const device = owners.port(end.host, route?.nexthops[0]?.device);
    const length = route ? (prefixLength(route.destination) ?? 0) : 0;
    if (device && !isTunnel(device.link) && length > (best?.length ?? 0)) best = { end, length };
  }
  const to = owner ?? best?.end;
  if (!to) return { kind: 'lost', reason: `who is at the other end of ${link.name} was not captured` };
  const why = owner ? 'has the address' : 'has a route to it that leads into no tunnel';
  const what = `of the hosts with a device ${link.name}, ${to.host.name} ${why}`;
  return { kind: 'other-end', to, evidence: [{ what }] };
}
