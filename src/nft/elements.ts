import type { NftElements } from './ruleset.ts';
import type { Element } from './schema.ts';

/** The elements of a named set, read all at once when the first is asked for. */
export class ReadElements implements NftElements {
  private readonly read: () => readonly Element[];
  private list: readonly Element[] | undefined;

  constructor(read: () => readonly Element[]) {
    this.read = read;
  }

  private get all(): readonly Element[] {
    this.list ??= this.read();
    return this.list;
  }

  get length(): number {
    return this.all.length;
  }

  at(index: number): Element {
    const element = this.all[index];
    if (!element) throw new RangeError(`no element ${index} of ${this.all.length}`);
    return element;
  }

  words(): undefined {
    return undefined;
  }

  [Symbol.iterator](): Iterator<Element> {
    return this.all[Symbol.iterator]();
  }
}
