import { type Packet, TCP } from './packet.ts';
import { fold } from './sum.ts';

const MSS = 2;
const LENGTH = 4;
const HEADER = 20;

/** The bytes with the segment size that TCPMSS wrote: over the one in the options, or (xt_TCPMSS.c) before them all. */
export function withSegmentSize(bytes: Uint8Array, { family, protocol, tcp, length }: Packet): Uint8Array {
  const mss = tcp?.mss;
  const at = family === 'ip' ? ((bytes[0] ?? 0) & 15) * 4 : 40;
  if (protocol !== TCP || typeof mss !== 'number' || bytes.length < at + HEADER) return bytes;
  if (family === 'ip6' && bytes[6] !== TCP) return bytes;
  const option = optionAt(bytes, at);
  if (option !== undefined) return overwritten(bytes, at, option, mss);
  if (length !== bytes.length + LENGTH) return bytes;
  const out = new Uint8Array(bytes.length + LENGTH);
  out.set(bytes.subarray(0, at + HEADER));
  out.set(bytes.subarray(at + HEADER), at + HEADER + LENGTH);
  const view = new DataView(out.buffer);
  const offset = view.getUint16(at + 12);
  view.setUint16(family === 'ip' ? 2 : 4, family === 'ip' ? length : length - 40);
  view.setUint16(at + 12, offset + 0x1000);
  view.setUint16(at + HEADER, (MSS << 8) | LENGTH);
  view.setUint16(at + HEADER + 2, mss);
  // The length of the segment is in the sum, too (pseudo header).
  updateSum(view, at, 0, 0x1000 + ((MSS << 8) | LENGTH) + mss + LENGTH);
  return out;
}

function optionAt(bytes: Uint8Array, at: number): number | undefined {
  const end = Math.min(at + ((bytes[at + 12] ?? 0) >> 4) * 4, bytes.length);
  for (let i = at + HEADER; i < end; ) {
    const kind = bytes[i];
    if (kind === 0) return undefined;
    if (kind === MSS && i + LENGTH <= end) return i;
    i += kind === 1 ? 1 : Math.max(bytes[i + 1] ?? 0, 2);
  }
  return undefined;
}

function overwritten(bytes: Uint8Array, at: number, option: number, mss: number): Uint8Array {
  const before = ((bytes[option + 2] ?? 0) << 8) | (bytes[option + 3] ?? 0);
  if (before === mss) return bytes;
  const out = bytes.slice();
  const view = new DataView(out.buffer);
  view.setUint16(option + 2, mss);
  // At an odd place the two bytes fall into two words of the sum.
  const word = (value: number) => ((option - at) % 2 === 0 ? value : ((value & 0xff) << 8) | (value >> 8));
  updateSum(view, at, word(before), word(mss));
  return out;
}

/** RFC 1624. */
function updateSum(view: DataView, at: number, before: number, after: number): void {
  const old = view.getUint16(at + 16);
  view.setUint16(at + 16, ~fold((~old & 0xffff) + (~fold(before) & 0xffff) + after) & 0xffff);
}
