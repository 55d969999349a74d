import type { Address } from '../../../src/net/address.ts';
import {
  DCCP,
  hasPorts,
  ICMP,
  ICMPV6,
  type Packet,
  SCTP,
  type SctpHeader,
  TCP,
  type TcpHeader,
  type TcpSegment,
} from '../../../src/net/packet.ts';

/** Headers of IPv6 that are followed to the final protocol. */
const EXTENSIONS = new Set([0, 43, 44, 51, 60]);

class Bytes {
  readonly #view: DataView;
  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  u8 = (at: number): number => (at < this.#view.byteLength ? this.#view.getUint8(at) : 0);
  u16 = (at: number): number => (at + 2 <= this.#view.byteLength ? this.#view.getUint16(at) : 0);
  u32 = (at: number): number => (at + 4 <= this.#view.byteLength ? this.#view.getUint32(at) : 0);
  u128 = (at: number): bigint => [0, 4, 8, 12].reduce((sum, i) => (sum << 32n) | BigInt(this.u32(at + i)), 0n);
  get length(): number {
    return this.#view.byteLength;
  }
}

/** A packet as the wire has it, from its IP header on; what is cut off counts as absent. */
export function packetFromBytes(bytes: Uint8Array): Packet {
  const b = new Bytes(bytes);
  const six = b.u8(0) >> 4 === 6;
  const extensionHeaders: number[] = [];
  let protocol = six ? b.u8(6) : b.u8(9);
  let at = six ? 40 : (b.u8(0) & 15) * 4;
  while (six && EXTENSIONS.has(protocol)) {
    extensionHeaders.push(protocol);
    const length = protocol === 44 ? 8 : protocol === 51 ? (b.u8(at + 1) + 2) * 4 : (b.u8(at + 1) + 1) * 8;
    protocol = b.u8(at);
    at += length;
  }
  const saddr: Address = six ? b.u128(8) : b.u32(12);
  const daddr: Address = six ? b.u128(24) : b.u32(16);
  return {
    family: six ? 'ip6' : 'ip',
    saddr,
    daddr,
    protocol,
    ...transport(b, at, protocol, bytes),
    ...(six && { extensionHeaders }),
    ...spiOf(b, at, protocol, extensionHeaders),
    ttl: six ? b.u8(7) : b.u8(8),
    tos: six ? (b.u16(0) >> 4) & 0xff : b.u8(1),
    length: six ? b.u16(4) + 40 : b.u16(2),
    bytes,
    ipsec: { in: false, out: false },
    mark: 0,
  };
}

function transport(b: Bytes, at: number, protocol: number, bytes: Uint8Array): Partial<Packet> {
  if (protocol === ICMP || protocol === ICMPV6) {
    const type = b.u8(at);
    const isError = protocol === ICMP ? [3, 4, 5, 11, 12].includes(type) : type < 128;
    const icmp = { type, code: b.u8(at + 1), id: b.u16(at + 4) };
    return { icmp, ...(isError && b.length > at + 8 && { inner: packetFromBytes(bytes.subarray(at + 8)) }) };
  }
  const ports = hasPorts(protocol) ? { sport: b.u16(at), dport: b.u16(at + 2) } : {};
  if (protocol === TCP) return { ...ports, tcp: tcpHeader(b, at, bytes) };
  if (protocol === SCTP) return { ...ports, sctp: sctpHeader(b, at) };
  if (protocol === DCCP) return ports;
  return ports;
}

function tcpHeader(b: Bytes, at: number, bytes: Uint8Array): TcpHeader {
  const size = Math.max((b.u8(at + 12) >> 4) * 4, 20);
  const { segment: options, ...header } = tcpOptions(bytes.subarray(at + 20, at + size));
  const segment: TcpSegment = {
    seq: b.u32(at + 4),
    ack: b.u32(at + 8),
    window: b.u16(at + 14),
    length: Math.max(0, b.length - at - size),
    ...(size > 20 && { options }),
  };
  return { flags: b.u8(at + 13), ...header, segment };
}

/** The options of a TCP header, and what connection tracking reads of them. */
export function tcpOptions(bytes: Uint8Array): {
  readonly mss: number | null;
  readonly options: readonly number[];
  readonly segment: NonNullable<TcpSegment['options']>;
} {
  const b = new Bytes(bytes);
  const options: number[] = [];
  const sacked: number[] = [];
  let mss: number | null = null;
  let scale: number | undefined;
  for (let i = 0; i < b.length; ) {
    const kind = b.u8(i);
    if (kind === 0) break;
    options.push(kind);
    const length = kind === 1 ? 1 : Math.max(b.u8(i + 1), 2);
    if (kind === 2) mss = b.u16(i + 2);
    if (kind === 3) scale = b.u8(i + 2);
    if (kind === 5) for (let edge = i + 6; edge < i + length; edge += 8) sacked.push(b.u32(edge));
    i += length;
  }
  const segment = { ...(scale !== undefined && { scale }), sackPermitted: options.includes(4), sacked };
  return { mss, options, segment };
}

function sctpHeader(b: Bytes, at: number): SctpHeader {
  const chunks: number[] = [];
  let initTag: number | undefined;
  let reflectsTag = false;
  for (let i = at + 12; i + 4 <= b.length; i += Math.max((b.u16(i + 2) + 3) & ~3, 4)) {
    const chunk = b.u8(i);
    chunks.push(chunk);
    if (chunk === 1 || chunk === 2) initTag = b.u32(i + 4);
    if (chunk === 6 || chunk === 14) reflectsTag = (b.u8(i + 1) & 1) === 1;
  }
  return { chunks, tag: b.u32(at + 4), reflectsTag, ...(initTag !== undefined && { initTag }) };
}

function spiOf(b: Bytes, at: number, protocol: number, extensions: readonly number[]): Partial<Packet> {
  if (protocol === 50) return { spi: b.u32(at) };
  if (protocol === 51) return { spi: b.u32(at + 4) };
  return extensions.includes(51) ? { spi: b.u32(at - 8) } : {};
}
