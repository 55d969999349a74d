import type { Address } from '../../net/address.ts';
import type { Hole } from './holes.ts';

/** A hole, and which of a rule's values fill it. */
export interface PlacedHole extends Hole {
  readonly at: number;
}

/** The values of one rule, in the order of its holes. */
export interface Values {
  get(index: number): number;
  /** Where the rule's comment stands in the bytes, if it has one. No walk asks for it: it is not among the values. */
  readonly comment: { readonly start: number; readonly end: number };
}

export function addressAt({ type, at }: PlacedHole, values: Values): Address {
  if (type === 'address4' || type === 'endpoint4') return values.get(at) >>> 0;
  let address = 0n;
  for (let i = 0; i < 4; i++) address = (address << 32n) | BigInt(values.get(at + i) >>> 0);
  return address;
}
