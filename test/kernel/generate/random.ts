/** A small seeded generator (mulberry32): the same seed gives the same rules and packets everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 <= x < 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** low <= x <= high. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.integer(0, list.length - 1)];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  }

  /** One of the values, each as often as its weight says. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    let rest = this.next() * list.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of list) {
      rest -= weight;
      if (rest < 0) return value;
    }
    const last = list[list.length - 1];
    if (!last) throw new RangeError('nothing to choose from');
    return last[1];
  }

  some<T>(list: readonly T[], least: number, most: number): T[] {
    const left = [...list];
    const taken: T[] = [];
    const count = Math.min(this.integer(least, most), list.length);
    while (taken.length < count) taken.push(...left.splice(this.integer(0, left.length - 1), 1));
    return taken;
  }

  /** A generator of its own, so that what one part draws does not move the others. */
  fork(name: string): Random {
    let hash = this.integer(0, 0xffffffff);
    for (const char of name) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    return new Random(hash);
  }
}
