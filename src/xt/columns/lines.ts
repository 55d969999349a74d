import { Ints } from './ints.ts';
import { NameTable } from './name-table.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Where the chains and rules of one table stand in the bytes of their file. */
export class TableLines {
  readonly bytes: Uint8Array;
  /** The same bytes, several at once. */
  readonly words: DataView;
  /** The chains by their names. */
  readonly names: NameTable;
  /** Of each chain the number of its line, its first rule, and how many it has: they nearly always stand together. */
  private readonly chainParts = new Ints();
  /** Of each rule where its line starts, the number of that line, and its chain. */
  private readonly ruleParts: Ints;
  /** Of chains whose rules do not stand together. */
  private readonly scattered = new Map<number, Ints>();
  /** Names that were asked for. */
  private readonly texts: (string | undefined)[] = [];
  /** The chain of the last rule, where its name stands, and the first of the rules in a row that are of it. */
  private last = -1;
  private lastName = 0;
  private lastLength = 0;
  private lastRule = 0;

  /** `expected`: about how many rules there are. */
  constructor(bytes: Uint8Array, expected = 64) {
    this.bytes = bytes;
    this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.ruleParts = new Ints(Math.ceil(expected) * 3);
    this.names = new NameTable(bytes, expected / RULES_OF_CHAIN);
  }

  get chains(): number {
    return this.names.size;
  }

  get rules(): number {
    return this.ruleParts.length / 3;
  }

  /** Takes in a chain by the place of its name; false: it is known already. */
  declare(start: number, end: number, line: number): boolean {
    if (!this.names.add(start, end)) return false;
    this.chainParts.push3(line, 0, 0);
    return true;
  }

  /** Takes in the rule that starts there, of the chain whose name stands from `name` on; false: no such chain. */
  append(start: number, name: number, line: number): boolean {
    const { bytes } = this;
    if (this.last < 0 || bytes[name + this.lastLength] !== BLANK || !this.isLast(name)) {
      const end = endOfWord(bytes, name);
      const chain = this.names.find(bytes, name, end, this.last + 1);
      if (chain < 0) return false;
      this.endRun();
      this.last = chain;
      this.lastName = name;
      this.lastLength = end - name;
      this.lastRule = this.rules;
    }
    this.ruleParts.push3(start, line, this.last);
    return true;
  }

  private isLast(name: number): boolean {
    const { bytes, lastName } = this;
    for (let i = this.lastLength - 1; i >= 0; i--) if (bytes[name + i] !== bytes[lastName + i]) return false;
    return true;
  }

  /** Gives the rules since `lastRule` to their chain. */
  private endRun(): void {
    const { rules, last: chain, lastRule } = this;
    const count = this.chainParts.get(chain * 3 + 2);
    if (chain < 0 || rules === lastRule) return;
    if (count === 0) this.chainParts.set(chain * 3 + 1, lastRule);
    else if (this.scattered.has(chain) || this.chainParts.get(chain * 3 + 1) + count !== lastRule)
      this.scatter(chain, rules);
    this.chainParts.set(chain * 3 + 2, count + rules - lastRule);
    this.lastRule = rules;
  }

  private scatter(chain: number, end: number): void {
    let list = this.scattered.get(chain);
    if (!list) {
      list = new Ints(this.chainParts.get(chain * 3 + 2) * 2);
      for (let i = 0; i < this.chainParts.get(chain * 3 + 2); i++) list.push(this.chainParts.get(chain * 3 + 1) + i);
      this.scattered.set(chain, list);
    }
    for (let rule = this.lastRule; rule < end; rule++) list.push(rule);
  }

  nameOf(chain: number): string {
    const known = this.texts[chain];
    if (known !== undefined) return known;
    const name = this.text(this.names.start(chain), this.names.end(chain));
    this.texts[chain] = name;
    return name;
  }

  /** The chain of that name; -1: there is none. */
  find(name: string): number {
    const encoded = encoder.encode(name);
    const found = this.names.find(encoded, 0, encoded.length);
    if (found >= 0 || !name.includes('\ufffd')) return found;
    for (let chain = 0; chain < this.chains; chain++) if (this.nameOf(chain) === name) return chain;
    return -1;
  }

