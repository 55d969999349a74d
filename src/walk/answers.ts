import type { Address } from '../net/address.ts';
import { copyPacket, ICMP, ICMPV6, isIcmpError, type Packet, type Sender, TCP_FLAG } from '../net/packet.ts';
import { otherDirection } from './conntrack/tuple.ts';
import { isLoopback, isMulticast, localType } from './local.ts';
import type { Pass } from './pass.ts';
import { refuses } from './route/output.ts';
import type { Answer, Attached } from './trace.ts';

const LOOPBACK = 0x7f000001;

/**
 * nf_ct_attach: an error or a reset is RELATED to the packet's connection as it stands now, in the other direction. What a
 * rule hung on a packet that conntrack has not seen, or has found invalid, goes on to the answer in the same way.
 */
export function attachedTo(pass: Pass): Attached | undefined {
  const { flow, template } = pass;
  if (pass.tracked === 'untracked') return { connection: 'untracked', state: 'related', direction: 'reply' };
  if (template && pass.tracked === undefined) return { connection: template, state: 'related', direction: 'reply' };
  if (!flow) return undefined;
  return { connection: { ...flow.connection }, state: 'related', direction: otherDirection(flow.direction) };
}

/** Types of ICMP that icmp_pointers (net/ipv4/icmp.c) does not call errors; types that it does not know count as such. */
const NO_ERRORS: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18]);

const isErrorItself = (packet: Packet): boolean =>
  isIcmpError(packet) || (packet.protocol === ICMP && packet.icmp !== undefined && !NO_ERRORS.has(packet.icmp.type));

/** To a group or everybody: 0.0.0.0 where it came in (ip_route_input_slow); what the node sends there is for itself. */
export function isToMany({ packet: { daddr, iif }, compiled }: Pass): boolean {
  if (daddr === 0) return iif !== undefined && iif !== 'lo';
  return isMulticast(daddr) || localType(compiled.fib, daddr) === 'broadcast';
}

/** IPv6 answers no source that is not one node's (icmp6_send, nf_send_reset6); only a bridge lets such a packet come so far. */
export const isFromNobody = ({ family, saddr }: Packet): boolean =>
  family === 'ip6' && (saddr === 0n || isMulticast(saddr));

/** icmpv6_route_lookup: nobody sends an error to an anycast address. */
const isFromAnycast = ({ packet, compiled }: Pass): boolean =>
  packet.family === 'ip6' && localType(compiled.fib, packet.saddr) === 'anycast';

/** Queues an ICMP error about the packet as it is now. Nothing answers errors, multicast or broadcast, of IP or of frames. */
export function icmpError(pass: Pass, type: number, code: number, what: string, source?: Address): void {
  if (pass.recorder) return;
  const { packet } = pass;
  if (isErrorItself(packet) || isToMany(pass) || isFromNobody(packet)) return;
  if (packet.type !== undefined && packet.type !== 'unicast') return;
  // icmp_xmit_lock is held while the kernel sends a message of its own, and an error about it is given up.
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMPV6;
  if (isIcmp && packet.owner === 'kernel' && packet.iif === undefined) return;
  if (isElsewhere(pass) || isFromAnycast(pass)) return;
  const attached = attachedTo(pass);
  const tos = packet.family === 'ip' ? (packet.tos & 0x1e) | 0xc0 : 0;
  const saddr = source ?? errorSource(pass, tos);
  const answer: Packet = {
    family: packet.family,
    saddr,
    // ip_route_output_key_hash_rcu: who is nobody is the sender itself.
    daddr: packet.saddr === 0 ? saddr : packet.saddr,
    protocol: packet.family === 'ip' ? ICMP : ICMPV6,
    icmp: { type, code },
    inner: copyPacket(packet),
    // __ip_make_skb: what goes to a group has the TTL of groups.
    ttl: packet.family === 'ip' && isMulticast(packet.saddr) ? 1 : 64,
    tos,
    mark: 0,
    owner: 'kernel',
  };
  pass.answers.push({ what, packet: answer, ...(attached && { attached }) });
}

