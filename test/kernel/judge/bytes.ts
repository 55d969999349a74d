import type { Address } from '../../../src/net/address.ts';
import { DCCP, hasPorts, ICMP, ICMPV6, type Packet, SCTP, TCP } from '../../../src/net/packet.ts';

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
  if (protocol === TCP) return { ...ports, tcp: { flags: b.u8(at + 13), ...tcpOptions(b, at) } };
  if (protocol === SCTP) return { ...ports, sctp: { chunks: sctpChunks(b, at + 12), tag: b.u32(at + 4) } };
  if (protocol === DCCP) return ports;
  return ports;
}

function tcpOptions(b: Bytes, at: number): { mss: number | null; options: number[] } {
  const end = Math.min(at + (b.u8(at + 12) >> 4) * 4, b.length);
  const options: number[] = [];
  let mss: number | null = null;
  for (let i = at + 20; i < end; ) {
    const kind = b.u8(i);
    if (kind === 0) break;
    options.push(kind);
    if (kind === 2) mss = b.u16(i + 2);
    i += kind === 1 ? 1 : Math.max(b.u8(i + 1), 2);
  }
  return { mss, options };
}

function sctpChunks(b: Bytes, at: number): number[] {
  const chunks: number[] = [];
  for (let i = at; i + 4 <= b.length; i += Math.max((b.u16(i + 2) + 3) & ~3, 4)) chunks.push(b.u8(i));
  return chunks;
}

function spiOf(b: Bytes, at: number, protocol: number, extensions: readonly number[]): Partial<Packet> {
  if (protocol === 50) return { spi: b.u32(at) };
  if (protocol === 51) return { spi: b.u32(at + 4) };
  return extensions.includes(51) ? { spi: b.u32(at - 8) } : {};
}
