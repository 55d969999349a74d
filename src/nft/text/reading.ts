import type { Remark, Source } from '../../model/source.ts';
import { Ground } from './ground.ts';
import { TextError } from './lexer.ts';
import { Lines } from './lines.ts';
import type { RuleParser, Scope } from './rule-parser.ts';

/** What nft says behind the brace that opens a table, a chain or a set. */
const TAIL = / # (?:handle (\d{1,15})|progname .*)$/;

/** A line that opens a block, and the handle that stood behind it. */
export interface Head {
  readonly line: string;
  readonly handle: number | undefined;
}

/** The one pass over a text: the lines, and what is said of them. */
export class Reading {
  readonly ground: Ground;
  readonly lines: Lines;
  readonly remarks: Remark[] = [];

  constructor(text: string, file: string) {
    this.ground = new Ground(text, file, this.remarks);
    this.lines = new Lines(text);
  }

  /** Of the current line. */
  get source(): Source {
    return { file: this.ground.file, line: this.lines.number };
  }

  /** Takes `# handle 5` or `# progname firewalld` from the end of the current line. */
  get head(): Head {
    const { line } = this.lines;
    const [tail, handle] = line.endsWith('{') ? [] : (TAIL.exec(line) ?? []);
    if (tail === undefined) return { line, handle: undefined };
    return { line: line.slice(0, -tail.length), handle: handle === undefined ? undefined : Number(handle) };
  }

  wrong(message: string): void {
    const { number, column } = this.lines;
    this.remarks.push(new TextError(message, this.ground.file, number, column).remark);
  }

  /** Parses the current line; undefined where that fails, which becomes a remark. */
  parse<T>(scope: Scope, parse: (parser: RuleParser) => T): T | undefined {
    const { start, end, number } = this.lines;
    return this.ground.attempt(() => parse(this.ground.parser(start, end, number, scope)));
  }

  /** The text in quotes behind the first word of the current line. */
  quoted(scope: Scope): string | undefined {
    return this.parse(scope, parser => {
      parser.word();
      return parser.string();
    });
  }

  /** Goes to the brace that closes what the current line opens. */
  skipBlock(): void {
    for (let depth = 1; depth > 0 && this.lines.next(); ) {
      if (this.lines.isClosing) depth--;
      else if (this.lines.isOpening) depth++;
    }
  }
}

export const unquoted = (name: string): string =>
  name.startsWith('"') && name.endsWith('"') && name.length > 1 ? name.slice(1, -1) : name;

/** The last word before the brace: `ct helper NAME {`. */
export const nameOf = (line: string): string => unquoted(/(\S+|"[^"]*") \{$/.exec(line)?.[1] ?? '');
