import type { Remark } from '../../model/source.ts';
import { Printer } from '../printer.ts';
import { ruleOf } from '../rule.ts';
import type { NftRule } from '../ruleset.ts';
import type { UnreadStatement } from '../schema.ts';
import type { Ground } from './ground.ts';
import type { Scope } from './rule-parser.ts';

const HANDLE = / # handle (\d{1,15})$/;

const unread = (text: string, reason: string): UnreadStatement => ({ kind: 'unread', text, reason });

/** Where the rules of a table stand, offsets into the text and lines; reads them one by one. */
export class RuleReader {
  private readonly ground: Ground;
  private readonly scope: Scope;
  private readonly printer: Printer;
  private readonly isVerbatim: () => boolean;
  private verbatim: boolean | undefined;
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly lines: number[] = [];

  /** `isVerbatim`: nft prints what iptables-nft owns in ways of its own; such rules keep their words. */
  constructor(ground: Ground, scope: Scope, isVerbatim: () => boolean) {
    this.ground = ground;
    this.scope = scope;
    this.printer = new Printer(scope.family);
    this.isVerbatim = isVerbatim;
  }

  get file(): string {
    return this.ground.file;
  }

  get length(): number {
    return this.starts.length;
  }

  /** `whole`: the text does not end in the middle of it. */
  add(start: number, end: number, line: number, whole: boolean): void {
    this.starts.push(start);
    this.ends.push(whole ? end : -end);
    this.lines.push(line);
  }

  startOf(place: number): number {
    return this.starts[place] ?? 0;
  }

  /** The rule at which an offset into the text stands, counted from 0 in the table; -1: it stands in none. */
  placeAt(offset: number): number {
    const { starts, ends } = this;
    let low = 0;
    for (let high = starts.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return offset < Math.abs(ends[low - 1] ?? 0) ? low - 1 : -1;
  }

  /** As so many rules from a place on stand in the text. */
  listed(place: number, count: number): string {
    if (count === 0) return '';
    return this.ground.text.slice(this.starts[place] ?? 0, Math.abs(this.ends[place + count - 1] ?? 0));
  }

  /** The rule at a place, counted from 0 in the table, and from 1 in its chain. */
  read(place: number, number: number): NftRule {
    const { text, file, remarks } = this.ground;
    const start = this.starts[place] ?? 0;
    const end = this.ends[place] ?? 0;
    const source = { file, line: this.lines[place] ?? 0 };
    const words = text.slice(start, Math.abs(end));
    const [tail = '', handle] = HANDLE.exec(words) ?? [];
    const own = words.slice(0, words.length - tail.length);
    const known = { number, handle: handle === undefined ? undefined : Number(handle), source };
    if (end < 0) {
      const reason = 'the text ends in the middle of this rule';
      remarks.push({ ...source, severity: 'error', text: reason });
      return ruleOf({ ...known, statements: [unread(own, reason)], comment: undefined }, this.printer);
    }
    const parser = this.ground.parser(start, start + own.length, source.line, this.scope);
    const report = (remark: Remark): void => {
      remarks.push(remark);
    };
    const { statements, comment } = this.ground.attempt(() => parser.rule(report)) ?? {
      statements: [unread(own, 'the rule could not be read')],
      comment: undefined,
    };
    this.verbatim ??= this.isVerbatim();
    return ruleOf(
      { ...known, statements, comment },
      this.printer,
      this.verbatim ? this.asItStands(start, own) : undefined,
    );
  }

  /** With the blanks that nft itself prints around what iptables-nft owns. */
  private asItStands(start: number, own: string): string {
    const { text } = this.ground;
    const before = text[start - 1] === ' ' && text[start - 2] === '\t' ? 1 : 0;
    const end = start + own.length;
    return text.slice(start - before, text[end] === ' ' && text[end + 1] === '\n' ? end + 1 : end);
  }
}
