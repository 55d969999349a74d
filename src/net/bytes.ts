import type { Address } from './address.ts';
import { type Packet, TCP, UDP } from './packet.ts';
import { withSegmentSize } from './segment-size.ts';
import { fold } from './sum.ts';

/** Where the checksum of a protocol with ports stands in its header. */
const CHECKSUM_AT: ReadonlyMap<number, number> = new Map([
  [TCP, 16],
  [UDP, 6],
]);

/**
 * The packet's bytes as they are now: what the walk wrote since they were told (addresses, ports, TTL, TOS, segment size) with the
 * checksums that follow. Undefined where nobody told them.
 */
export function bytesOf(packet: Packet): Uint8Array | undefined {
  const { bytes } = packet;
  if (!bytes || bytes.length < (packet.family === 'ip' ? 20 : 40)) return bytes;
  const out = withSegmentSize(bytes, packet).slice();
  const view = new DataView(out.buffer);
  const [from, to] = packet.family === 'ip' ? [12, 20] : [8, 40];
  const before = sumOf(out, from, to);
  if (packet.family === 'ip') {
    view.setUint8(1, packet.tos);
    view.setUint8(8, packet.ttl);
  } else {
    view.setUint32(0, (view.getUint32(0) & 0xf00fffff) | (packet.tos << 20));
    view.setUint8(7, packet.ttl);
  }
  setAddress(view, from, packet.saddr);
  setAddress(view, (from + to) / 2, packet.daddr);
  const header = packet.family === 'ip' ? (view.getUint8(0) & 15) * 4 : 40;
  if (packet.family === 'ip') {
    view.setUint16(10, 0);
    view.setUint16(10, ~fold(sumOf(out, 0, header)) & 0xffff);
  }
  if (
    packet.fragment !== 'later' &&
    out.length >= header + 4 &&
    packet.sport !== undefined &&
    packet.dport !== undefined
  )
    writePorts(view, out, header, packet.sport, packet.dport, packet.protocol, before, sumOf(out, from, to));
  return out;
}

function writePorts(
  view: DataView,
  out: Uint8Array,
  at: number,
  sport: number,
  dport: number,
  protocol: number,
  before: number,
  after: number,
): void {
  const ports = sumOf(out, at, at + 4);
  view.setUint16(at, sport);
  view.setUint16(at + 2, dport);
  const place = CHECKSUM_AT.get(protocol);
  if (place === undefined || out.length < at + place + 2) return;
  const old = view.getUint16(at + place);
  if (protocol === UDP && old === 0) return;
  // RFC 1624: HC' = ~(~HC + ~m + m')
  const sum = (~old & 0xffff) + (~fold(before + ports) & 0xffff) + after + sumOf(out, at, at + 4);
  const checksum = ~fold(sum) & 0xffff;
  view.setUint16(at + place, protocol === UDP && checksum === 0 ? 0xffff : checksum);
}

function setAddress(view: DataView, at: number, address: Address): void {
  if (typeof address === 'number') view.setUint32(at, address);
  else for (let i = 0; i < 4; i++) view.setUint32(at + 4 * i, Number((address >> BigInt(96 - 32 * i)) & 0xffffffffn));
}

function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  return sum;
}