/** Queues a reset that answers the segment; nothing answers another reset, multicast or broadcast. */
export function tcpReset(pass: Pass, owner: Sender, attached = attachedTo(pass)): void {
  const { packet } = pass;
  if (!packet.tcp || packet.tcp.flags & TCP_FLAG.RST || isToMany(pass) || isFromNobody(packet)) return;
  // nf_send_reset: ip_route_me_harder finds no way to a group for what is not the node's own.
  const { links } = pass.compiled;
  if (packet.family === 'ip' && isMulticast(packet.saddr) && links.captured && !links.owns(packet.daddr)) return;
  const { iif: _iif, oif: _oif, physIn, ...rest } = packet;
  pass.answers.push({
    what: 'TCP reset',
    packet: {
      ...rest,
      saddr: packet.daddr,
      daddr: packet.saddr,
      ...(packet.dport !== undefined && { sport: packet.dport }),
      ...(packet.sport !== undefined && { dport: packet.sport }),
      tcp: {
        flags: packet.tcp.flags & TCP_FLAG.ACK ? TCP_FLAG.RST : TCP_FLAG.RST | TCP_FLAG.ACK,
        mss: null,
        options: [],
      },
      ttl: 64,
      tos: 0,
      mark: 0,
      owner,
    },
    ...(attached && { attached }),
    ...(physIn !== undefined && { port: physIn }),
  });
}

/** The error about a packet whose next hop did not answer; undefined for what is answered by nothing. */
export function hostUnreachable(pass: Pass): Answer | undefined {
  const before = pass.answers.length;
  if (pass.family === 'ip') icmpError(pass, 3, 1, 'icmp-host-unreachable');
  else icmpError(pass, 1, 3, 'icmp6-addr-unreachable');
  return pass.answers.length > before ? pass.answers.pop() : undefined;
}

/** A route of its own made the address local, and no device has it: ip_route_output_key refuses it as a source. */
function isElsewhere({ packet, toItself, compiled }: Pass): boolean {
  return packet.family === 'ip' && toItself && packet.daddr !== 0 && localType(compiled.fib, packet.daddr) !== 'local';
}

/**
 * icmp_send and icmp6_send: the packet's own destination where it is local, else an address chosen for the way back. IPv4
 * asks the packet's route, which is not local between the ports of a bridge, whatever the address.
 */
function errorSource(pass: Pass, tos: number): Address {
  const { packet, compiled, toItself } = pass;
  const { fib, links } = compiled;
  const type = localType(fib, packet.daddr);
  // ipv6_chk_addr: ::1 is the node's own on lo alone.
  const foreign =
    packet.family === 'ip6' && isLoopback(packet.daddr) && packet.iif !== undefined && packet.iif !== 'lo';
  const isOwn = packet.family === 'ip' ? toItself && type === 'local' : type === 'local' || type === 'anycast';
  if (isOwn && !foreign) return packet.daddr;
  if (packet.saddr === 0) return LOOPBACK;
  const protocol = packet.family === 'ip' ? ICMP : ICMPV6;
  const back = fib.lookup({ daddr: packet.saddr, mark: 0, tos, iif: 'lo', protocol });
  const hop = back.kind === 'route' ? back.nexthops[0] : undefined;
  if (back.kind === 'route' && back.route.source !== undefined) return back.route.source;
  if (packet.family === 'ip' && back.kind === 'route' && back.route.type === 'local') return packet.saddr;
  const chosen =
    packet.family === 'ip6'
      ? links.select6(pass.cameBy ?? hop?.device, packet.saddr)
      : hop?.device === undefined
        ? undefined
        : links.select4(hop.device, hop.gateway ?? packet.saddr);
  if (chosen !== undefined) return chosen;
  // icmp_route_lookup: what finds no way without a source is not sent, whatever rules say of other sources.
  const hasNoWay = packet.family === 'ip' && !fib.incomplete.ip && back.kind !== 'unknown' && refuses(back);
  return hasNoWay ? 0 : packet.daddr;
}
