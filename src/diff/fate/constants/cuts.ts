import { bitsOf } from '../../../net/address.ts';
import { maskOf, type Prefix, prefixLength } from '../../../net/prefix.ts';
import { after, type Interval, type Intervals, type Scalar } from '../space/intervals.ts';

/** More intervals than this a mask with holes is not taken apart into. */
const MOST_HOLES = 256;

/** Places at which the answer to a question may change: the first value of each stretch, sorted. */
export interface Cuts {
  /** For addresses of IPv4, protocols and ports alike. */
  readonly narrow: readonly number[];
  /** For addresses of IPv6. */
  readonly wide: readonly bigint[];
  /** Of each stretch, that before the first cut included: what it has in common with others; absent: nothing. */
  readonly narrowKinds?: readonly number[];
  readonly wideKinds?: readonly number[];
}

export const NO_CUTS: Cuts = { narrow: [], wide: [] };

/** Collects constants that packets are compared with; one too many does no harm. */
export class CutList {
  private readonly narrow = new Set<number>();
  private readonly wide = new Set<bigint>();
  private readonly spans: Interval[] = [];
  /** Why the constants do not tell all that the answer hangs on. */
  opaque: string | undefined;

  add(value: Scalar): void {
    this.span(value, value);
  }

  span(low: Scalar, high: Scalar): void {
    this.spans.push({ low, high });
    for (const edge of [low, after(high)]) {
      if (typeof edge === 'bigint') this.wide.add(edge);
      else this.narrow.add(edge);
    }
  }

  prefix(prefix: Prefix): void {
    const { family, address, mask } = prefix;
    const length = prefixLength(prefix);
    if (length !== undefined) this.network(address, length);
    else if (family === 'ip' && typeof address === 'number' && typeof mask === 'number') this.holes(address, mask);
    else this.opaque ??= 'a mask with holes';
  }

  network(address: Scalar, length: number): void {
    if (typeof address === 'bigint') {
      const low = address & maskOf('ip6', length);
      this.span(low, low + (1n << BigInt(bitsOf('ip6') - length)) - 1n);
    } else {
      const low = (address & maskOf('ip', length)) >>> 0;
      this.span(low, low + 2 ** (bitsOf('ip') - length) - 1);
    }
  }

  /** The values of 32 bits that are equal under a mask: a stretch for every way to fill its holes. */
  holes(value: number, mask: number): void {
    const lowest = (mask & -mask) >>> 0;
    if (lowest === 0) return;
    const open = (~mask & ~(lowest - 1)) >>> 0;
    const ways = 2 ** bitCount(open);
    if (ways > MOST_HOLES) {
      this.opaque ??= 'a mask with holes';
      return;
    }
    for (let filling = open; ; filling = ((filling - 1) & open) >>> 0) {
      const low = ((value & mask) | filling) >>> 0;
      this.span(low, low + lowest - 1);
      if (filling === 0) return;
    }
  }

  include(cuts: Cuts): void {
    for (const edge of cuts.narrow) this.narrow.add(edge);
    for (const edge of cuts.wide) this.wide.add(edge);
  }

  get values(): readonly Scalar[] {
    return [...this.narrow, ...this.wide];
  }

  sorted(): Cuts {
    return { narrow: [...this.narrow].sort(inOrder), wide: [...this.wide].sort(inOrder) };
  }

  /** Stretches that lie in the same spans are of one kind: for questions that only ask what an address lies in. */
  byMembership(): Cuts {
    const cuts = this.sorted();
    const of = (type: 'number' | 'bigint') => this.spans.filter(({ low }) => typeof low === type);
    return {
      ...cuts,
      narrowKinds: kindsOf(cuts.narrow, of('number')),
      wideKinds: kindsOf(cuts.wide, of('bigint')),
    };
  }
}

const inOrder = (a: Scalar, b: Scalar): number => (a < b ? -1 : a > b ? 1 : 0);

/** For the stretch before each edge and behind the last one a number that is equal where the spans around it are. */
function kindsOf(edges: readonly Scalar[], spans: readonly Interval[]): readonly number[] {
  const waiting = spans.map((span, i) => ({ ...span, i })).sort((a, b) => inOrder(a.low, b.low));
  const known = new Map<string, number>();
  let around: typeof waiting = [];
  let next = 0;
  const kindOf = () => {
    const key = around.map(({ i }) => i).join();
    const kind = known.get(key) ?? known.size;
    known.set(key, kind);
    return kind;
  };
  const kinds = [kindOf()];
  for (const edge of edges) {
    around = around.filter(({ high }) => high >= edge);
    for (let span = waiting[next]; span && span.low <= edge; span = waiting[++next])
      if (span.high >= edge) around.push(span);
    kinds.push(kindOf());
  }
  return kinds;
}

function bitCount(value: number): number {
  let bits = 0;
  for (let rest = value; rest !== 0; rest = (rest & (rest - 1)) >>> 0) bits++;
  return bits;
}

/** How many of the sorted edges are not above the value. */
function countUpTo(edges: readonly Scalar[], value: Scalar): number {
  let low = 0;
  for (let high = edges.length; low < high; ) {
    const middle = (low + high) >> 1;
    const edge = edges[middle];
    if (edge !== undefined && edge <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The set in parts that no cut goes through. */
export function splitAt(set: Intervals, { narrow, wide, narrowKinds, wideKinds }: Cuts): readonly Intervals[] {
  const [first] = set;
  const last = set[set.length - 1];
  if (!first || !last) return [];
  const edges: readonly Scalar[] = typeof first.low === 'bigint' ? wide : narrow;
  if (countUpTo(edges, first.low) === countUpTo(edges, last.high)) return [set];
  const kinds = typeof first.low === 'bigint' ? wideKinds : narrowKinds;
  const parts = new Map<number, Interval[]>();
  const put = (place: number, interval: Interval) => {
    const kind = kinds?.[place] ?? place;
    const part = parts.get(kind);
    if (part) part.push(interval);
    else parts.set(kind, [interval]);
  };
  for (const { low, high } of set) {
    let start = low;
    let place = countUpTo(edges, low);
    for (let edge = edges[place]; edge !== undefined && edge <= high; edge = edges[++place]) {
      put(place, { low: start, high: typeof edge === 'bigint' ? edge - 1n : edge - 1 });
      start = edge;
    }
    put(place, { low: start, high });
  }
  return [...parts.values()];
}
