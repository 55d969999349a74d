import { InputError, type Remark } from '../../model/source.ts';

export interface Token {
  /** `mark`: punctuation, an operator, or `.`, `:`, `-`, `/` alone. */
  readonly kind: 'word' | 'string' | 'mark' | 'end';
  /** Of a string what stands within its quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The first of its line. */
  readonly first: boolean;
}

const MARKS = /[{}(),;|&^]|<<|>>|[=!<>]=|[<>=!]/y;
/** A payload by its numbers is one word, though it has commas. */
const NUMBERED = /@(?:ll|nh|th|ih|\d+),\d+,\d+/y;
const WORD = /[^\s"{}(),;|&^=<>!]+/y;
const ALONE: ReadonlySet<string> = new Set(['.', ':', '-', '/', '#']);

/** Where in a file a text stands that is taken apart; `column` and `line` from 1, of the text's first character. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The words of nft's output. */
export class Lexer {
  readonly text: string;
  private readonly place: Place;
  private at = 0;
  private ahead: Token | undefined;

  constructor(text: string, place: Place) {
    this.text = text;
    this.place = place;
  }

  /** Every error of a text is made here: it has file, line and column. */
  fail(message: string, at = this.peek().start): never {
    const before = this.text.slice(0, at);
    const newline = before.lastIndexOf('\n');
    const line = this.place.line + before.split('\n').length - 1;
    const column = newline < 0 ? this.place.column + at : at - newline;
    throw new TextError(message, this.place.file, line, column);
  }

  /** Where the next token starts. */
  get position(): number {
    return this.peek().start;
  }

  /** Goes on reading there. */
  rewind(position: number): void {
    this.at = position;
    this.ahead = undefined;
  }

  peek(): Token {
    this.ahead ??= this.scan();
    return this.ahead;
  }

  next(): Token {
    const token = this.peek();
    this.at = token.end;
    this.ahead = undefined;
    return token;
  }

  private scan(): Token {
    const { text } = this;
    let start = this.at;
    let first = false;
    for (; start < text.length && isBlank(text.charCodeAt(start)); start++) if (text[start] === '\n') first = true;
    if (start >= text.length) return { kind: 'end', text: '', start, end: start, first };
    if (text[start] === '"') {
      const close = text.indexOf('"', start + 1);
      const end = close < 0 ? text.length : close + 1;
      return { kind: 'string', text: text.slice(start + 1, close < 0 ? end : close), start, end, first };
    }
    const word =
      this.match(NUMBERED, start) ?? this.match(MARKS, start) ?? this.match(WORD, start) ?? text[start] ?? '';
    const kind = ALONE.has(word) || /^[{}(),;|&^<>=!]/.test(word) ? 'mark' : 'word';
    return { kind, text: word, start, end: start + word.length, first };
  }

  private match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.text)?.[0];
  }
}

const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** A place in nft's text that is not as nft writes it. */
export class TextError extends InputError {
  readonly reason: string;
  readonly remark: Remark;
  constructor(reason: string, file: string, line: number, column: number) {
    super(`column ${column}: ${reason}`, { file, line });
    this.remark = { file, line, severity: 'error', text: `column ${column}: ${reason}` };
    this.reason = reason;
  }
}
