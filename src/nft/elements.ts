import { Printer } from './printer.ts';
import type { NftElements } from './ruleset.ts';
import type { Element, Expression } from './schema.ts';
import type { Types } from './type/type-of.ts';

/** The elements of a named set, read all at once when the first is asked for. */
export class ReadElements implements NftElements {
  private readonly read: () => readonly Element[];
  private readonly types: Types;
  private list: readonly Element[] | undefined;
  private byKey: ReadonlyMap<string, Element> | undefined;

  constructor(read: () => readonly Element[], types: Types) {
    this.read = read;
    this.types = types;
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

  find(key: string): Element | undefined {
    if (!this.byKey) {
      const printer = new Printer('ip');
      const single = this.all.filter(element => !spansSeveral(element.key));
      this.byKey = new Map(single.map(element => [printer.expression(element.key, this.types), element] as const));
    }
    return this.byKey.get(key);
  }

  get spanning(): readonly Element[] {
    return this.all.filter(element => spansSeveral(element.key));
  }
}

/** Whether a key stands for more than one value: a range, a prefix, a name with `*`, what nobody could read. */
export function spansSeveral(key: Expression): boolean {
  switch (key.kind) {
    case 'value':
      return typeof key.value === 'string' && key.value.endsWith('*');
    case 'concat':
      return key.items.some(spansSeveral);
    default:
      return true;
  }
}
