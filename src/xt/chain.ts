import type {
  Asked,
  BaseChain,
  Chain,
  Counters,
  Demand,
  Owner,
  Rule,
  RuleList,
  Statement,
  Table,
} from '../model/ruleset.ts';
import type { Remark, Source } from '../model/source.ts';
import type { Family } from '../net/address.ts';
import { ChainMap } from './columns/chain-map.ts';
import { RuleColumns } from './columns/columns.ts';
import { endOfLine, type TableLines } from './columns/lines.ts';
import type { Backend, RuleContext } from './extension.ts';
import { type ParsedRule, parseRule } from './rule.ts';
import type { XtStatement } from './statement.ts';
import { BUILTIN_CHAINS, baseChain, builtinHook } from './tables.ts';
import { splitWords } from './words.ts';

/** An iptables rule with its typed options. */
export interface XtRule extends Rule {
  readonly statements: readonly XtStatement[];
  readonly problems: readonly string[];
}

/** A chain line has no policy (`-`) where the chain is a user's. */
export type Policy = 'ACCEPT' | 'DROP' | 'QUEUE' | '-';

export const isPolicy = (word: string | undefined): word is Policy =>
  word === 'ACCEPT' || word === 'DROP' || word === 'QUEUE' || word === '-';

/**
 * A chain, and the list of its rules; each is built when it is first asked for, and kept. One object, and small: a walk
 * through a large table meets chains all over it. What its own line says is read when it is asked for.
 */
export class XtChain implements Chain, RuleList {
  readonly name: string;
  readonly length: number;
  /** The table's number of the first rule, where the others stand behind it; else negative. */
  private readonly first: number;
  private readonly table: XtTable;
  /** The chain's own number in the table. */
  private readonly number: number;
  private built: (XtRule | undefined)[] | undefined;

  constructor(table: XtTable, number: number) {
    this.name = table.lines.nameOf(number);
    this.length = table.lines.countOf(number);
    this.first = table.lines.runOf(number);
    this.table = table;
    this.number = number;
    this.built = undefined;
  }

  get rules(): this {
    return this;
  }

  get policy(): Policy {
    const [, policy] = this.line();
    return isPolicy(policy) ? policy : '-';
  }

  get base(): BaseChain | undefined {
    const { table, policy } = this;
    const hook = policy === '-' ? undefined : builtinHook(table.name, this.name);
    return hook && baseChain(table.name, hook, policy === 'DROP' ? 'drop' : 'accept', table.owner);
  }

  get counters(): Counters | undefined {
    const [, , packets, bytes] = this.line();
    return packets === undefined ? undefined : { packets: BigInt(packets), bytes: BigInt(bytes ?? 0) };
  }

  get source(): Source {
    return { file: this.table.source.file, line: this.table.lines.chainLine(this.number) };
  }

  private line(): readonly (string | undefined)[] {
    const { lines } = this.table;
    const end = lines.names.end(this.number);
    return /^ (\S+)(?: \[(\d+):(\d+)\])?/.exec(lines.text(end, endOfLine(lines.bytes, end))) ?? [];
  }

  /** Builds every rule, for use without the lines. */
  forget(): void {
    for (let i = 0; i < this.length; i++) this.at(i);
  }

  /** The number of the rule's line in its file. */
  lineOf(index: number): number {
    return this.table.lines.ruleLine(this.ruleAt(index));
  }

  at(index: number): XtRule {
    const known = this.built?.[index];
    if (known) return known;
    this.built ??= new Array<XtRule | undefined>(this.length);
    const built = this.build(index);
    this.built[index] = built;
    return built;
  }

  demand(index: number): Demand | undefined {
    const { columns } = this.table;
    return columns.template(this.ruleAt(index))?.demand(columns.values);
  }

  live(index: number): readonly Statement[] | undefined {
    return this.table.columns.live(this.ruleAt(index));
  }

  asks(index: number): readonly Asked[] | undefined {
    return this.table.columns.template(this.ruleAt(index))?.asks;
  }

  mentions(pattern: RegExp): boolean {
    for (const text of this.table.lines.pieces(this.number)) if (pattern.test(text)) return true;
    return false;
  }

  *matching(pattern: RegExp): Iterable<number> {
    const { lines } = this.table;
    for (let from = 0; from < this.length; from += TOGETHER) {
      const end = Math.min(from + TOGETHER, this.length);
      if (this.first >= 0) {
        const text = lines.text(lines.ruleStart(this.ruleAt(from)), lines.ruleEnd(this.ruleAt(end - 1)));
        if (!pattern.test(text)) continue;
      }
      for (let i = from; i < end; i++) {
        const rule = this.ruleAt(i);
        if (pattern.test(lines.text(lines.ruleStart(rule), lines.ruleEnd(rule)))) yield i;
      }
    }
  }

  *[Symbol.iterator](): Iterator<XtRule> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  private ruleAt(index: number): number {
    if (index < 0 || index >= this.length)
      throw new RangeError(`${this.name} has ${this.length} rules, not ${index + 1}`);
    return this.first < 0 ? this.table.lines.ruleAt(this.number, index) : this.first + index;
  }

