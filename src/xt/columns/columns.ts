import type { Demand } from '../../model/ruleset.ts';
import type { ParsedRule } from '../rule.ts';
import { HOLES } from './holes.ts';
import { Ints } from './ints.ts';
import type { TableLines } from './lines.ts';
import { Scanner } from './scanner.ts';
import { type PlacedHole, type Template, templateOf, type Values } from './template.ts';

/** A rule by its numbers: the chain in its table, and its place in the chain from 0. */
export interface RuleAt {
  readonly chain: number;
  readonly index: number;
}

/** Rules that differ in the values of their holes alone. */
interface Shape {
  readonly number: number;
  readonly key: Uint8Array;
  /** undefined: such rules are read one by one. */
  readonly template: Template | undefined;
  /** Another shape with the same hash. */
  readonly next: Shape | undefined;
}

/** A rule taken apart: the template of its shape and its own values. */
export interface Scanned {
  readonly template: Template;
  readonly values: Values;
}

/** As many shapes are always kept; more only where they pay. */
const FEW = 4096;
const PAYS = 8;

/** The rules of one table as numbers: each one's shape, and the values that it has of its own. */
export class RuleColumns {
  private readonly lines: TableLines;
  private readonly scanner: Scanner;
  private readonly byHash = new Map<number, Shape>();
  private readonly shapes: Shape[] = [];
  private readonly read: (rule: RuleAt) => ParsedRule;
  private readonly builtins: readonly number[];
  private asked = 0;
  private filled: { readonly shape: Int32Array; readonly at: Int32Array; readonly values: Ints } | undefined;

  /** `read` parses one rule in the ordinary way; `builtins` are the numbers of the chains that hang on hooks. */
  constructor(lines: TableLines, builtins: readonly number[], read: (rule: RuleAt) => ParsedRule) {
    this.lines = lines;
    this.scanner = new Scanner(lines.bytes, lines.names);
    this.builtins = builtins;
    this.read = read;
  }

  /** Undefined: the rule must be read by itself. */
  scan(at: RuleAt): Scanned | undefined {
    const { filled } = this;
    if (!filled) {
      const template = this.shapeAt(at, this.lines.ruleAt(at.chain, at.index))?.template;
      return template && { template, values: this.scanner.values.slice(0, this.scanner.width) };
    }
    const rule = this.lines.ruleAt(at.chain, at.index);
    const template = this.shapes[filled.shape[rule] ?? -1]?.template;
    return template && { template, values: filled.values.slice(filled.at[rule] ?? 0, filled.at[rule + 1] ?? 0) };
  }

  demand(at: RuleAt): Demand | undefined {
    const scanned = this.scan(at);
    return scanned?.template.demand(scanned.values);
  }

  /** Whether a rule of the same shape was read before. */
  knows({ chain, index }: RuleAt): boolean {
    return this.filled !== undefined || (this.scanRule(chain, this.lines.ruleAt(chain, index)) && this.find() !== undefined);
  }

  /** Takes every rule apart; calls `alone` for those that must be read by themselves. */
  fill(alone: (rule: RuleAt) => void): void {
    if (this.filled) return;
    const { lines, scanner } = this;
    const shape = new Int32Array(lines.rules).fill(-1);
    const at = new Int32Array(lines.rules + 1);
    const values = new Ints(lines.rules * 4);
    const odd: RuleAt[] = [];
    let rule = 0;
    for (const chain of lines.chainsOfRules()) {
      const index = lines.indexOf(chain, rule);
      const found = this.shapeAt({ chain, index }, rule);
      at[rule] = values.length;
      if (found?.template) {
        shape[rule] = found.number;
        for (let i = 0; i < scanner.width; i++) values.push(scanner.values[i] ?? 0);
      } else odd.push({ chain, index });
      rule++;
    }
    at[rule] = values.length;
    this.filled = { shape, at, values };
    for (const each of odd) alone(each);
  }
}
