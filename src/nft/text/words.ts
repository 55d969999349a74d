import type { Lexer, Token } from './lexer.ts';

/** Takes the words of a text one by one; what does not stand there fails with its place. */
export class Words {
  readonly lexer: Lexer;

  constructor(lexer: Lexer) {
    this.lexer = lexer;
  }

  fail(message: string): never {
    return this.lexer.fail(message);
  }

  peek(): Token {
    return this.lexer.peek();
  }

  get done(): boolean {
    return this.peek().kind === 'end';
  }

  isMark(mark: string): boolean {
    const token = this.peek();
    return token.kind === 'mark' && token.text === mark;
  }

  isWord(word: string): boolean {
    const token = this.peek();
    return token.kind === 'word' && token.text === word;
  }

  takeMark(mark: string): boolean {
    if (!this.isMark(mark)) return false;
    this.lexer.next();
    return true;
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.lexer.next();
    return true;
  }

  /** Takes the first of these words that stands here. */
  takeOneOf<const W extends string>(words: readonly W[]): W | undefined {
    return words.find(word => this.takeWord(word));
  }

  mark(mark: string): void {
    if (!this.takeMark(mark)) this.fail(`expected "${mark}"`);
  }

  keyword(word: string): void {
    if (!this.takeWord(word)) this.fail(`expected "${word}"`);
  }

  word(what = 'word'): string {
    if (this.peek().kind !== 'word') this.fail(`expected a ${what}`);
    return this.lexer.next().text;
  }

  /** In quotes or, as older versions print names, without. */
  name(what = 'name'): string {
    const { kind } = this.peek();
    if (kind !== 'string' && kind !== 'word') this.fail(`expected a ${what}`);
    return this.lexer.next().text;
  }

  string(): string {
    if (this.peek().kind !== 'string') this.fail('expected a string in quotes');
    return this.lexer.next().text;
  }

  bigint(): bigint {
    const { kind, text } = this.peek();
    if (kind !== 'word' || !/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/.test(text)) this.fail('expected a number');
    this.lexer.next();
    return BigInt(text);
  }

  number(): number {
    const start = this.peek().start;
    const value = Number(this.bigint());
    return Number.isSafeInteger(value) ? value : this.lexer.fail('the number is too large', start);
  }
}
