import type { Scalar } from './value.ts';

/** Bits of a run of bytes as a number, most significant first; undefined where they end before. */
export function bitsAt(bytes: Uint8Array, offset: number, bits: number): Scalar | undefined {
  if (offset < 0 || offset + bits > bytes.length * 8) return undefined;
  if (bits > 48) return wideAt(bytes, offset, bits);
  let value = 0;
  for (let i = 0; i < bits; i++) {
    const at = offset + i;
    value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
  }
  return value;
}

function wideAt(bytes: Uint8Array, offset: number, bits: number): bigint {
  let value = 0n;
  for (let i = 0; i < bits; i++) {
    const at = offset + i;
    value = (value << 1n) | BigInt(((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
  }
  return value;
}
