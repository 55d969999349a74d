import type { Address, Family } from './address.ts';
import type { Mac } from './mac.ts';

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const DCCP = 33;
export const GRE = 47;
export const ICMPV6 = 58;
export const SCTP = 132;
export const UDPLITE = 136;

/** Bits of the TCP header's flag octet. */
export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const;
export type TcpFlag = keyof typeof TCP_FLAG;

/** What connection tracking reads of a TCP segment beside its flags. */
export interface TcpSegment {
  readonly seq: number;
  readonly ack: number;
  /** As the header has it, not scaled. */
  readonly window: number;
  /** Bytes of payload. */
  readonly length: number;
  /** Absent: its header carries no options. `sacked`: the right edges of the blocks of a SACK option. */
  readonly options?: {
    readonly scale?: number;
    readonly sackPermitted: boolean;
    readonly sacked: readonly number[];
  };
}

/** Transport headers; a field that nobody told is absent, and a match on it is unknown. */
export interface TcpHeader {
  readonly flags: number;
  readonly segment?: TcpSegment;
  /** Maximum segment size option, if the packet carries one; null: known to be absent. */
  readonly mss?: number | null;
  /** Kinds of the TCP options present. */
  readonly options?: readonly number[];
}

export interface SctpHeader {
  /** Types of the chunks that the packet carries, in their order. */
  readonly chunks: readonly number[];
  /** Verification tag, and the one that an INIT or INIT ACK asks for. */
  readonly tag?: number;
  readonly initTag?: number;
  /** The T bit of an ABORT or SHUTDOWN COMPLETE: the tag is the one that the receiver uses. */
  readonly reflectsTag?: boolean;
}

export interface IcmpHeader {
  readonly type: number;
  readonly code: number;
  readonly id?: number;
}

/** Where one side waits for data: of FTP (EPSV names no address, RFC 2428), or by the SDP of SIP (`c=` and `m=`). */
export interface Offer {
  readonly address?: Address;
  readonly port: number;
}

/** What the link layer says of a received packet. */
export interface LinkHeader {
  readonly smac?: Mac;
  readonly dmac?: Mac;
}

export type PacketType = 'unicast' | 'broadcast' | 'multicast' | 'otherhost';

/**
 * Whose socket a locally made packet has: a process's, one of the kernel's own without a file (ICMP errors, echo replies,
 * resets of the TCP stack), or none (what REJECT sends).
 */
export type Sender = 'kernel' | 'none' | { readonly uid?: number; readonly gid?: number };

/** One packet as netfilter sees it at one place: headers, and what the kernel keeps beside them. */
export interface Packet {
  readonly family: Family;
  saddr: Address;
  daddr: Address;
  /** The final protocol (IPv6: after extension headers), an IANA number. */
  readonly protocol: number;
  sport?: number | undefined;
  dport?: number | undefined;
  tcp?: TcpHeader | undefined;
  icmp?: IcmpHeader | undefined;
  /** Security parameter index of AH and ESP, CPI of IPComp. */
  readonly spi?: number | undefined;
  readonly sctp?: SctpHeader | undefined;
  /** The packet that an ICMP error is about, as the error carries it. */
  inner?: Packet | undefined;
  /** TTL or hop limit. */
  ttl: number;
  /** The whole TOS or traffic class octet. */
  tos: number;
  /** Bytes of the whole network layer packet. */
  length?: number | undefined;
  /** The network layer packet's bytes as far as they are known, for u32, string and bpf. */
  readonly bytes?: Uint8Array | undefined;
  /** 'first' and 'later' fragments; absent: not a fragment. */
  readonly fragment?: 'first' | 'later' | undefined;
  readonly badChecksum?: boolean | undefined;
  /** Extension headers of IPv6 that the packet carries, by protocol number. */
  readonly extensionHeaders?: readonly number[] | undefined;
  /** What a helper of conntrack reads: a request of TFTP, or where an FTP or SIP program waits for data. */
  request?: 'tftp' | Offer | undefined;
  link?: LinkHeader | undefined;
  type?: PacketType | undefined;
  /** skb->mark. */
  mark: number;
  /** skb->priority, as CLASSIFY sets it. */
  priority?: number | undefined;
  /** Who sent a locally made packet; absent: not known. */
  owner?: Sender | undefined;
  /** Whether IPsec took the packet out of a tunnel or transport, and will put it into one; absent: not known. */
  readonly ipsec?: { readonly in: boolean; readonly out: boolean } | undefined;
  /** Interfaces as the hooks see them; absent: none. */
  iif?: string | undefined;
  oif?: string | undefined;
  /** Bridge ports of a bridged frame, for physdev. */
  physIn?: string | undefined;
  physOut?: string | undefined;
  /** The frame is being bridged, not routed. */
  bridged?: boolean | undefined;
}

/** A copy that shares nothing which the walk writes to. All copies have the same fields: a walk makes many. */
export function copyPacket(packet: Packet): Packet {
  return {
    family: packet.family,
    saddr: packet.saddr,
    daddr: packet.daddr,
    protocol: packet.protocol,
    sport: packet.sport,
    dport: packet.dport,
    tcp: packet.tcp,
    icmp: packet.icmp,
    spi: packet.spi,
    sctp: packet.sctp,
    inner: packet.inner && copyPacket(packet.inner),
    ttl: packet.ttl,
    tos: packet.tos,
    length: packet.length,
    bytes: packet.bytes,
    fragment: packet.fragment,
    badChecksum: packet.badChecksum,
    extensionHeaders: packet.extensionHeaders,
    request: packet.request,
    link: packet.link,
    type: packet.type,
    mark: packet.mark,
    priority: packet.priority,
    owner: packet.owner,
    ipsec: packet.ipsec,
    iif: packet.iif,
    oif: packet.oif,
    physIn: packet.physIn,
    physOut: packet.physOut,
    bridged: packet.bridged,
  };
}

/** Whether the walk wrote nothing to the packet since the copy was made. */
export const isCopyOf = (copy: Packet, packet: Packet): boolean =>
  copy.saddr === packet.saddr &&
  copy.daddr === packet.daddr &&
  copy.sport === packet.sport &&
  copy.dport === packet.dport &&
  copy.mark === packet.mark &&
  copy.ttl === packet.ttl &&
  copy.tos === packet.tos &&
  copy.tcp === packet.tcp &&
  copy.icmp === packet.icmp &&
  copy.priority === packet.priority &&
  copy.iif === packet.iif &&
  copy.oif === packet.oif &&
  copy.physIn === packet.physIn &&
  copy.physOut === packet.physOut &&
  copy.bridged === packet.bridged &&
  copy.request === packet.request &&
  copy.link === packet.link &&
  packet.inner === undefined;

/** Protocols whose first four bytes are two port numbers. */
export const hasPorts = (protocol: number): boolean =>
  protocol === TCP || protocol === UDP || protocol === SCTP || protocol === DCCP || protocol === UDPLITE;

const ERRORS4 = new Set([3, 4, 5, 11, 12]);

/** ICMP messages that carry the packet they are about (ICMPv6: type below 128). */
export function isIcmpError(packet: Packet): boolean {
  if (!packet.icmp) return false;
  return packet.family === 'ip' ? ERRORS4.has(packet.icmp.type) : packet.protocol === ICMPV6 && packet.icmp.type < 128;
}
