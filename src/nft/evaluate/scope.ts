import type { World } from '../../model/world.ts';
import type { NftFamily, NftSet } from '../ruleset.ts';
import type { Element } from '../schema.ts';
import type { Types } from '../type/type-of.ts';
import { typesNamed } from '../type/types.ts';
import { Lookup, wordsOf } from './lookup.ts';
import { isParts, keyOf, type Scalar, type Value } from './value.ts';

const constant = (value: Value): Element['key'] =>
  isParts(value)
    ? { kind: 'concat', items: value.map(part => ({ kind: 'value', value: part })) }
    : { kind: 'value', value };

/** So many values are sought where the elements stand before all are made ready: a single packet asks for few. */
const FEW = 8;

/** A named set or map; its elements are made ready when they are needed. */
export class NamedSet {
  readonly set: NftSet;
  readonly types: Types;
  private made: Lookup | undefined;
  private readonly found = new Map<Scalar, Element>();

  constructor(set: NftSet) {
    this.set = set;
    this.types = typesNamed(set.type);
  }

  get lookup(): Lookup {
    this.made ??= new Lookup(this.set.elements, this.types);
    return this.made;
  }

  /** Found without the other elements: only where one is, and is that very value. */
  private sought(value: Value, key: Scalar): Element | undefined {
    const { made, found, set, types } = this;
    const known = found.get(key);
    if (known || made || found.size >= FEW) return known;
    const words = wordsOf(value, types);
    const element = words && set.elements.seek?.(words);
    if (element) found.set(key, element);
    return element;
  }

  /** As it was listed, and with what packets have put in or taken out since. */
  find(value: Value, world: World): Element | undefined {
    const since = world.elements(this.set);
    const key = keyOf(value);
    if (!since?.has(key)) return this.sought(value, key) ?? this.lookup.find(value);
    const added = since.get(key);
    if (!added) return undefined;
    const { statements } = this.set;
    return {
      key: constant(added.key),
      ...(added.value !== undefined && { value: constant(added.value) }),
      ...(statements.length > 0 && { statements }),
    };
  }
}

/** Where a rule stands: what its expressions mean depends on it. */
export interface Scope {
  readonly family: NftFamily;
  /** Sets and maps of the rule's table. */
  set(name: string): NamedSet | undefined;
}
