import type { NftRule, NftRuleList } from './ruleset.ts';

/** Rules that are made when they are first asked for. */
export class LazyRules implements NftRuleList {
  readonly length: number;
  private readonly make: (index: number) => NftRule;
  private readonly made: (NftRule | undefined)[] = [];

  constructor(length: number, make: (index: number) => NftRule) {
    this.length = length;
    this.make = make;
  }

  at(index: number): NftRule {
    const known = this.made[index];
    if (known) return known;
    if (!(index >= 0 && index < this.length)) throw new RangeError(`no rule ${index} of ${this.length}`);
    const rule = this.make(index);
    this.made[index] = rule;
    return rule;
  }

  *[Symbol.iterator](): Iterator<NftRule> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}