  private build(index: number): XtRule {
    const { table, name: chain } = this;
    const rule = this.ruleAt(index);
    const source = { file: table.source.file, line: table.lines.ruleLine(rule) };
    const { columns } = table;
    const template = columns.known(rule);
    if (template?.stateless) {
      const context = { ...template.context, chain };
      const statements = template.statements(columns.values);
      return new BuiltRule(index + 1, statements, context, countersOf(table, rule), source, NONE);
    }
    const parsed = readRule(table, chain, rule);
    if (!template) columns.learn(rule, parsed);
    for (const text of parsed.problems) table.remarks.push({ ...source, severity: 'error', text });
    const counters = countersOf(table, rule) ?? parsed.counters;
    return new BuiltRule(index + 1, parsed.statements, parsed.context, counters, source, parsed.problems);
  }
}

/** One table of a dump. Its chains and rules are built from the bytes of the dump when they are first asked for. */
export class XtTable implements Table {
  readonly family: Family;
  readonly name: string;
  readonly owner: Owner;
  readonly chains: ChainMap<XtChain>;
  readonly source: Source;
  cutOff?: Source;
  /** Problems found in the rules that were read so far. */
  readonly remarks: Remark[] = [];
  readonly lines: TableLines;
  private parts: RuleColumns | undefined;

  /** `lines` may still be filled, until a chain is asked for. */
  constructor(family: Family, name: string, owner: Owner, source: Source, lines: TableLines) {
    this.family = family;
    this.name = name;
    this.owner = owner;
    this.source = source;
    this.lines = lines;
    this.chains = new ChainMap(lines, chain => new XtChain(this, chain));
  }

  get backend(): Backend {
    return this.owner === 'iptables-nft' ? 'nft' : 'legacy';
  }

  get baseChains(): readonly XtChain[] {
    return BUILTIN_CHAINS.flatMap(name => {
      const chain = this.chains.get(name);
      return chain?.base ? [chain] : [];
    });
  }

  get columns(): RuleColumns {
    this.parts ??= new RuleColumns(
      this.lines,
      BUILTIN_CHAINS.map(name => this.lines.find(name)),
      rule => readRule(this, this.lines.nameOf(this.lines.chainOf(rule)), rule),
      chain => this.chains.at(chain),
    );
    return this.parts;
  }

  *namesLike(beginning: string): Iterable<string> {
    for (const chain of this.lines.names.beginning(beginning)) yield this.lines.nameOf(chain);
  }

  /** Whether the text of some rule holds the pattern; tells without reading the rules. */
  mentions(pattern: RegExp): boolean {
    for (let chain = 0; chain < this.lines.chains; chain++)
      for (const text of this.lines.pieces(chain)) if (pattern.test(text)) return true;
    return false;
  }

  /** Takes every rule apart into numbers, from which rules are then built when they are asked for. */
  parse(): void {
    for (const rule of this.columns.fill()) {
      const chain = this.lines.chainOf(rule);
      this.chains.get(this.lines.nameOf(chain))?.rules.at(this.lines.indexOf(rule));
    }
  }

  /** Reads every rule and drops the lines it stood in: what is printed then comes from the typed options alone. */
  forget(): void {
    for (const chain of this.chains.values()) chain.rules.forget();
    this.lines.forget();
  }
}

const NONE: readonly string[] = [];
/** Rules in a row that are searched in one piece before each is. */
const TOGETHER = 128;

function countersOf({ lines }: XtTable, rule: number): Counters | undefined {
  const start = lines.ruleStart(rule);
  if (lines.bytes[start] !== 91) return undefined;
  const [, packets, bytes] = /^\[(\d+):(\d+)\]/.exec(lines.text(start, lines.nameAt(rule))) ?? [];
  return packets === undefined ? undefined : { packets: BigInt(packets), bytes: BigInt(bytes ?? 0) };
}

function readRule(table: XtTable, chain: string, rule: number): ParsedRule {
  const { lines } = table;
  const line = lines.text(lines.nameAt(rule) - 3, lines.ruleEnd(rule));
  const words = splitWords(line);
  const parsed = parseRule(line, (words ?? splitWords(line.replaceAll('"', '')) ?? []).slice(2), {
    family: table.family,
    backend: table.backend,
    table: table.name,
    chain,
    hook: builtinHook(table.name, chain),
    isChain: name => lines.find(name) >= 0,
  });
  return words ? parsed : { ...parsed, problems: ['a quote stays open', ...parsed.problems] };
}

class BuiltRule implements XtRule {
  readonly number: number;
  readonly statements: readonly XtStatement[];
  readonly counters: Counters | undefined;
  readonly source: Source;
  readonly problems: readonly string[];
  private readonly context: RuleContext;

  constructor(
    number: number,
    statements: readonly XtStatement[],
    context: RuleContext,
    counters: Counters | undefined,
    source: Source,
    problems: readonly string[],
  ) {
    this.number = number;
    this.statements = statements;
    this.context = context;
    this.counters = counters;
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