  chainLine(chain: number): number {
    return this.chainParts.get(chain * 3);
  }

  /** How many rules the chain has. */
  countOf(chain: number): number {
    this.endRun();
    return this.chainParts.get(chain * 3 + 2);
  }

  /** The table's number of the chain's first rule, where the others follow it; else -1. */
  runOf(chain: number): number {
    return this.scattered.has(chain) ? -1 : this.chainParts.get(chain * 3 + 1);
  }

  /** The table's number of a chain's rule; both count from 0. */
  ruleAt(chain: number, index: number): number {
    return this.scattered.get(chain)?.get(index) ?? this.chainParts.get(chain * 3 + 1) + index;
  }

  /** The rule's place in its chain, from 0. */
  indexOf(rule: number): number {
    const chain = this.chainOf(rule);
    const list = this.scattered.get(chain);
    if (!list) return rule - this.chainParts.get(chain * 3 + 1);
    let low = 0;
    for (let high = list.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (list.get(middle) < rule) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Wipes the rules' lines; the names of the chains stay. */
  forget(): void {
    for (let rule = 0; rule < this.rules; rule++) this.bytes.fill(0, this.ruleStart(rule), this.ruleEnd(rule));
  }

  chainOf(rule: number): number {
    return this.ruleParts.get(rule * 3 + 2);
  }

  /** Where the chain's name stands in the rule's line: behind `-A `, and behind the counters where there are any. */
  nameAt(rule: number): number {
    return nameOfChain(this.bytes, this.ruleParts.get(rule * 3));
  }

  ruleStart(rule: number): number {
    return this.ruleParts.get(rule * 3);
  }

  ruleEnd(rule: number): number {
    return endOfLine(this.bytes, this.ruleParts.get(rule * 3));
  }

  ruleLine(rule: number): number {
    return this.ruleParts.get(rule * 3 + 1);
  }

  text(start: number, end: number): string {
    return decoder.decode(this.bytes.subarray(start, end));
  }

  /** The text of a chain's rules, in pieces of whole lines; other lines may stand between. */
  *pieces(chain: number): Iterable<string> {
    const count = this.countOf(chain);
    for (let i = 0; i < count; ) {
      const first = this.ruleAt(chain, i);
      let last = first;
      const limit = this.ruleStart(first) + PIECE;
      for (i++; i < count && this.ruleAt(chain, i) === last + 1 && this.ruleStart(last + 1) < limit; i++) last++;
      yield this.text(this.ruleStart(first), this.ruleEnd(last));
    }
  }
}

/** kube-proxy's, where every endpoint has a chain. */
const RULES_OF_CHAIN = 3;
const PIECE = 65_536;
const BLANK = 32;

/** Where the line that holds this place ends: before its newline, and before a carriage return in front of that. */
export function endOfLine(bytes: Uint8Array, at: number): number {
  const newline = bytes.indexOf(10, at);
  const end = newline < 0 ? bytes.length : newline;
  return end > at && bytes[end - 1] === 13 ? end - 1 : end;
}

/** The next blank, or the end of the line. */
export function endOfWord(bytes: Uint8Array, at: number): number {
  let end = at;
  for (; end < bytes.length; end++) {
    const byte = bytes[end];
    if (byte === 32 || byte === 10 || byte === 13) break;
  }
  return end;
}

/** Where the chain's name starts in `-A CHAIN ...` or `[p:b] -A CHAIN ...`; -1: it is no such line. */
export function nameOfChain(bytes: Uint8Array, start: number): number {
  let at = start;
  if (bytes[at] === 91) {
    do at++;
    while (isCount(bytes[at]));
    if (bytes[at] !== 93 || bytes[at + 1] !== 32) return -1;
    at += 2;
  }
  return bytes[at] === 45 && bytes[at + 1] === 65 && bytes[at + 2] === 32 ? at + 3 : -1;
}

const isCount = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 58;
