import type { Remark } from '../../model/source.ts';
import { TextError } from './lexer.ts';
import { RuleParser, type Scope } from './rule-parser.ts';

/** The text that rules and elements are read from when they are asked for, and where what is wrong in it is noted. */
export class Ground {
  readonly text: string;
  readonly file: string;
  readonly remarks: Remark[];

  constructor(text: string, file: string, remarks: Remark[]) {
    this.text = text;
    this.file = file;
    this.remarks = remarks;
  }

  parser(start: number, end: number, line: number, scope: Scope): RuleParser {
    const column = start - this.text.lastIndexOf('\n', start - 1);
    return new RuleParser(this.text.slice(start, end), { file: this.file, line, column }, scope);
  }

  /** Of one of many elements: its line is counted only when something is wrong in it. */
  elementParser(start: number, end: number, first: { start: number; line: number }, scope: Scope): RuleParser {
    const { text, file } = this;
    const place = {
      file,
      get line() {
        return first.line + text.slice(first.start, start).split('\n').length - 1;
      },
      get column() {
        return start - text.lastIndexOf('\n', start - 1);
      },
    };
    return new RuleParser(text.slice(start, end), place, scope);
  }

  /** Runs a parser; where it fails, the error becomes a remark and the answer is undefined. */
  attempt<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      this.remarks.push(error.remark);
      return undefined;
    }
  }
}
