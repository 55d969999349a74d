/** Marks of which the bits of `mask` are as in `value`, and the others any: 32 bits, unsigned. */
export interface Cube {
  readonly value: number;
  readonly mask: number;
}

export const ANY_MARK: Cube = { value: 0, mask: 0 };
export const NO_MARK: Cube = { value: 0, mask: 0xffffffff };

export const cubeHolds = ({ value, mask }: Cube, mark: number): boolean => ((mark ^ value) & mask) === 0;

/** Undefined: they have nothing in common. */
export function cubeIntersect(a: Cube, b: Cube): Cube | undefined {
  if ((a.value ^ b.value) & a.mask & b.mask) return undefined;
  return { value: ((a.value & a.mask) | (b.value & b.mask)) >>> 0, mask: (a.mask | b.mask) >>> 0 };
}

/** What the first has beyond the second, as disjoint cubes: one for each bit that only the second asks for. */
export function cubeSubtract(a: Cube, b: Cube): readonly Cube[] {
  if (!cubeIntersect(a, b)) return [a];
  const parts: Cube[] = [];
  let { value, mask } = a;
  for (let place = 0; place < 32; place++) {
    const bit = 2 ** place;
    if (!(b.mask & bit) || a.mask & bit) continue;
    const wanted = b.value & bit ? bit : 0;
    mask = (mask | bit) >>> 0;
    parts.push({ value: (value | (bit - wanted)) >>> 0, mask });
    value = (value | wanted) >>> 0;
  }
  return parts;
}

/** The cube that both together are, where they are one. */
export function cubeJoin(a: Cube, b: Cube): Cube | undefined {
  if (a.mask === b.mask) {
    const differing = ((a.value ^ b.value) & a.mask) >>> 0;
    if (differing === 0) return a;
    if ((differing & (differing - 1)) !== 0) return undefined;
    const mask = (a.mask & ~differing) >>> 0;
    return { value: (a.value & mask) >>> 0, mask };
  }
  if ((a.mask & b.mask) >>> 0 === a.mask) return cubeHolds(a, b.value) ? a : undefined;
  if ((a.mask & b.mask) >>> 0 === b.mask) return cubeHolds(b, a.value) ? b : undefined;
  return undefined;
}

export const cubeMember = ({ value, mask }: Cube): number => (value & mask) >>> 0;
