import type { LocalSocket } from '../model/socket.ts';
import type { Unknown } from '../model/truth.ts';
import { formatAddress, formatEndpoint } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { type Packet, TCP } from '../net/packet.ts';
import type { Decide } from '../walk/decide.ts';
import type { Arrival, Walked } from '../walk/machine.ts';
import type { Answer, Disposition, Hop } from '../walk/trace.ts';
import type { Cluster } from './cluster.ts';
import type { Evidence, Host } from './host.ts';
import { type Next, nextOnLink } from './next.ts';
import { isTunnel, type Port } from './owners.ts';
import type { Session } from './session.ts';
import { decapsulatedBy, encapsulate } from './tunnel.ts';
import { unseal } from './wireguard.ts';

/** Where a packet starts: `iif` of the packet names the interface it comes in by, none: the host sends it. */
export interface Start extends Omit<Arrival, 'packet'> {
  readonly host: Host;
  readonly packet: Packet;
  /** A socket that some host has by now and no listing shows: whose the packet is to be. */
  readonly awaited?: { readonly host: Host; readonly socket: LocalSocket };
}

/** What listens on a port of a host for as long as a transfer takes. */
export const awaited = (host: Host, { family, protocol }: Packet, port: number): NonNullable<Start['awaited']> => ({
  host,
  socket: { protocol: protocol === TCP ? 'tcp' : 'udp', address: family === 'ip' ? 0 : 0n, port },
});

/** One visit of the packet to one host, and who gets it next. */
export interface Visit {
  readonly host: Host;
  readonly walked: Walked;
  readonly next?: Next;
  /** How the packet left a tunnel, or entered one whose packets around are not known. */
  readonly tunnel?: { readonly device: string; readonly evidence: readonly Evidence[] };
  /** It is a packet around another one, which left this host by this device. */
  readonly around?: string;
  /** What the host answers because nobody listens there, or why that is not known. */
  readonly refusal?: Answer | Unknown;
}

/** A packet's way from host to host. */
export interface Journey {
  readonly visits: readonly Visit[];
  readonly disposition: Disposition;
  readonly reason: string;
  /** The packet came back to a host as it was before: how often it came, and between which hosts it goes round. */
  readonly loop?: { readonly visits: number; readonly hosts: readonly string[] };
}

/** A packet can be sent round as often as its TTL allows; a bridge does not even count. */
const MAX_VISITS = 300;

/** Goes along with a packet: decides for each visit, and for the tunnel that the packet leaves it by. */
export interface Guide {
  decide(host: Host, arrival: Arrival): Decide;
  visited?(host: Host, hop: Hop): void;
}

/** Walks a packet from host to host until somebody has it, or nobody will. Connections are kept in the session. */
export function walkJourney(cluster: Cluster, session: Session, start: Start, guide: Guide): Journey {
  const visits: Visit[] = [];
  const end = walkFrom({ cluster, session, guide, visits }, start, undefined);
  const loop = loopIn(visits);
  if (!loop || end.disposition === 'delivered') return { visits, ...end };
  const reason = `goes round between ${loop.hosts.join(' and ')}: ${loop.visits} visits, then ${end.reason}`;
  return { visits, disposition: 'loop', reason, loop };
}

interface Way {
  readonly cluster: Cluster;
  readonly session: Session;
  readonly guide: Guide;
  readonly visits: Visit[];
}

interface JourneyEnd {
  readonly disposition: Disposition;
  readonly reason: string;
}

function walkFrom(way: Way, start: Start, around: string | undefined): JourneyEnd {
  const { session, guide, visits } = way;
  let at: Start | undefined = start;
  while (at) {
    const { host, awaited: _, ...moved }: Start = at;
    const waits = start.awaited?.host === host && host.namespace.sockets !== undefined;
    const arrival = waits && start.awaited ? { ...moved, sockets: [start.awaited.socket] } : moved;
    const decide = guide.decide(host, arrival);
    const walked = session.machine(host).walk(arrival, decide);
    walked.commit();
    const { hop } = walked;
    guide.visited?.(host, hop);
    const visit: Visit = { host, walked, ...(around !== undefined && { around }) };
    visits.push(visit);
    if (hop.disposition === 'delivered' && around === undefined) return received(visits, visit);
    const onward: Start | JourneyEnd = leave(way, visit, decide);
    if ('disposition' in onward) return onward;
    at = onward;
  }
  return { disposition: 'undecided', reason: 'nothing was walked' };
}

/** Up to a host's own sockets, where they were captured. */
function received(visits: Visit[], visit: Visit): JourneyEnd {
  const { host, walked } = visit;
  const { hop } = walked;
  const refusal = walked.refusal();
  if (!refusal) return hop;
  visits[visits.length - 1] = { ...visit, refusal };
  if ('kind' in refusal) return hop;
  const { daddr, dport, protocol } = hop.after;
  const at = `${protocol === TCP ? 'tcp' : 'udp'} ${formatEndpoint(daddr, dport)}`;
  return { disposition: 'refused', reason: `${host.name} has no socket on ${at}, and answers with ${refusal.what}` };
}

/** Who gets what left a host: the next visit, or the end. */
function leave(way: Way, visit: Visit, decide: Decide): Start | JourneyEnd {
  const { cluster, visits } = way;
  const { host, walked } = visit;
  const { hop } = walked;
  const asked = hop.disposition === 'neighbour-unreachable' ? whoHasIt(way, visit) : undefined;
  if (hop.disposition !== 'leaves-the-node' && !asked) return hop;
  if (visits.length >= MAX_VISITS) return { disposition: 'loop', reason: `is not there after ${MAX_VISITS} visits` };
  if (asked) return asked;
  const port = cluster.owners.port(host, hop.out?.device);
  const end: JourneyEnd = { disposition: hop.disposition, reason: hop.reason };
  if (!port) return end;
  if (isTunnel(port.link)) return through(way, visit, port, decide);
  const address = hop.out?.nexthop ?? hop.after.daddr;
  const next = nextOnLink(cluster, port, address, true);
  visits[visits.length - 1] = { ...visit, next };
  if (next.kind === 'silent') return { disposition: 'neighbour-unreachable', reason: next.reason };
  if (next.kind !== 'host') return end;
  return arriving(next.to, hop.after, port.link.mac, next.mac);
}

