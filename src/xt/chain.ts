import type { BaseChain, Chain, Counters, Owner, Rule, RuleList, Table } from '../model/ruleset.ts';
import type { Remark, Source } from '../model/source.ts';
import type { Family } from '../net/address.ts';
import type { Backend, RuleContext } from './extension.ts';
import { type ParsedRule, parseRule } from './rule.ts';
import type { XtStatement } from './statement.ts';
import { builtinHook } from './tables.ts';
import { splitWords } from './words.ts';

/** An iptables rule with its typed options. */
export interface XtRule extends Rule {
  readonly statements: readonly XtStatement[];
  readonly problems: readonly string[];
}

/** A chain line has no policy (`-`) where the chain is a user's. */
export type Policy = 'ACCEPT' | 'DROP' | 'QUEUE' | '-';

export class XtChain implements Chain {
  readonly name: string;
  readonly policy: Policy;
  readonly base: BaseChain | undefined;
  readonly counters: Counters | undefined;
  readonly source: Source;
  readonly rules: LazyRules;

  constructor(
    table: XtTable,
    name: string,
    policy: Policy,
    base: BaseChain | undefined,
    counters: Counters | undefined,
    source: Source,
  ) {
    this.name = name;
    this.policy = policy;
    this.base = base;
    this.counters = counters;
    this.source = source;
    this.rules = new LazyRules(table, name);
  }
}

export class XtTable implements Table {
  readonly family: Family;
  readonly name: string;
  readonly owner: Owner;
  readonly chains = new Map<string, XtChain>();
  readonly source: Source;
  /** Problems found in the rules that were read so far. */
  readonly remarks: Remark[] = [];

  constructor(family: Family, name: string, owner: Owner, source: Source) {
    this.family = family;
    this.name = name;
    this.owner = owner;
    this.source = source;
  }

  /** Reads every rule and drops the lines it stood in: what is printed then comes from the typed options alone. */
  forget(): void {
    for (const chain of this.chains.values()) chain.rules.forget();
  }

  get backend(): Backend {
    return this.owner === 'iptables-nft' ? 'nft' : 'legacy';
  }
}

/** The lines of one chain; each is parsed when it is first asked for, and kept. */
export class LazyRules implements RuleList {
  private readonly table: XtTable;
  private readonly chain: string;
  private readonly lines: string[] = [];
  private readonly numbers: number[] = [];
  private readonly rules: (XtRule | undefined)[] = [];

  constructor(table: XtTable, chain: string) {
    this.table = table;
    this.chain = chain;
  }

  get length(): number {
    return this.lines.length;
  }

  /** `line`: the whole `[p:b] -A CHAIN ...`; `number`: of the line in its file. */
  push(line: string, number: number): void {
    this.lines.push(line);
    this.numbers.push(number);
  }

  /** As push, in front of the rule that is now at `index` (`-I CHAIN number`). */
  insert(index: number, line: string, number: number): void {
    this.lines.splice(index, 0, line);
    this.numbers.splice(index, 0, number);
    this.rules.length = 0;
  }

  /** Reads every rule and drops its line. */
  forget(): void {
    for (let i = 0; i < this.lines.length; i++) {
      this.at(i);
      this.lines[i] = '';
    }
  }

  /** The number of the rule's line in its file. */
  lineOf(index: number): number {
    return this.numbers[index] ?? 0;
  }

  at(index: number): XtRule {
    const known = this.rules[index];
    if (known) return known;
    const line = this.lines[index];
    if (line === undefined) throw new RangeError(`${this.chain} has ${this.lines.length} rules, not ${index + 1}`);
    const rule = readRule(this.table, this.chain, line, index + 1, this.lineOf(index));
    this.rules[index] = rule;
    return rule;
  }

  mentions(pattern: RegExp): boolean {
    return this.lines.some(line => pattern.test(line));
  }

  *[Symbol.iterator](): Iterator<XtRule> {
    for (let i = 0; i < this.lines.length; i++) yield this.at(i);
  }
}

const COUNTERS = /^\[(\d+):(\d+)\]/;

function readRule(table: XtTable, chain: string, line: string, number: number, lineNumber: number): XtRule {
  const source = { file: table.source.file, line: lineNumber };
  const counted = COUNTERS.exec(line);
  const counters = counted ? { packets: BigInt(counted[1] ?? 0), bytes: BigInt(counted[2] ?? 0) } : undefined;
  const words = splitWords(line) ?? splitWords(line.replaceAll('"', '')) ?? [];
  const problems = splitWords(line) ? [] : ['a quote stays open'];
  const rest = words.slice(counted ? 3 : 2);
  const parsed = parseRule(line, rest, {
    family: table.family,
    backend: table.backend,
    table: table.name,
    chain,
    hook: builtinHook(table.name, chain),
    isChain: name => table.chains.has(name),
  });
  problems.push(...parsed.problems);
  for (const text of problems) table.remarks.push({ ...source, severity: 'error', text });
  return new ParsedXtRule(number, parsed, counters, source, problems);
}

class ParsedXtRule implements XtRule {
  readonly number: number;
  readonly statements: readonly XtStatement[];
  readonly counters: Counters | undefined;
  readonly source: Source;
  readonly problems: readonly string[];
  private readonly context: RuleContext;

  constructor(
    number: number,
    parsed: ParsedRule,
    counters: Counters | undefined,
    source: Source,
    problems: readonly string[],
  ) {
    this.number = number;
    this.statements = parsed.statements;
    this.context = parsed.context;
    this.counters = counters ?? parsed.counters;
    this.source = source;
    this.problems = problems;
  }

  get comment(): string | undefined {
    for (const { name, options } of this.statements)
      if (name === 'comment' && typeof options === 'object' && options !== null && 'comment' in options)
        return String(options.comment);
    return undefined;
  }

  get text(): string {
    return `-A ${this.context.chain}${this.statements.map(s => s.print(this.context)).join('')}`;
  }
}
