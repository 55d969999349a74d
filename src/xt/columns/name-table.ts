import { Ints } from './ints.ts';

/** Names that stand somewhere in the bytes of a file, each with its number in the order of their coming. */
export class NameTable {
  private readonly bytes: Uint8Array;
  /** Of each name where it starts and ends, its hash, and the number of the next in its bucket, plus one. */
  private readonly parts = new Ints();
  private buckets: Int32Array;
  private readonly seed = Math.floor(Math.random() * 0x7fffffff);

  /** `expected`: about how many names there are. */
  constructor(bytes: Uint8Array, expected: number) {
    this.bytes = bytes;
    this.buckets = new Int32Array(2 ** Math.max(6, Math.ceil(Math.log2(expected))));
  }

  get size(): number {
    return this.parts.length / 4;
  }

  start(index: number): number {
    return this.parts.get(index * 4);
  }

  end(index: number): number {
    return this.parts.get(index * 4 + 1);
  }

  /** The number of the name that stands there; -1: none is known. `guess` is tried first. */
  find(source: Uint8Array, start: number, end: number, guess = -1): number {
    if (guess >= 0 && guess < this.size && this.isAt(guess, source, start, end)) return guess;
    return this.lookup(source, start, end, this.hash(source, start, end));
  }

  private lookup(source: Uint8Array, start: number, end: number, hash: number): number {
    for (let at = this.buckets[hash & (this.buckets.length - 1)] ?? 0; at !== 0; at = this.parts.get(at * 4 - 1))
      if (this.parts.get(at * 4 - 2) === hash && this.isAt(at - 1, source, start, end)) return at - 1;
    return -1;
  }

  private isAt(index: number, source: Uint8Array, start: number, end: number): boolean {
    const from = this.parts.get(index * 4) - start;
    if (this.parts.get(index * 4 + 1) - from !== end) return false;
    for (let i = end - 1; i >= start; i--) if (this.bytes[from + i] !== source[i]) return false;
    return true;
  }

  /** The numbers of the names that begin with these letters of ASCII. */
  *beginning(letters: string): Iterable<number> {
    const { bytes, size } = this;
    for (let index = 0; index < size; index++) {
      const start = this.start(index);
      let i = 0;
      while (i < letters.length && bytes[start + i] === letters.charCodeAt(i)) i++;
      if (i === letters.length && start + i <= this.end(index)) yield index;
    }
  }

  /** Takes in a name of the own bytes; false: it is there already. */
  add(start: number, end: number): boolean {
    const hash = this.hash(this.bytes, start, end);
    if (this.lookup(this.bytes, start, end, hash) >= 0) return false;
    const index = this.size;
    if (index >= this.buckets.length) this.grow();
    const bucket = hash & (this.buckets.length - 1);
    this.parts.push4(start, end, hash, this.buckets[bucket] ?? 0);
    this.buckets[bucket] = index + 1;
    return true;
  }

  private grow(): void {
    this.buckets = new Int32Array(this.buckets.length * 8);
    for (let i = 0; i < this.size; i++) {
      const bucket = this.parts.get(i * 4 + 2) & (this.buckets.length - 1);
      this.parts.set(i * 4 + 3, this.buckets[bucket] ?? 0);
      this.buckets[bucket] = i + 1;
    }
  }

  private hash(source: Uint8Array, start: number, end: number): number {
    let hash = this.seed;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (source[i] ?? 0), 0x01000193) ^ (hash >>> 15);
    return hash ^ (hash >>> 13);
  }
}
