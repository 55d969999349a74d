import type { Box, Names, Numeric } from '../space/box.ts';
import { type Intervals, intersect, subtract } from '../space/intervals.ts';

/** The packets that one walk stands for, so far; what was cut off is another walk's. */
export class Region {
  box: Box;
  readonly cutOff: Box[] = [];
  /** Why the walk does not tell what becomes of the packets. */
  problem: { readonly why: string; readonly howToLearn?: string } | undefined;

  constructor(box: Box) {
    this.box = box;
  }

  narrow(dimension: Numeric, to: Intervals): void {
    const beyond = subtract(this.box[dimension], to);
    if (beyond.length === 0) return;
    this.cutOff.push({ ...this.box, [dimension]: beyond });
    this.box = { ...this.box, [dimension]: intersect(this.box[dimension], to) };
  }

  narrowNames(to: Names): void {
    const beyond = this.box.iif.filter(name => !to.includes(name));
    if (beyond.length === 0) return;
    this.cutOff.push({ ...this.box, iif: beyond });
    this.box = { ...this.box, iif: this.box.iif.filter(name => to.includes(name)) };
  }

  fail(why: string, howToLearn?: string): void {
    this.problem ??= { why, ...(howToLearn !== undefined && { howToLearn }) };
  }
}
