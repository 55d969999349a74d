import type { NftRule, NftRuleList } from '../ruleset.ts';
import type { RuleReader } from './rule-reader.ts';

/** The rules of one chain: some of those of its table, read when they are first asked for. */
export class TextRules implements NftRuleList {
  length = 0;
  private readonly first: number;
  private readonly reader: RuleReader;
  private made: (NftRule | undefined)[] | undefined;

  constructor(first: number, reader: RuleReader) {
    this.first = first;
    this.reader = reader;
  }

  at(index: number): NftRule {
    this.made ??= [];
    const known = this.made[index];
    if (known) return known;
    if (!(index >= 0 && index < this.length)) throw new RangeError(`no rule ${index} of ${this.length}`);
    const rule = this.reader.read(this.first + index, index + 1);
    this.made[index] = rule;
    return rule;
  }

  *[Symbol.iterator](): Iterator<NftRule> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}
