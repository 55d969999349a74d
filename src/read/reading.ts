import type { Remark } from '../model/source.ts';

/** What a reader made of a text, and what it could not use of it. */
export interface Reading<T> {
  readonly value: T;
  readonly remarks: readonly Remark[];
}

/** The remarks of one file. */
export class Remarks {
  readonly file: string;
  readonly list: Remark[] = [];

  constructor(file: string) {
    this.file = file;
  }

  error(line: number, text: string): void {
    this.list.push({ file: this.file, line, severity: 'error', text });
  }

  warning(line: number, text: string): void {
    this.list.push({ file: this.file, line, severity: 'warning', text });
  }

  lossy(line: number, text: string): void {
    this.list.push({ file: this.file, line, severity: 'lossy', text });
  }
}

export interface Line {
  /** Without its end of line. */
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** The lines of a text that are neither blank nor a comment (`#`). */
export function* linesOf(text: string): Generator<Line> {
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, text.charCodeAt(end - 1) === 13 ? end - 1 : end);
    start = end + 1;
    number++;
    if (/^\s*(?:#|$)/.test(line)) continue;
    yield { text: line, number };
  }
}

export const wordsOf = (text: string): string[] => text.split(/[ \t]+/).filter(word => word !== '');

/** A piece of a line for a remark: short, and without control characters. */
export function excerpt(text: string, length = 60): string {
  const clean = text.slice(0, length * 2).replace(/\p{C}/gu, '?');
  return clean.length > length || text.length > length * 2 ? `${clean.slice(0, length)}...` : clean;
}

/** Walks over the words of a line, in the manner of iproute2's own argument loops. */
export class Cursor {
  private readonly words: readonly string[];
  private at = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  get done(): boolean {
    return this.at >= this.words.length;
  }

  peek(): string | undefined {
    return this.words[this.at];
  }

  /** The next word; the empty string after the last. */
  next(): string {
    return this.words[this.at++] ?? '';
  }

  /** Takes the next word if it is this one. */
  take(word: string): boolean {
    if (this.words[this.at] !== word) return false;
    this.at++;
    return true;
  }
}

/** A decimal or 0x number that fits 32 bits; undefined for anything else. */
export function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= 0xffffffff ? value : undefined;
}
