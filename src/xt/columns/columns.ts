import type { Chain, Statement } from '../../model/ruleset.ts';
import type { ParsedRule } from '../rule.ts';
import { HOLES } from './holes.ts';
import { Ints } from './ints.ts';
import { endOfWord, type TableLines } from './lines.ts';
import { Scanner } from './scanner.ts';
import { type Template, templateOf } from './template.ts';
import type { PlacedHole, Values } from './values.ts';

/** Rules that differ in the values of their holes alone. */
interface Shape {
  /** Counts from 1. */
  readonly number: number;
  readonly key: Int32Array;
  /** Of the key in bytes. */
  readonly length: number;
  readonly hash: number;
  /** undefined: such rules are read one by one. */
  readonly template: Template | undefined;
  /** Another shape with the same hash. */
  readonly next: Shape | undefined;
}

/** The values of one rule, where the columns of its table are set to it. */
class Cursor implements Values {
  /** Those that stand elsewhere than in the rule's row. */
  readonly wide = new Ints(64);
  data: Int32Array;
  at = 0;
  rule = 0;
  private readonly comments: Int32Array;

  constructor(rules: number) {
    this.comments = new Int32Array(rules * 2);
    this.data = this.comments;
  }

  get(index: number): number {
    return this.data[this.at + index] ?? 0;
  }

  get comment(): Values['comment'] {
    const at = this.rule * 2;
    return { start: this.comments[at] ?? 0, end: this.comments[at + 1] ?? 0 };
  }

  keepComment(rule: number, { start, end }: Values['comment']): void {
    this.comments[rule * 2] = start;
    this.comments[rule * 2 + 1] = end;
  }
}

/** As many shapes are always kept; more only where they pay. */
const FEW = 4096;
const PAYS = 8;
const ALONE = -1;
/** A row is the number of the rule's shape, and so many values; of a rule with more, where those start. */
const ROW = 4;
const FITTING = ROW - 1;

/** The rules of one table as numbers: each one's shape, and the values that it has of its own. */
export class RuleColumns {
  private readonly lines: TableLines;
  private readonly scanner: Scanner;
  private readonly byHash = new Map<number, Shape>();
  /** Of each shape its template, and what a walk asks for at every rule, its live statements. */
  private readonly templates: (Template | undefined)[] = [];
  private readonly statements: (readonly Statement[] | undefined)[] = [];
  private readonly widths: number[] = [];
  private readonly read: (rule: number) => ParsedRule;
  private readonly chainOf: (chain: number) => Chain;
  private readonly builtins: readonly number[];
  private readonly cursor: Cursor;
  private recent: Shape | undefined;
  private asked = 0;
  /** One for each rule, in one place: a walk looks far around. Shape 0: not looked at, ALONE: to be read by itself. */
  private readonly rows: Int32Array;

  /**
   * `builtins`: the chains that hang on hooks, in which a rule may be wrong that is right in others. `read`: the
   * ordinary way to parse a rule; rules are named by their number in the table.
   */
  constructor(
    lines: TableLines,
    builtins: readonly number[],
    read: (rule: number) => ParsedRule,
    chainOf: (chain: number) => Chain,
  ) {
    this.chainOf = chainOf;
    this.lines = lines;
    this.scanner = new Scanner(lines.bytes, lines.names);
    this.builtins = builtins;
    this.read = read;
    this.rows = new Int32Array(lines.rules * ROW);
    this.cursor = new Cursor(lines.rules);
  }

  /** What `template`'s functions are to be asked with; it is set to the rule of the last call. */
  get values(): Values {
    return this.cursor;
  }

  /** The template of the rule's shape; undefined: the rule must be read by itself. */
  template(rule: number): Template | undefined {
    const shape = this.seek(rule);
    return shape === ALONE ? undefined : this.templates[shape - 1];
  }

  /** The same of its live statements. */
  live(rule: number): readonly Statement[] | undefined {
    const shape = this.seek(rule);
    return shape === ALONE ? undefined : this.statements[shape - 1];
  }

