import type { TableLines } from './lines.ts';

/** The chains of a table by name, in the order of the dump; each is built when it is first asked for. */
export class ChainMap<C> implements ReadonlyMap<string, C> {
  private readonly lines: TableLines;
  private readonly build: (chain: number) => C;
  /** By number; made whole, for an array that is filled here and there would be a hash table to V8. */
  private built: (C | undefined)[] | undefined;
  /** Those that were asked for by name. */
  private readonly byName = new Map<string, C>();

  constructor(lines: TableLines, build: (chain: number) => C) {
    this.lines = lines;
    this.build = build;
  }

  get size(): number {
    return this.lines.chains;
  }

  has(name: string): boolean {
    return this.lines.find(name) >= 0;
  }

  get(name: string): C | undefined {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const found = this.lines.find(name);
    if (found < 0) return undefined;
    const chain = this.at(found);
    this.byName.set(name, chain);
    return chain;
  }

  *keys(): Generator<string, undefined, unknown> {
    for (let i = 0; i < this.size; i++) yield this.lines.nameOf(i);
    return undefined;
  }

  *values(): Generator<C, undefined, unknown> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
    return undefined;
  }

  *entries(): Generator<[string, C], undefined, unknown> {
    for (let i = 0; i < this.size; i++) yield [this.lines.nameOf(i), this.at(i)];
    return undefined;
  }

  [Symbol.iterator](): Generator<[string, C], undefined, unknown> {
    return this.entries();
  }

  forEach(call: (chain: C, name: string, map: ReadonlyMap<string, C>) => void): void {
    for (const [name, chain] of this) call(chain, name, this);
  }

  /** By its number. */
  at(index: number): C {
    this.built ??= new Array<C | undefined>(this.size).fill(undefined);
    const known = this.built[index];
    if (known !== undefined) return known;
    const chain = this.build(index);
    this.built[index] = chain;
    return chain;
  }
}
