import type { Table } from '../../model/ruleset.ts';
import { listingOf } from '../../nft/evaluate/table.ts';
import { Printer } from '../../nft/printer.ts';
import type { NftChain } from '../../nft/ruleset.ts';
import { XtTable } from '../../xt/chain.ts';
import { splitWords } from '../../xt/words.ts';
import type { LineAnswer } from '../answer.ts';

/** The rules of one chain as they are listed; a rule is read only where its text does not suffice. Places from 0. */
export interface ChainLines {
  readonly length: number;
  /** As listed, without counters and handle. */
  text(index: number): string;
  /** The same rule gives the same text, however it was listed; its comment does not count. */
  canonical(index: number): string;
  answer(index: number): LineAnswer;
}

/** Undefined: the table has no chain of that name. */
export function linesOf(table: Table, chain: string): ChainLines | undefined {
  if (table instanceof XtTable) {
    const number = table.lines.find(chain);
    return number < 0 ? undefined : new XtLines(table, number);
  }
  const listed = listingOf(table)?.chains.get(chain);
  return listed && new NftLines(table.family, listed);
}

class XtLines implements ChainLines {
  readonly length: number;
  private readonly table: XtTable;
  private readonly chain: number;

  constructor(table: XtTable, chain: number) {
    this.table = table;
    this.chain = chain;
    this.length = table.lines.countOf(chain);
  }

  text(index: number): string {
    const { lines } = this.table;
    const rule = lines.ruleAt(this.chain, index);
    return lines.text(lines.nameAt(rule) - '-A '.length, lines.ruleEnd(rule));
  }

  canonical(index: number): string {
    return withoutComment(this.table.chains.at(this.chain).rules.at(index).text);
  }

  answer(index: number): LineAnswer {
    const { lines, source } = this.table;
    const line = lines.ruleLine(lines.ruleAt(this.chain, index));
    return { number: index + 1, text: this.text(index), file: source.file, line };
  }
}

/** `-m comment --comment "..."` left out, wherever it stands. */
function withoutComment(text: string): string {
  const words = text.includes(' --comment ') ? splitWords(text) : undefined;
  if (!words) return text;
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const [word, next, third] = [words[i], words[i + 1], words[i + 2]];
    if (word?.text === '-m' && next?.text === 'comment' && third?.text === '--comment' && !word.quoted) i += 3;
    else if (word) kept.push(text.slice(word.start, word.end));
  }
  return kept.join(' ');
}

const HANDLE = / # handle \d{1,15}$/;
const COUNTED = /\bcounter packets \d+ bytes \d+/g;

class NftLines implements ChainLines {
  readonly length: number;
  private readonly chain: NftChain;
  private readonly printer: Printer;

  constructor(family: string, chain: NftChain) {
    this.chain = chain;
    this.length = chain.rules.length;
    this.printer = new Printer(family, { stateless: true, numeric: true, bursts: true });
  }

  text(index: number): string {
    const { rules } = this.chain;
    const text = rules.listed?.(index) ?? rules.at(index).text;
    if (!text.includes('counter packets ') && !text.includes(' # handle ')) return text.trim();
    return text.replace(HANDLE, '').replace(COUNTED, 'counter').trim();
  }

  canonical(index: number): string {
    return this.printer.rule({ statements: this.chain.rules.at(index).statements, comment: undefined });
  }

  answer(index: number): LineAnswer {
    const { file, line } = this.chain.rules.at(index).source;
    return { number: index + 1, text: this.text(index), file, line };
  }
}
