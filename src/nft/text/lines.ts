/** Walks over the lines of a text without taking them apart. Lines count from 1. */
export class Lines {
  readonly text: string;
  /** Of the current line: where its first word starts, and where its last ends. */
  start = 0;
  end = 0;
  number = 0;
  /** Whether the current line ends with a line break; the last one of a text that is cut off does not. */
  whole = true;
  private next_ = 0;
  /** A quote at or before the first one that the current line may have; -1: there are no more. */
  private quote = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Goes to the next line that is not blank; false: there is none. */
  next(): boolean {
    const { text } = this;
    while (this.next_ < text.length) {
      const newline = text.indexOf('\n', this.next_);
      let end = newline < 0 ? text.length : newline;
      let start = this.next_;
      this.whole = newline >= 0;
      this.next_ = end + 1;
      this.number++;
      while (start < end && isBlank(text.charCodeAt(start))) start++;
      while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
      if (start === end) continue;
      this.start = start;
      this.end = end;
      return true;
    }
    return false;
  }

  /**
   * Goes to the brace that closes the block that the current line opens, where each line of it is as nft prints a rule:
   * behind two tabs, and whole. Returns how many there are; -1: they are not so plain, and the current line stays.
   */
  takePlain(): number {
    const { text } = this;
    let at = this.next_;
    if (at !== this.end + 1) return -1;
    if (text.startsWith('\t\ttype ', at) || text.startsWith('\t\tcomment "', at)) return -1;
    for (let count = 0; ; count++) {
      const newline = text.indexOf('\n', at);
      if (newline < 0 || text.charCodeAt(at) !== TAB) return -1;
      if (newline === at + 2 && text.charCodeAt(at + 1) === CLOSING) {
        this.start = at + 1;
        this.end = newline;
        this.whole = true;
        this.number += count + 1;
        this.next_ = newline + 1;
        return count;
      }
      if (text.charCodeAt(at + 1) !== TAB || !isLetter(text.charCodeAt(at + 2))) return -1;
      const last = text.charCodeAt(newline - 1);
      if (last === OPENING || isBlank(last) || this.isOpenBetween(at, newline)) return -1;
      at = newline + 1;
    }
  }

  /** The current line without the blanks around it. */
  get line(): string {
    return this.text.slice(this.start, this.end);
  }

  /** The column of the current line's first word, from 1. */
  get column(): number {
    return this.start - this.text.lastIndexOf('\n', this.start - 1);
  }

  /** Whether a quote that is opened on the current line is not closed on it. */
  get isQuoteOpen(): boolean {
    return this.isOpenBetween(this.start, this.end);
  }

  private isOpenBetween(start: number, end: number): boolean {
    const { text } = this;
    if (this.quote >= 0 && this.quote < start) this.quote = text.indexOf('"', start);
    let open = false;
    for (let at = this.quote; at >= 0 && at < end; at = text.indexOf('"', at + 1)) open = !open;
    return open;
  }

  startsWith(word: string): boolean {
    return this.text.charCodeAt(this.start) === word.charCodeAt(0) && this.text.startsWith(word, this.start);
  }

  /** Whether the current line ends with an opening brace. */
  get isOpening(): boolean {
    return this.text.charCodeAt(this.end - 1) === OPENING;
  }

  /** What stands between a word at the start of the current line and the brace at its end; undefined: it is no such line. */
  heading(word: string): string | undefined {
    const { text, start, end } = this;
    if (!this.isOpening || text.charCodeAt(end - 2) !== 32 || !this.startsWith(word)) return undefined;
    return text.slice(start + word.length, end - 2);
  }

  get isClosing(): boolean {
    return this.end - this.start === 1 && this.text.charCodeAt(this.start) === CLOSING;
  }
}

const TAB = 9;
const OPENING = 123;
const CLOSING = 125;

const isBlank = (code: number): boolean => code === 32 || code === TAB || code === 13;
const isLetter = (code: number): boolean => code >= 97 && code <= 122;
