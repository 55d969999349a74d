import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  from,
  holds,
  type Intervals,
  intersect,
  isSingle,
  sameIntervals,
  subtract,
  union,
} from '../../../../src/diff/fate/space/intervals.ts';

const MOST = 40;
const values = Array.from({ length: MOST + 1 }, (_, value) => value);
const interval = fc
  .tuple(fc.integer({ min: 0, max: MOST }), fc.integer({ min: 0, max: MOST }))
  .map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));
const intervals = fc.array(interval, { maxLength: 8 }).map(union);
const members = (set: Intervals): readonly number[] => values.filter(value => holds(set, value));
const isSorted = (set: Intervals) =>
  set.every(({ low, high }, i) => low <= high && (set[i + 1]?.low ?? MOST + 9) > Number(high) + 1);

describe('sets of intervals', () => {
  it('hold what one of their intervals holds, sorted and apart', () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 8 }), list => {
        const set = union(list);
        expect(isSorted(set)).toBe(true);
        expect(members(set)).toEqual(
          values.filter(value => list.some(({ low, high }) => value >= low && value <= high)),
        );
      }),
    );
  });

  it('have in common what both hold', () => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        const both = intersect(a, b);
        expect(isSorted(both)).toBe(true);
        expect(members(both)).toEqual(members(a).filter(value => holds(b, value)));
      }),
    );
  });

  it('have beyond another what that one does not hold', () => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        const left = subtract(a, b);
        expect(isSorted(left)).toBe(true);
        expect(members(left)).toEqual(members(a).filter(value => !holds(b, value)));
      }),
    );
  });

  it('are equal where they hold the same', () => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        expect(sameIntervals(a, b)).toBe(members(a).join() === members(b).join());
        expect(isSingle(a)).toBe(members(a).length === 1);
      }),
    );
  });

  it('take addresses of IPv6 as they take numbers', () => {
    const all = from(0n, (1n << 128n) - 1n);
    const [low, high] = subtract(all, from(1n << 127n));
    expect([low, high]).toEqual([
      { low: 0n, high: (1n << 127n) - 1n },
      { low: (1n << 127n) + 1n, high: (1n << 128n) - 1n },
    ]);
    expect(holds(all, 1n << 127n)).toBe(true);
  });
});
