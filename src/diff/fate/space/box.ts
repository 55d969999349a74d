import type { Family } from '../../../net/address.ts';
import { type Cube, cubeHolds, cubeIntersect, cubeJoin, cubeSubtract } from './cube.ts';
import { holds, type Intervals, intersect, type Scalar, sameIntervals, subtract, union } from './intervals.ts';

/** Stands among the names of interfaces for the node itself: the packet came in by none. */
export const SELF = '';

/** Sorted; what is not named does not belong to it. */
export type Names = readonly string[];

export const NUMERIC = ['saddr', 'daddr', 'protocol', 'sport', 'dport'] as const;
export type Numeric = (typeof NUMERIC)[number];
export const DIMENSIONS = ['iif', ...NUMERIC, 'mark'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A set of packets, the product of a set for each dimension; of protocols without ports those of a box are no matter. */
export interface Box {
  readonly family: Family;
  /** Names of interfaces, with SELF for what the node sends. */
  readonly iif: Names;
  readonly saddr: Intervals;
  readonly daddr: Intervals;
  readonly protocol: Intervals;
  readonly sport: Intervals;
  readonly dport: Intervals;
  readonly mark: Cube;
}

/** One packet, by its place in the space. */
export interface Point {
  readonly family: Family;
  readonly iif: string;
  readonly saddr: Scalar;
  readonly daddr: Scalar;
  readonly protocol: number;
  readonly sport: number;
  readonly dport: number;
  readonly mark: number;
}

export const boxHolds = (box: Box, point: Point): boolean =>
  box.family === point.family &&
  box.iif.includes(point.iif) &&
  NUMERIC.every(dimension => holds(box[dimension], point[dimension])) &&
  cubeHolds(box.mark, point.mark);

const common = (a: Names, b: Names): Names => a.filter(name => b.includes(name));
const without = (a: Names, b: Names): Names => a.filter(name => !b.includes(name));
export const together = (a: Names, b: Names): Names => [...new Set([...a, ...b])].sort();

/** Undefined: they have no packet in common. */
export function boxIntersect(a: Box, b: Box): Box | undefined {
  if (a.family !== b.family) return undefined;
  const mark = cubeIntersect(a.mark, b.mark);
  const box = {
    family: a.family,
    iif: common(a.iif, b.iif),
    saddr: intersect(a.saddr, b.saddr),
    daddr: intersect(a.daddr, b.daddr),
    protocol: intersect(a.protocol, b.protocol),
    sport: intersect(a.sport, b.sport),
    dport: intersect(a.dport, b.dport),
  };
  if (!mark || box.iif.length === 0 || NUMERIC.some(dimension => box[dimension].length === 0)) return undefined;
  return { ...box, mark };
}

/** What the first has beyond the second, as disjoint boxes: at most one for each dimension and bit of the mark. */
export function boxSubtract(a: Box, b: Box): readonly Box[] {
  const shared = boxIntersect(a, b);
  if (!shared) return [a];
  const parts: Box[] = [];
  let rest = a;
  const iif = without(a.iif, b.iif);
  if (iif.length > 0) parts.push({ ...rest, iif });
  rest = { ...rest, iif: shared.iif };
  for (const dimension of NUMERIC) {
    const beyond = subtract(a[dimension], b[dimension]);
    if (beyond.length > 0) parts.push({ ...rest, [dimension]: beyond });
    rest = { ...rest, [dimension]: shared[dimension] };
  }
  for (const mark of cubeSubtract(a.mark, b.mark)) parts.push({ ...rest, mark });
  return parts;
}

/** Equal sets have equal keys. */
const keys: { readonly [K in Dimension]: (box: Box) => string } = {
  iif: ({ iif }) => JSON.stringify(iif),
  saddr: ({ saddr }) => keyOf(saddr),
  daddr: ({ daddr }) => keyOf(daddr),
  protocol: ({ protocol }) => keyOf(protocol),
  sport: ({ sport }) => keyOf(sport),
  dport: ({ dport }) => keyOf(dport),
  mark: ({ mark }) => `${mark.value}/${mark.mask}`,
};

const keyOf = (set: Intervals): string => set.map(({ low, high }) => `${low}-${high}`).join();

const joined = (a: Box, b: Box, dimension: Dimension): Box | undefined => {
  if (dimension === 'iif') return { ...a, iif: together(a.iif, b.iif) };
  if (dimension !== 'mark') return { ...a, [dimension]: union([...a[dimension], ...b[dimension]]) };
  const mark = cubeJoin(a.mark, b.mark);
  return mark && { ...a, mark };
};

/** The same packets in fewer boxes: those that are equal but for one dimension become one, until there are none. */
export function merge(boxes: readonly Box[]): readonly Box[] {
  let all = boxes;
  for (;;) {
    const fewer = DIMENSIONS.reduce(mergeBy, all);
    if (fewer.length === all.length) return fewer;
    all = fewer;
  }
}

function mergeBy(boxes: readonly Box[], dimension: Dimension): readonly Box[] {
  const alike = new Map<string, Box[]>();
  for (const box of boxes) {
    const others = DIMENSIONS.filter(one => one !== dimension).map(one => keys[one](box));
    const key = [box.family, ...others].join(' ');
    const group = alike.get(key);
    if (!group) alike.set(key, [box]);
    else if (dimension === 'mark') joinInto(group, box, dimension);
    else group.push(box);
  }
  return [...alike.values()].flatMap(group => (dimension === 'mark' ? group : [unionOf(group, dimension)]));
}

/** Joins a box with one of the group that it makes a whole with, and that with the next. */
function joinInto(group: Box[], box: Box, dimension: Dimension): void {
  for (const [place, other] of group.entries()) {
    const whole = joined(other, box, dimension);
    if (!whole) continue;
    group.splice(place, 1);
    joinInto(group, whole, dimension);
    return;
  }
  group.push(box);
}

function unionOf(group: readonly Box[], dimension: Exclude<Dimension, 'mark'>): Box {
  const [first, ...others] = group;
  if (!first) throw new RangeError('nothing to join');
  if (others.length === 0) return first;
  if (dimension === 'iif') return { ...first, iif: [...new Set(group.flatMap(({ iif }) => iif))].sort() };
  return { ...first, [dimension]: union(group.flatMap(box => box[dimension])) };
}

export const sameBox = (a: Box, b: Box): boolean =>
  a.family === b.family &&
  keys.iif(a) === keys.iif(b) &&
  NUMERIC.every(dimension => sameIntervals(a[dimension], b[dimension])) &&
  keys.mark(a) === keys.mark(b);
