import { Digits } from './digits.ts';
import { MARK } from './holes.ts';
import type { NameTable } from './name-table.ts';

const BLANK = 32;
const QUOTE = 34;
const DASH = 45;
const SLASH = 47;
const BACKSLASH = 92;
const MAX_KEY = 1024;
const MAX_COMMENT = 255;

const COMMENT = bytesOf('--comment ');
const DPORT = bytesOf('--dport ');
const SPORT = bytesOf('--sport ');
const TO = bytesOf('--to-destination ');

/**
 * Takes the words of a rule apart into what many rules share, the key, and what each has of its own, the values. What
 * it does not know stays in the key as it is.
 */
export class Scanner {
  /** With a byte of HOLES where a value was. */
  readonly key = new Uint8Array(MAX_KEY);
  keyLength = 0;
  /** The key in words, with zeros behind it up to a whole one. */
  readonly keyWords = new Int32Array(this.key.buffer);
  hash = 0;
  readonly values = new Int32Array(64);
  width = 0;
  /** Where the last comment stands. */
  readonly comment = { start: 0, end: 0 };
  private readonly bytes: Uint8Array;
  private readonly chains: NameTable;
  private readonly digits = new Digits();

  constructor(bytes: Uint8Array, chains: NameTable) {
    this.bytes = bytes;
    this.chains = chains;
  }

  /** Reads the words in between; false: some word is not of the usual spelling. `place` becomes part of the key. */
  scan(start: number, end: number, place: number): boolean {
    const { bytes } = this;
    this.keyLength = 0;
    this.width = 0;
    this.put(place);
    for (let at = start; at < end; ) {
      const byte = bytes[at] ?? 0;
      if (byte === BLANK) {
        at++;
        continue;
      }
      if (this.width > 48 || this.keyLength + (end - at) + 8 > MAX_KEY) return false;
      this.put(BLANK);
      const argument = byte === DASH ? this.option(at, end) : at;
      if (argument < 0) return false;
      at = argument === end ? end : this.word(argument, end);
      if (at < 0) return false;
    }
    this.finish();
    return true;
  }

  private finish(): void {
    const { key, keyLength, keyWords } = this;
    key.fill(0, keyLength, (keyLength + 3) & ~3);
    const words = (keyLength + 3) >> 2;
    let hash = keyLength;
    for (let i = 0; i < words; i++) hash = Math.imul(hash ^ (keyWords[i] ?? 0), 0x01000193) ^ (hash >>> 15);
    this.hash = hash;
  }

  private put(byte: number): void {
    this.key[this.keyLength++] = byte;
  }

  private copy(start: number, end: number): void {
    const { bytes, key } = this;
    let length = this.keyLength;
    for (let i = start; i < end; i++) key[length++] = bytes[i] ?? 0;
    this.keyLength = length;
  }

