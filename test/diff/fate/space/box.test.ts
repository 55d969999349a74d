import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Box,
  boxHolds,
  boxIntersect,
  boxSubtract,
  merge,
  type Point,
  sameBox,
} from '../../../../src/diff/fate/space/box.ts';
import { type Cube, cubeHolds, cubeIntersect, cubeJoin, cubeSubtract } from '../../../../src/diff/fate/space/cube.ts';
import { union } from '../../../../src/diff/fate/space/intervals.ts';

/** A space small enough to be counted: three values for an address and a port, two interfaces, two bits. */
const points: readonly Point[] = ['', 'eth0'].flatMap(iif =>
  [0, 1, 2].flatMap(saddr =>
    [0, 1, 2].flatMap(dport =>
      [0, 1, 2, 3].map(mark => ({ family: 'ip' as const, iif, saddr, daddr: 0, protocol: 6, sport: 0, dport, mark })),
    ),
  ),
);

const some = (values: readonly number[]) =>
  fc.subarray([...values], { minLength: 1 }).map(list => union(list.map(low => ({ low, high: low }))));
const cube = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([value, mask]): Cube => ({ value: value & mask, mask }));
const zero = union([{ low: 0, high: 0 }]);
const box = fc.tuple(fc.subarray(['', 'eth0'], { minLength: 1 }), some([0, 1, 2]), some([0, 1, 2]), cube).map(
  ([iif, saddr, dport, mark]): Box => ({
    family: 'ip',
    iif,
    saddr,
    daddr: zero,
    protocol: union([{ low: 6, high: 17 }]),
    sport: zero,
    dport,
    mark,
  }),
);
const members = (boxes: readonly Box[]) => points.filter(point => boxes.some(one => boxHolds(one, point)));
const times = (boxes: readonly Box[], point: Point) => boxes.filter(one => boxHolds(one, point)).length;

describe('boxes', () => {
  it('have in common what both hold', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const both = boxIntersect(a, b);
        expect(members(both ? [both] : [])).toEqual(points.filter(point => boxHolds(a, point) && boxHolds(b, point)));
      }),
    );
  });

  it('fall into disjoint boxes where another is cut out', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const parts = boxSubtract(a, b);
        for (const point of points) expect(times(parts, point)).toBe(boxHolds(a, point) && !boxHolds(b, point) ? 1 : 0);
      }),
    );
  });

  it('hold the same in fewer boxes once they are merged', () => {
    fc.assert(
      fc.property(fc.array(box, { maxLength: 6 }), boxes => {
        const merged = merge(boxes);
        expect(merged.length).toBeLessThanOrEqual(boxes.length);
        expect(members(merged)).toEqual(members(boxes));
      }),
    );
  });

  it('become the one again that was cut', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const both = boxIntersect(a, b);
        fc.pre(both !== undefined);
        const [whole, ...others] = merge([...boxSubtract(a, b), ...(both ? [both] : [])]);
        expect(others).toEqual([]);
        expect(whole && sameBox(whole, a)).toBe(true);
      }),
    );
  });
});

describe('marks', () => {
  const marks = [0, 1, 2, 3, 0x80000000, 0xffffffff];
  const wide = fc
    .tuple(fc.constantFrom(...marks), fc.constantFrom(...marks))
    .map(([value, mask]): Cube => ({ value: (value & mask) >>> 0, mask }));

  it('of both, of one alone, and joined', () => {
    fc.assert(
      fc.property(wide, wide, (a, b) => {
        const both = cubeIntersect(a, b);
        const beyond = cubeSubtract(a, b);
        const joined = cubeJoin(a, b);
        for (const mark of marks) {
          const [inA, inB] = [cubeHolds(a, mark), cubeHolds(b, mark)];
          expect(both !== undefined && cubeHolds(both, mark)).toBe(inA && inB);
          expect(beyond.filter(part => cubeHolds(part, mark)).length).toBe(inA && !inB ? 1 : 0);
          if (joined) expect(cubeHolds(joined, mark)).toBe(inA || inB);
        }
      }),
    );
  });
});
