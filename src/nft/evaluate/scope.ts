import type { World } from '../../model/world.ts';
import type { NftFamily, NftSet } from '../ruleset.ts';
import type { Element } from '../schema.ts';
import type { Types } from '../type/type-of.ts';
import { typesNamed } from '../type/types.ts';
import { Lookup } from './lookup.ts';
import { isParts, keyOf, type Value } from './value.ts';

const constant = (value: Value): Element['key'] =>
  isParts(value)
    ? { kind: 'concat', items: value.map(part => ({ kind: 'value', value: part })) }
    : { kind: 'value', value };

/** A named set or map; its elements are made ready when it is first asked. */
export class NamedSet {
  readonly set: NftSet;
  readonly types: Types;
  private made: Lookup | undefined;

  constructor(set: NftSet) {
    this.set = set;
    this.types = typesNamed(set.type);
  }

  get lookup(): Lookup {
    this.made ??= new Lookup(this.set.elements, this.types);
    return this.made;
  }

  /** As it was listed, and with what packets have put in or taken out since. */
  find(value: Value, world: World): Element | undefined {
    const since = world.elements(this.set);
    const key = keyOf(value);
    if (!since?.has(key)) return this.lookup.find(value);
    const added = since.get(key);
    return added && { key: constant(added.key), ...(added.value !== undefined && { value: constant(added.value) }) };
  }
}

/** Where a rule stands: what its expressions mean depends on it. */
export interface Scope {
  readonly family: NftFamily;
  /** Sets and maps of the rule's table. */
  set(name: string): NamedSet | undefined;
}