  /** Keeps a word as it is, with what it has in quotes; returns where it ends. */
  private word(start: number, end: number): number {
    const { bytes, key } = this;
    let at = start;
    let length = this.keyLength;
    let quoted = false;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte < BLANK || byte === BACKSLASH) return -1;
      if (byte === QUOTE) quoted = !quoted;
      else if (byte === BLANK && !quoted) break;
      key[length++] = byte;
    }
    this.keyLength = length;
    return quoted ? -1 : at;
  }

  /** An option that holes are made for, with its hole; returns where to go on copying. */
  private option(at: number, end: number): number {
    const { bytes } = this;
    const second = bytes[at + 1];
    if (at + 3 < end && bytes[at + 2] === BLANK) {
      const from = at + 3;
      if (second === 115 || second === 100) return this.network(at, from, end, second === 115);
      if (second === 106 || second === 103) return this.jump(at, from, end, second === 106 ? MARK.JUMP : MARK.GOTO);
      if (second === 105 || second === 111) return this.interface(at, from, end, second === 105 ? MARK.IN : MARK.OUT);
      return at;
    }
    if (second !== DASH) return at;
    switch (bytes[at + 2]) {
      case 99:
        return this.starts(COMMENT, at, end) ? this.commented(at + COMMENT.length, end) : at;
      case 100:
        return this.starts(DPORT, at, end) ? this.port(at, at + DPORT.length, end, MARK.DPORT) : at;
      case 115:
        return this.starts(SPORT, at, end) ? this.port(at, at + SPORT.length, end, MARK.SPORT) : at;
      case 116:
        return this.starts(TO, at, end) ? this.endpoint(at, at + TO.length, end) : at;
      default:
        return at;
    }
  }

  private starts(prefix: Uint8Array, at: number, end: number): boolean {
    if (at + prefix.length >= end) return false;
    for (let i = 3; i < prefix.length; i++) if (this.bytes[at + i] !== prefix[i]) return false;
    return true;
  }

  private fill(from: number, to: number, mark: number): void {
    this.copy(from, to);
    this.put(mark);
  }

  private value(value: number): void {
    this.values[this.width++] = value;
  }

  private network(at: number, from: number, end: number, source: boolean): number {
    const { bytes, digits } = this;
    const four = digits.address4(bytes, from, end);
    if (four >= 0) {
      if (digits.end < end && bytes[digits.end] !== BLANK && bytes[digits.end] !== SLASH) return at;
      this.fill(at, from, source ? MARK.SOURCE4 : MARK.DESTINATION4);
      this.value(four);
      return digits.end;
    }
    if (!digits.address6(bytes, from, end)) return at;
    if (digits.end < end && bytes[digits.end] !== BLANK && bytes[digits.end] !== SLASH) return at;
    this.fill(at, from, source ? MARK.SOURCE6 : MARK.DESTINATION6);
    this.address6();
    return digits.end;
  }

  private address6(): void {
    for (let i = 0; i < 4; i++) this.value(this.digits.words[i] ?? 0);
  }

  private jump(at: number, from: number, end: number, mark: number): number {
    const stop = this.blank(from, end);
    const chain = this.chains.find(this.bytes, from, stop);
    if (chain < 0) return at;
    this.fill(at, from, mark);
    this.value(chain);
    return stop;
  }

  private interface(at: number, from: number, end: number, mark: number): number {
    const stop = this.blank(from, end);
    for (let i = from; i < stop; i++) {
      const byte = this.bytes[i] ?? 0;
      if (byte < BLANK || byte === QUOTE || byte === BACKSLASH) return -1;
    }
    if (stop === from || stop - from > 15 || this.bytes[stop - 1] === 43) return at;
    return this.text(at, from, stop, mark);
  }

  private text(at: number, from: number, stop: number, mark: number): number {
    this.fill(at, from, mark);
    this.value(from);
    this.value(stop);
    return stop;
  }

  private commented(from: number, end: number): number {
    const { bytes } = this;
    const at = from - COMMENT.length;
    if (bytes[from] !== QUOTE) {
      const stop = this.blank(from, end);
      for (let i = from; i < stop; i++) if (!isPlain(bytes[i] ?? 0)) return -1;
      if (stop === from || stop - from > MAX_COMMENT || bytes[from] === DASH) return -1;
      return this.note(at, from, stop);
    }
    let stop = from + 1;
    for (; stop < end; stop++) {
      const byte = bytes[stop] ?? 0;
      if (byte === QUOTE) break;
      if (byte < BLANK || byte === BACKSLASH) return -1;
    }
    const length = stop - from - 1;
    const closed = stop + 1 === end || bytes[stop + 1] === BLANK;
    if (stop >= end || length === 0 || length > MAX_COMMENT || !closed) return -1;
    return this.note(at, from + 1, stop) + 1;
  }

  private note(at: number, from: number, stop: number): number {
    this.fill(at, from, MARK.COMMENT);
    this.comment.start = from;
    this.comment.end = stop;
    return stop;
  }

  private port(at: number, from: number, end: number, mark: number): number {
    const port = this.digits.decimal(this.bytes, from, end, 65535);
    const stop = this.digits.end;
    if (port <= 0 || (stop < end && this.bytes[stop] !== BLANK)) return at;
    this.fill(at, from, mark);
    this.value(port);
    return stop;
  }

  private endpoint(at: number, from: number, end: number): number {
    const { bytes, digits } = this;
    let colon: number;
    const four = digits.address4(bytes, from, end);
    if (four >= 0) colon = digits.end;
    else {
      if (bytes[from] !== 91 || !digits.address6(bytes, from + 1, end) || bytes[digits.end] !== 93) return at;
      colon = digits.end + 1;
    }
    if (bytes[colon] !== 58) return at;
    const port = digits.decimal(bytes, colon + 1, end, 65535);
    if (port <= 0 || (digits.end < end && bytes[digits.end] !== BLANK)) return at;
    this.fill(at, from, four >= 0 ? MARK.ENDPOINT4 : MARK.ENDPOINT6);
    if (four >= 0) this.value(four);
    else this.address6();
    this.value(port);
    return digits.end;
  }

  private blank(from: number, end: number): number {
    let at = from;
    while (at < end && this.bytes[at] !== BLANK) at++;
    return at;
  }
}

const isPlain = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) ||
  (byte >= 65 && byte <= 90) ||
  (byte >= 97 && byte <= 122) ||
  byte === 95 ||
  byte === 45 ||
  byte === 46 ||
  byte === 58 ||
  byte === 47;

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
