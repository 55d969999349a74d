import { createHmac } from 'node:crypto';

/** Bits of an address, from the first; and what of the map is held fast for the sake of meaning. */
export interface Fixed {
  /** Length of the addresses in bits. */
  readonly bits: number;
  /** Prefixes that are mapped onto themselves, as `LENGTH:BITS`; what is behind them is free. */
  readonly prefixes: ReadonlySet<string>;
  /** Prefixes behind which nothing changes. */
  readonly whole: ReadonlySet<string>;
  /** Networks: their first and their last address stay the first and the last. */
  readonly networks: ReadonlySet<string>;
}

export const prefixKey = (value: bigint, length: number, bits: number): string =>
  `${length}:${(value >> BigInt(bits - length)).toString(16)}`;

/**
 * A map of addresses to addresses that keeps prefixes: two addresses share as many bits afterwards as before, and no
 * two become one (the scheme of Crypto-PAn: whether a bit is turned depends on the key and on the bits before it).
 */
export class BitMap {
  private readonly key: Uint8Array;
  private readonly fixed: Fixed;
  private readonly lengths: ReadonlySet<number>;
  private readonly tables = new Map<string, Buffer>();
  private readonly known = new Map<bigint, bigint>();

  constructor(key: Uint8Array, fixed: Fixed) {
    this.key = key;
    this.fixed = fixed;
    const keys = [...fixed.prefixes, ...fixed.whole, ...fixed.networks];
    this.lengths = new Set(keys.map(text => Number(text.slice(0, text.indexOf(':')))));
  }

  map(value: bigint): bigint {
    const known = this.known.get(value);
    if (known !== undefined) return known;
    const { bits, prefixes, whole, networks } = this.fixed;
    let mapped = 0n;
    let held = false;
    let first = false;
    let last = false;
    for (let depth = 0; depth < bits; depth++) {
      let onTheWay = false;
      if (this.lengths.has(depth)) {
        const prefix = prefixKey(value, depth, bits);
        held ||= whole.has(prefix);
        onTheWay = prefixes.has(prefix);
        if (networks.has(prefix)) [first, last] = [true, true];
      }
      const bit = (value >> BigInt(bits - 1 - depth)) & 1n;
      const turn = !(held || onTheWay || first || last) && this.turns(value, depth);
      mapped = (mapped << 1n) | (turn ? bit ^ 1n : bit);
      if (bit === 1n) first = false;
      else last = false;
    }
    this.known.set(value, mapped);
    return mapped;
  }

  /** One keyed hash answers for the 255 inner nodes of a byte. */
  private turns(value: bigint, depth: number): boolean {
    const { bits } = this.fixed;
    const byte = depth >> 3;
    const before = value >> BigInt(bits - byte * 8);
    const name = `${bits}:${byte}:${before.toString(16)}`;
    let table = this.tables.get(name);
    if (!table) {
      table = createHmac('sha256', this.key).update(name).digest();
      this.tables.set(name, table);
    }
    const within = depth & 7;
    const soFar = Number((value >> BigInt(bits - depth)) & BigInt((1 << within) - 1));
    const node = (1 << within) | soFar;
    return (((table[node >> 3] ?? 0) >> (node & 7)) & 1) === 1;
  }
}