  /** Sets the values to those of the rule, and returns the number of its shape. */
  private seek(rule: number): number {
    const { rows, cursor } = this;
    const row = rule * ROW;
    const known = rows[row] ?? ALONE;
    const shape = known === 0 ? this.take(rule, undefined) : known;
    cursor.rule = rule;
    if ((this.widths[shape - 1] ?? 0) <= FITTING) {
      cursor.data = rows;
      cursor.at = row + 1;
    } else {
      cursor.data = cursor.wide.numbers;
      cursor.at = rows[row + 1] ?? 0;
    }
    return shape;
  }

  /** As `template`, of a shape that some rule had before; else the rule is to be read, and given to `learn`. */
  known(rule: number): Template | undefined {
    if (this.rows[rule * ROW] === 0 && !(this.scan(rule) && this.find())) return undefined;
    return this.template(rule);
  }

  /** Keeps what a rule that was read in the ordinary way tells of others like it. */
  learn(rule: number, parsed: ParsedRule): void {
    if (this.rows[rule * ROW] === 0) this.take(rule, parsed);
  }

  /** Takes every rule apart; returns those that must be read one by one. */
  fill(): readonly number[] {
    const { rules } = this.lines;
    const alone: number[] = [];
    for (let rule = 0; rule < rules; rule++) {
      if (this.rows[rule * ROW] === 0) this.take(rule, undefined);
      if (this.rows[rule * ROW] === ALONE) alone.push(rule);
    }
    return alone;
  }

  /** Finds or makes the rule's shape, and keeps its number and the rule's values. */
  private take(rule: number, parsed: ParsedRule | undefined): number {
    const { scanner, rows } = this;
    const { wide } = this.cursor;
    const row = rule * ROW;
    this.asked++;
    let shape: Shape | undefined;
    if (this.scan(rule)) shape = this.find() ?? (this.pays() ? this.add(parsed ?? this.read(rule)) : undefined);
    if (!shape?.template) {
      rows[row] = ALONE;
      return ALONE;
    }
    rows[row] = shape.number;
    if (scanner.width > FITTING) {
      rows[row + 1] = wide.length;
      for (let i = 0; i < scanner.width; i++) wide.push(scanner.values[i] ?? 0);
    } else for (let i = 0; i < scanner.width; i++) rows[row + 1 + i] = scanner.values[i] ?? 0;
    this.cursor.keepComment(rule, scanner.comment);
    return shape.number;
  }

  private scan(rule: number): boolean {
    const { lines } = this;
    const chain = lines.chainOf(rule);
    const words = endOfWord(lines.bytes, lines.nameAt(rule));
    return this.scanner.scan(words, lines.ruleEnd(rule), 1 + this.builtins.indexOf(chain));
  }

  private pays(): boolean {
    return this.templates.length < FEW || this.asked > this.templates.length * PAYS;
  }

  private find(): Shape | undefined {
    const { keyWords, keyLength, hash } = this.scanner;
    const { recent } = this;
    if (recent?.hash === hash && sameKey(recent, keyWords, keyLength)) return recent;
    let shape = this.byHash.get(hash);
    while (shape && !sameKey(shape, keyWords, keyLength)) shape = shape.next;
    this.recent = shape;
    return shape;
  }

  private add(parsed: ParsedRule): Shape {
    const { key, keyWords, keyLength, hash, values, width, comment } = this.scanner;
    const given = { get: (index: number) => values[index] ?? 0, comment };
    const template = templateOf(
      parsed,
      holesOf(key.subarray(0, keyLength)),
      given,
      this.cursor,
      this.lines,
      this.chainOf,
    );
    const own = keyWords.slice(0, (keyLength + 3) >> 2);
    const shape: Shape = {
      number: this.templates.push(template),
      key: own,
      length: keyLength,
      hash,
      template,
      next: this.byHash.get(hash),
    };
    this.byHash.set(hash, shape);
    this.statements.push(template?.live);
    this.widths.push(width);
    return shape;
  }
}

function sameKey({ key, length }: Shape, other: Int32Array, otherLength: number): boolean {
  if (length !== otherLength) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== other[i]) return false;
  return true;
}

/** The holes of a key; its first byte is the place. */
function holesOf(key: Uint8Array): readonly PlacedHole[] {
  const holes: PlacedHole[] = [];
  let at = 0;
  for (const byte of key.subarray(1)) {
    const hole = HOLES[byte];
    if (!hole) continue;
    holes.push({ ...hole, at });
    at += hole.width;
  }
  return holes;
}
