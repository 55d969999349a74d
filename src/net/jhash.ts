const rot = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** Bob Jenkins' lookup3 over 32 bit words, as the kernel's jhash2 computes it (include/linux/jhash.h). */
export const jhash2 = (words: readonly number[], initval: number): number =>
  lookup3(words, (words.length << 2) + initval);

/** The kernel's jhash: over bytes, of which the last word may lack some. */
export function jhash(bytes: Uint8Array, initval: number): number {
  const at = (i: number): number => bytes[i] ?? 0;
  const words = Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => {
    const first = 4 * i;
    return at(first) | (at(first + 1) << 8) | (at(first + 2) << 16) | (at(first + 3) << 24);
  });
  return lookup3(words, bytes.length + initval);
}

function lookup3(words: readonly number[], start: number): number {
  let a = (0xdeadbeef + start) | 0;
  let b = a;
  let c = a;
  let i = 0;
  let left = words.length;
  const word = (at: number): number => words[at] ?? 0;
  while (left > 3) {
    a = (a + word(i)) | 0;
    b = (b + word(i + 1)) | 0;
    c = (c + word(i + 2)) | 0;
    a = (a - c) ^ rot(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rot(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rot(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rot(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rot(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rot(b, 4);
    b = (b + a) | 0;
    left -= 3;
    i += 3;
  }
  if (left === 0) return c >>> 0;
  if (left > 2) c = (c + word(i + 2)) | 0;
  if (left > 1) b = (b + word(i + 1)) | 0;
  a = (a + word(i)) | 0;
  c = (c ^ b) - rot(b, 14);
  a = (a ^ c) - rot(c, 11);
  b = (b ^ a) - rot(a, 25);
  c = (c ^ b) - rot(b, 16);
  a = (a ^ c) - rot(c, 4);
  b = (b ^ a) - rot(a, 14);
  c = (c ^ b) - rot(b, 24);
  return c >>> 0;
}

/** (value * count) / 2^32, the kernel's reciprocal_scale. */
export const reciprocalScale = (value: number, count: number): number =>
  Number((BigInt(value >>> 0) * BigInt(count)) >> 32n);

/** A word whose bytes in memory are those of the value in network order, as a little endian machine reads it. */
export function swap32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)) >>> 0;
}
