import type { NftRule, NftRuleList } from '../ruleset.ts';

/** Where the rules of a file's chains stand: offsets into its text, and lines. */
export class RulePlaces {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly lines: number[] = [];

  add(start: number, end: number, line: number): void {
    this.starts.push(start);
    this.ends.push(end);
    this.lines.push(line);
  }

  get length(): number {
    return this.starts.length;
  }
}

/** The rules of one chain: some of those of the file, read when they are first asked for. */
export class TextRules implements NftRuleList {
  private readonly first: number;
  private readonly make: (place: number, number: number) => NftRule;
  private made: (NftRule | undefined)[] | undefined;
  length = 0;

  constructor(first: number, make: (place: number, number: number) => NftRule) {
    this.first = first;
    this.make = make;
  }

  at(index: number): NftRule {
    this.made ??= [];
    const known = this.made[index];
    if (known) return known;
    if (!(index >= 0 && index < this.length)) throw new RangeError(`no rule ${index} of ${this.length}`);
    const rule = this.make(this.first + index, index + 1);
    this.made[index] = rule;
    return rule;
  }

  *[Symbol.iterator](): Iterator<NftRule> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}
