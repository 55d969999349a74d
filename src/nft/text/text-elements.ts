import type { NftElements } from '../ruleset.ts';
import type { Element } from '../schema.ts';

/** No range, no prefix, no name in quotes or with a star, no flags. */
const PLAIN = /^[\w.: ]+$/;
const BLANK = 32;
const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;

/** The elements of a named set where they stand in the text; each is read when it is asked for. */
export class TextElements implements NftElements {
  private readonly text: string;
  private readonly start: number;
  private readonly end: number;
  private readonly read: (start: number, end: number) => Element;
  private found: Index | undefined;
  private simple: boolean | undefined;
  private readonly made: (Element | undefined)[] = [];

  /** What stands within the braces; `read` takes one element's place in the text. */
  constructor(text: string, start: number, end: number, read: (start: number, end: number) => Element) {
    this.text = text;
    this.start = start;
    this.end = end;
    this.read = read;
  }

  private get index(): Index {
    this.found ??= indexOf(this.text, this.start, this.end);
    return this.found;
  }

  get length(): number {
    return this.index.starts.length;
  }

  at(number: number): Element {
    const { starts, ends } = this.index;
    const known = this.made[number];
    if (known) return known;
    if (!(number >= 0 && number < starts.length)) throw new RangeError(`no element ${number} of ${starts.length}`);
    const element = this.read(starts[number] ?? 0, ends[number] ?? 0);
    this.made[number] = element;
    return element;
  }

  *[Symbol.iterator](): Iterator<Element> {
    for (let number = 0; number < this.length; number++) yield this.at(number);
  }

  listed(): string {
    return this.text.slice(this.start, this.end);
  }

  *matching(pattern: RegExp): Iterable<Element> {
    const { starts, ends } = this.index;
    for (const [number, start] of starts.entries())
      if (pattern.test(` ${this.text.slice(start, ends[number])} `)) yield this.at(number);
  }

  *holding(word: string): Iterable<Element> {
    const { text, end } = this;
    const { starts } = this.index;
    let last = -1;
    for (let at = text.indexOf(word, this.start); at >= 0 && at < end; at = text.indexOf(word, at + word.length)) {
      const number = lastUpTo(starts, at);
      if (number > last) yield this.at(number);
      last = number;
    }
  }

  words(number: number): readonly string[] | undefined {
    const { starts, keyEnds } = this.index;
    const key = this.text.slice(starts[number] ?? 0, keyEnds[number] ?? 0);
    return PLAIN.test(key) ? key.split(' . ') : undefined;
  }

  /** Nothing is found among elements with comments or braces, which may hold what looks like an element. */
  seek(words: readonly string[]): Element | undefined {
    const { text, start, end } = this;
    const key = words.join(' . ');
    this.simple ??= !isWithin(text, '"', start, end) && !isWithin(text, '{', start, end);
    if (!this.simple) return undefined;
    for (let at = text.lastIndexOf(key, end - 1); at >= start; at = text.lastIndexOf(key, at - 1)) {
      const stop = elementEnd(text, at, end);
      const before = trimmed(text, start, at);
      const isFirst = before === start || text.charCodeAt(before - 1) === COMMA;
      if (isFirst && keyEnd(text, at, stop) === at + key.length) return this.read(at, trimmed(text, at, stop));
    }
    return undefined;
  }
}

interface Index {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly keyEnds: readonly number[];
}

/** Parts the elements at their commas, and each one's key (`10.96.0.10 . tcp . 80`) from what it carries. */
function indexOf(text: string, from: number, to: number): Index {
  const starts: number[] = [];
  const ends: number[] = [];
  const keyEnds: number[] = [];
  for (let at = skipBlanks(text, from, to); at < to; ) {
    const end = elementEnd(text, at, to);
    starts.push(at);
    ends.push(trimmed(text, at, end));
    keyEnds.push(keyEnd(text, at, end));
    at = skipBlanks(text, end + 1, to);
  }
  return { starts, ends, keyEnds };
}

/** The place of the last of the rising numbers that is not above the limit; -1: all are. */
function lastUpTo(numbers: readonly number[], limit: number): number {
  let low = 0;
  for (let high = numbers.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const isWithin = (text: string, mark: string, from: number, to: number): boolean => {
  const at = text.indexOf(mark, from);
  return at >= 0 && at < to;
};

const isBlank = (code: number): boolean => code === BLANK || (code >= 9 && code <= 13);

function skipBlanks(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function trimmed(text: string, from: number, to: number): number {
  let at = to;
  while (at > from && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

/** The comma behind an element, or where the elements end: commas within quotes and braces are the element's own. */
function elementEnd(text: string, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const close = text.indexOf('"', at + 1);
      if (close < 0 || close >= to) return to;
      at = close;
    } else if (code === 123) depth++;
    else if (code === 125) depth--;
    else if (code === COMMA && depth === 0) return at;
  }
  return to;
}

/** A key ends at the first blank that no `.` of a concatenation stands beside. */
function keyEnd(text: string, from: number, to: number): number {
  let at = from;
  for (;;) {
    if (text.charCodeAt(at) === QUOTE) {
      const close = text.indexOf('"', at + 1);
      at = close < 0 || close >= to ? to : close + 1;
    }
    while (at < to && text.charCodeAt(at) !== BLANK && text.charCodeAt(at) !== NEWLINE) at++;
    if (!text.startsWith(' . ', at) || at + 3 >= to) return at;
    at += 3;
  }
}