/**
 * A neighbour entry that has failed is asked for again by the next packet (__neigh_event_send): where a captured
 * interface on the link has the address, it answers.
 */
function whoHasIt({ cluster, visits }: Way, visit: Visit): Start | undefined {
  const { host, walked } = visit;
  const { hop } = walked;
  const port = cluster.owners.port(host, hop.out?.device);
  const address = hop.out?.nexthop ?? hop.after.daddr;
  const has = port && cluster.owners.withAddress(address).find(({ link }) => link.flags.includes('UP'));
  const next = has && nextOnLink(cluster, port, address, true);
  if (next?.kind !== 'host' || next.to.host !== has?.host || next.to.host === host) return undefined;
  visits[visits.length - 1] = { ...visit, next };
  return arriving(next.to, hop.after, port?.link.mac, next.mac);
}

/** What the link leaves of a packet: marks, priorities and all that the sender's kernel kept beside it are gone. */
function arriving({ host, link }: Port, after: Packet, smac: Mac | undefined, dmac: Mac | undefined): Start {
  const packet: Packet = {
    ...afterLink(after),
    iif: link.name,
    owner: 'none',
    link: { ...(smac !== undefined && { smac }), ...(dmac !== undefined && { dmac }) },
  };
  return { host, packet };
}

function afterLink(packet: Packet): Packet {
  const { iif, oif, physIn, physOut, bridged, priority, type, owner, link, ipsec, ...rest } = packet;
  return { ...rest, mark: 0, ...(rest.inner && { inner: { ...rest.inner } }) };
}

/** By a tunnel device: the packet around has a journey of its own, and where it is delivered the inner one goes on. */
function through(way: Way, visit: Visit, port: Port, decide: Decide): Start | JourneyEnd {
  const { cluster, session, visits } = way;
  const { hop } = visit.walked;
  const device = port.link.name;
  const made = encapsulate(cluster, session, port, hop, decide);
  if (made.kind === 'lost') return { disposition: 'leaves-the-node', reason: `${hop.reason}; ${made.reason}` };
  if (made.kind === 'dropped') return { disposition: 'dropped', reason: made.reason };
  const entered = visits.length - 1;
  visits[visits.length - 1] = { ...visit, tunnel: { device, evidence: made.evidence } };
  if (made.kind === 'other-end') return arriving(made.to, hop.after, undefined, undefined);
  const by = made.tunnel.kind === 'tun' ? {} : { through: device };
  const outer = walkFrom(way, { host: visit.host, packet: made.packet, ...by }, device);
  const text = `${formatEndpoint(made.packet.saddr)} > ${formatEndpoint(made.packet.daddr, made.packet.dport)}`;
  if (outer.disposition !== 'delivered')
    return { disposition: outer.disposition, reason: `the packet around it, ${text}: ${outer.reason}` };
  const last = visits.at(-1);
  if (last && made.sealed) {
    const { after } = last.walked.hop;
    const opened = unseal(last.host, made.sealed, after, hop.after);
    if ('reason' in opened) return { disposition: opened.unknown ? 'undecided' : 'dropped', reason: opened.reason };
    const { saddr: address, sport, daddr: own, iif } = after;
    if (opened.sender !== undefined && sport !== undefined)
      session.hear(last.host, opened.device, opened.sender, { address, port: sport, own, iif });
    const evidence = [...made.evidence, ...opened.evidence];
    visits[entered] = { ...visit, tunnel: { device, evidence } };
    const to = cluster.owners.port(last.host, opened.device);
    if (to) return arriving(to, hop.after, undefined, undefined);
  }
  const inner = last && decapsulatedBy(cluster, last.host, made.tunnel, last.walked.hop.after);
  if (!last || !inner)
    return {
      disposition: 'dropped',
      reason: `${last?.host.name ?? 'the other end'} has no device that takes off ${made.tunnel.kind} of ${text}`,
    };
  if (made.dmac !== undefined && inner.link.mac !== undefined && made.dmac !== inner.link.mac && !inner.link.master)
    return {
      disposition: 'dropped',
      reason: `the frame in the tunnel is for ${made.dmac}, and ${inner.link.name} of ${inner.host.name} is ${inner.link.mac}`,
    };
  return arriving(inner, hop.after, port.link.mac, made.dmac);
}

const MANY = 3;

/** A host that the packet came to again and again by the same interface, with the same addresses and ports. */
function loopIn(visits: readonly Visit[]): Journey['loop'] {
  const seen = new Map<string, number>();
  const hosts = new Set<string>();
  let most = 0;
  for (const { host, walked } of visits) {
    const { iif, saddr, daddr, sport, dport, protocol } = walked.hop.before;
    const key = [
      host.kind,
      host.name,
      iif ?? '',
      formatAddress(saddr),
      formatAddress(daddr),
      sport,
      dport,
      protocol,
    ].join(' ');
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    if (count >= MANY) hosts.add(host.name);
    most = Math.max(most, count);
  }
  if (most < MANY) return undefined;
  const all = visits.filter(({ host }) => hosts.has(host.name)).length;
  return { visits: all, hosts: [...hosts] };
}
