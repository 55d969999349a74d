import type { DataType } from '../type/datatype.ts';
import type { Types } from '../type/type-of.ts';
import { isParts, type Scalar, type Value } from './value.ts';

/** What the registers hold, each field of a concatenation padded to four bytes; undefined where that is not known. */
export function bytesOf(value: Value, types: Types): Uint8Array | undefined {
  if (!isParts(value)) return scalarBytes(value, types[0]);
  const parts = value.map((part, i) => scalarBytes(part, types[i]));
  const out: number[] = [];
  for (const part of parts) {
    if (!part) return undefined;
    out.push(...part, ...new Array<number>((4 - (part.length % 4)) % 4).fill(0));
  }
  return Uint8Array.from(out);
}

function scalarBytes(value: Scalar, type: DataType | undefined): Uint8Array | undefined {
  if (type?.bits === undefined || typeof value === 'string') return undefined;
  const out = new Uint8Array(Math.ceil(type.bits / 8));
  let rest = BigInt(value);
  for (let i = out.length - 1; i >= 0; i--, rest >>= 8n) out[i] = Number(rest & 0xffn);
  return type.order === 'network' ? out : out.reverse();
}
