import type { Demand, Rule, RuleList, Statement } from '../model/ruleset.ts';

/** Rules of another list, by their places there, and rules of none. */
export class SplicedRules implements RuleList {
  private readonly base: RuleList;
  private readonly order: readonly (number | Rule)[];

  constructor(base: RuleList, order: readonly (number | Rule)[]) {
    this.base = base;
    this.order = order;
  }

  get length(): number {
    return this.order.length;
  }

  at(index: number): Rule {
    const place = this.order[index];
    if (place === undefined) throw new RangeError(`no rule ${index}`);
    return typeof place === 'number' ? this.base.at(place) : place;
  }

  *[Symbol.iterator](): Iterator<Rule> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  mentions(pattern: RegExp): boolean {
    if (this.order.some(place => typeof place !== 'number' && pattern.test(place.text))) return true;
    if (!this.base.mentions(pattern)) return false;
    const kept = new Set(this.order);
    for (const place of this.base.matching?.(pattern) ?? this.searched(pattern)) if (kept.has(place)) return true;
    return false;
  }

  private *searched(pattern: RegExp): Iterable<number> {
    for (let i = 0; i < this.base.length; i++) if (pattern.test(this.base.at(i).text)) yield i;
  }

  demand(index: number): Demand | undefined {
    const place = this.order[index];
    return typeof place === 'number' ? this.base.demand?.(place) : undefined;
  }

  live(index: number): readonly Statement[] | undefined {
    const place = this.order[index];
    return typeof place === 'number' ? this.base.live?.(place) : undefined;
  }
}
