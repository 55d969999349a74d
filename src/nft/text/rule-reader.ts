import type { Remark } from '../../model/source.ts';
import { Printer } from '../printer.ts';
import { ruleOf } from '../rule.ts';
import type { NftRule } from '../ruleset.ts';
import type { UnreadStatement } from '../schema.ts';
import type { Ground } from './ground.ts';
import type { Scope } from './rule-parser.ts';
import type { RulePlace } from './rule-places.ts';

const HANDLE = / # handle (\d{1,15})$/;

const unread = (text: string, reason: string): UnreadStatement => ({ kind: 'unread', text, reason });

/** Reads the rules of a table one by one from where they stand in the text. */
export class RuleReader {
  private readonly ground: Ground;
  private readonly scope: Scope;
  private readonly printer: Printer;
  private readonly isVerbatim: () => boolean;
  private verbatim: boolean | undefined;

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

  get text(): string {
    return this.ground.text;
  }

  /** `number`: of the rule in its chain, from 1. */
  read({ start, end, line, whole }: RulePlace, number: number): NftRule {
    const { text, file, remarks } = this.ground;
    const source = { file, line };
    const words = text.slice(start, end);
    const [tail = '', handle] = HANDLE.exec(words) ?? [];
    const own = words.slice(0, words.length - tail.length);
    const known = { number, handle: handle === undefined ? undefined : Number(handle), source };
    if (!whole) {
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
