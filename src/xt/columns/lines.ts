import { Ints } from './ints.ts';
import { NameTable } from './name-table.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Where the chains and rules of one table stand in the bytes of their file. */
export class TableLines {
  readonly bytes: Uint8Array;
  /** The chains by their names. */
  readonly names: NameTable;
  private readonly chainLines = new Ints();
  private readonly ruleStarts = new Ints();
  private readonly ruleLines = new Ints();
  private readonly ruleChains = new Ints();
  /** Rules of a chain nearly always stand together: the first, and how many. */
  private readonly first = new Ints();
  private readonly count = new Ints();
  /** Of chains whose rules do not stand together. */
  private readonly scattered = new Map<number, Ints>();
  /** Names that were asked for. */
  private readonly texts: (string | undefined)[] = [];
  private last = -1;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.names = new NameTable(bytes);
  }

  get chains(): number {
    return this.names.size;
  }

  get rules(): number {
    return this.ruleStarts.length;
  }

  /** Takes in a chain by the place of its name; false: it is known already. */
  declare(start: number, end: number, line: number): boolean {
    if (this.names.find(this.bytes, start, end) >= 0) return false;
    this.names.add(start, end);
    this.chainLines.push(line);
    this.first.push(0);
    this.count.push(0);
    return true;
  }

  /** Takes in the rule that starts there, of the chain whose name stands from `name` on; false: no such chain. */
  append(start: number, name: number, line: number): boolean {
    const end = endOfWord(this.bytes, name);
    const { last } = this;
    const chain =
      last >= 0 && this.names.isAt(last, this.bytes, name, end) ? last : this.names.find(this.bytes, name, end);
    if (chain < 0) return false;
    this.last = chain;
    const rule = this.ruleStarts.length;
    this.ruleStarts.push(start);
    this.ruleLines.push(line);
    this.ruleChains.push(chain);
    const count = this.count.get(chain);
    if (count === 0) this.first.set(chain, rule);
    else if (this.first.get(chain) + count !== rule || this.scattered.has(chain)) this.scatter(chain, rule);
    this.count.set(chain, count + 1);
    return true;
  }

  private scatter(chain: number, rule: number): void {
    let list = this.scattered.get(chain);
    if (!list) {
      list = new Ints(this.count.get(chain) * 2);
      for (let i = 0; i < this.count.get(chain); i++) list.push(this.first.get(chain) + i);
      this.scattered.set(chain, list);
    }
    list.push(rule);
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
    return this.chainLines.get(chain);
  }

  /** How many rules the chain has. */
  countOf(chain: number): number {
    return this.count.get(chain);
  }

  /** The table's number of the chain's first rule, where the others follow it; else -1. */
  runOf(chain: number): number {
    return this.scattered.has(chain) ? -1 : this.first.get(chain);
  }

  /** The table's number of a chain's rule; both count from 0. */
  ruleAt(chain: number, index: number): number {
    return this.scattered.get(chain)?.get(index) ?? this.first.get(chain) + index;
  }

  /** The rule's place in its chain, from 0. */
  indexOf(rule: number): number {
    const chain = this.chainOf(rule);
    const list = this.scattered.get(chain);
    if (!list) return rule - this.first.get(chain);
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
    return this.ruleChains.get(rule);
  }

  /** Where the chain's name stands in the rule's line: behind `-A `, and behind the counters where there are any. */
  nameAt(rule: number): number {
    return nameOfChain(this.bytes, this.ruleStarts.get(rule));
  }

  ruleStart(rule: number): number {
    return this.ruleStarts.get(rule);
  }

  ruleEnd(rule: number): number {
    return endOfLine(this.bytes, this.ruleStarts.get(rule));
  }

  ruleLine(rule: number): number {
    return this.ruleLines.get(rule);
  }

  text(start: number, end: number): string {
    return decoder.decode(this.bytes.subarray(start, end));
  }

  /** The text of a chain's rules, in pieces of whole lines; other lines may stand between. */
  *pieces(chain: number): Iterable<string> {
    const count = this.count.get(chain);
    for (let i = 0; i < count; ) {
      const first = this.ruleAt(chain, i);
      let last = first;
      const limit = this.ruleStart(first) + PIECE;
      for (i++; i < count && this.ruleAt(chain, i) === last + 1 && this.ruleStart(last + 1) < limit; i++) last++;
      yield this.text(this.ruleStart(first), this.ruleEnd(last));
    }
  }
}

const PIECE = 65_536;

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
