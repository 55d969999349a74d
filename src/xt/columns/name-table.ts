import { Ints } from './ints.ts';

/** Names that stand somewhere in the bytes of a file, each with its number in the order of their coming. */
export class NameTable {
  private readonly bytes: Uint8Array;
  private readonly starts = new Ints();
  private readonly ends = new Ints();
  private readonly hashes = new Ints();
  /** Of the names that share a bucket: the number of the next, plus one. */
  private readonly next = new Ints();
  private buckets = new Int32Array(64);
  private readonly seed = Math.floor(Math.random() * 0x7fffffff);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.starts.length;
  }

  start(index: number): number {
    return this.starts.get(index);
  }

  end(index: number): number {
    return this.ends.get(index);
  }

  /** The number of the name that stands there; -1: none is known. */
  find(source: Uint8Array, start: number, end: number): number {
    const hash = this.hash(source, start, end);
    for (let at = this.buckets[hash & (this.buckets.length - 1)] ?? 0; at !== 0; at = this.next.get(at - 1))
      if (this.hashes.get(at - 1) === hash && this.isAt(at - 1, source, start, end)) return at - 1;
    return -1;
  }

  /** Whether the bytes are the name of this number. */
  isAt(index: number, source: Uint8Array, start: number, end: number): boolean {
    const from = this.starts.get(index);
    const length = end - start;
    if (this.ends.get(index) - from !== length) return false;
    for (let i = 0; i < length; i++) if (this.bytes[from + i] !== source[start + i]) return false;
    return true;
  }

  /** For a name that is not there yet. */
  add(start: number, end: number): number {
    const index = this.starts.length;
    if (index >= this.buckets.length) this.grow();
    this.starts.push(start);
    this.ends.push(end);
    const hash = this.hash(this.bytes, start, end);
    this.hashes.push(hash);
    this.next.push(0);
    this.link(index, hash);
    return index;
  }

  private link(index: number, hash: number): void {
    const bucket = hash & (this.buckets.length - 1);
    this.next.set(index, this.buckets[bucket] ?? 0);
    this.buckets[bucket] = index + 1;
  }

  private grow(): void {
    this.buckets = new Int32Array(this.buckets.length * 4);
    for (let i = 0; i < this.starts.length; i++) this.link(i, this.hashes.get(i));
  }

  private hash(source: Uint8Array, start: number, end: number): number {
    let hash = this.seed;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (source[i] ?? 0), 0x01000193) ^ (hash >>> 15);
    return hash ^ (hash >>> 13);
  }
}
