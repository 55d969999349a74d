import type { Chain } from '../../model/ruleset.ts';
import type { NftChain } from '../ruleset.ts';

/** The chains of a table by name; each is made ready when it is first asked for. */
export class CompiledChains implements ReadonlyMap<string, Chain> {
  private readonly listed: ReadonlyMap<string, NftChain>;
  private readonly make: (chain: NftChain) => Chain;
  private readonly made = new Map<string, Chain>();

  constructor(listed: ReadonlyMap<string, NftChain>, make: (chain: NftChain) => Chain) {
    this.listed = listed;
    this.make = make;
  }

  get size(): number {
    return this.listed.size;
  }

  has(name: string): boolean {
    return this.listed.has(name);
  }

  get(name: string): Chain | undefined {
    const listed = this.listed.get(name);
    return listed && this.ready(name, listed);
  }

  private ready(name: string, listed: NftChain): Chain {
    const known = this.made.get(name);
    if (known) return known;
    const chain = this.make(listed);
    this.made.set(name, chain);
    return chain;
  }

  keys(): MapIterator<string> {
    return this.listed.keys();
  }

  *values(): Generator<Chain, undefined, unknown> {
    for (const [name, listed] of this.listed) yield this.ready(name, listed);
    return undefined;
  }

  *entries(): Generator<[string, Chain], undefined, unknown> {
    for (const [name, listed] of this.listed) yield [name, this.ready(name, listed)];
    return undefined;
  }

  [Symbol.iterator](): Generator<[string, Chain], undefined, unknown> {
    return this.entries();
  }

  forEach(call: (chain: Chain, name: string, map: ReadonlyMap<string, Chain>) => void): void {
    for (const [name, chain] of this) call(chain, name, this);
  }
}
