import type { Remark, Source } from '../../model/source.ts';
import { looksLikeIptables } from '../owner.ts';
import type { NftBaseChain, NftChain, NftFamily, NftRuleset, NftSet, NftTable } from '../ruleset.ts';
import type { Element, Flowtable, NftObject } from '../schema.ts';
import { typesNamed, valueTypesNamed } from '../type/types.ts';
import { parseBaseChain, parseFlowtable, SetAttributes } from './declaration.ts';
import { Ground } from './ground.ts';
import { TextError } from './lexer.ts';
import { Lines } from './lines.ts';
import { OBJECT_WORDS, parseObject } from './object.ts';
import type { RuleParser, Scope } from './rule-parser.ts';
import { RuleReader } from './rule-reader.ts';
import { TextChain } from './text-chain.ts';
import { TextElements } from './text-elements.ts';

const FAMILIES: readonly NftFamily[] = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];
const TABLE = /^table (\S+) (\S+|"[^"]*") \{$/;
/** What nft says behind the brace that opens a table, a chain or a set. */
const TAIL = / # (?:handle (\d{1,15})|progname .*)$/;
/** Bytes of a rule's comment that the kernel keeps. */
const MAX_COMMENT = 128;
const MANAGED = /^# Warning: table (\S+) (\S+) is managed by iptables-nft/;

/**
 * Reads the text of `nft list ruleset`, or of a table, chain or set of it. One pass finds where tables, chains, sets and
 * rules are; rules and elements are read when they are first asked for.
 */
export function readNftText(text: string, file: string): NftRuleset {
  const reader = new TextReader(text, file);
  return { tables: reader.tables(), remarks: reader.remarks };
}

interface Head {
  readonly name: string;
  readonly handle: number | undefined;
}

type TableDraft = Pick<NftTable, 'family' | 'name' | 'handle' | 'source'> & {
  flags: NftTable['flags'];
  comment: string | undefined;
  cutOff: Source | undefined;
  readonly managed: boolean;
  readonly chains: Map<string, NftChain>;
  readonly sets: Map<string, NftSet>;
  readonly flowtables: Map<string, Flowtable>;
  readonly objects: NftObject[];
  readonly parts: NftTable['parts'][number][];
};

interface TableBody {
  readonly draft: TableDraft;
  readonly scope: Scope;
  readonly rules: RuleReader;
}

class TextReader {
  readonly remarks: Remark[] = [];
  private readonly text: string;
  private readonly file: string;
  private readonly ground: Ground;
  private readonly lines: Lines;
  private readonly managed = new Set<string>();

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
    this.ground = new Ground(text, file, this.remarks);
    this.lines = new Lines(text);
  }

  private get source(): Source {
    return { file: this.file, line: this.lines.number };
  }

  private parser(start: number, end: number, line: number, scope: Scope): RuleParser {
    return this.ground.parser(start, end, line, scope);
  }

  private attempt<T>(parse: () => T): T | undefined {
    return this.ground.attempt(parse);
  }

  private wrong(message: string): void {
    const { number, column } = this.lines;
    this.remarks.push(new TextError(message, this.file, number, column).remark);
  }

  tables(): readonly NftTable[] {
    const tables: NftTable[] = [];
    let others = 0;
    while (this.lines.next()) {
      const { line } = this.lines;
      const [, family, name] = MANAGED.exec(line) ?? [];
      if (family !== undefined) this.managed.add(`${family} ${name}`);
      else if (line.startsWith('table ')) tables.push(...this.table());
      else if (!line.startsWith('#') && others++ === 0) this.wrong(notListed(line));
    }
    if (others > 1 && tables.length > 0) this.wrong(`${others - 1} further lines are not within a table`);
    return tables;
  }

  /** Takes `# handle 5` or `# progname firewalld` from the end of the current line. */
  private head(): { readonly line: string; readonly handle: number | undefined } {
    const { line } = this.lines;
    const [tail, handle] = line.endsWith('{') ? [] : (TAIL.exec(line) ?? []);
    if (tail === undefined) return { line, handle: undefined };
    return { line: line.slice(0, -tail.length), handle: handle === undefined ? undefined : Number(handle) };
  }

  private table(): readonly NftTable[] {
    const { line, handle } = this.head();
    const [, word, quoted = ''] = TABLE.exec(line) ?? [];
    const family = FAMILIES.find(known => known === word);
    if (!family) {
      this.wrong('expected "table FAMILY NAME {"');
      if (line.endsWith('{')) this.skipBlock();
      return [];
    }
    const name = unquoted(quoted);
    const draft: TableDraft = {
      family,
      name,
      handle,
      flags: [],
      comment: undefined,
      source: this.source,
      cutOff: undefined,
      managed: this.managed.has(`${family} ${name}`),
      chains: new Map(),
      sets: new Map(),
      flowtables: new Map(),
      objects: [],
      parts: [],
    };
    const body: TableBody = {
      draft,
      scope: { family },
      rules: new RuleReader(this.ground, { family }, () => isIptables(draft)),
    };
    while (this.lines.next()) {
      if (this.lines.isClosing) return [finished(draft)];
      this.part(body);
    }
    draft.cutOff ??= this.source;
    return [finished(draft)];
  }

  /** Goes to the brace that closes what the current line opens. */
  private skipBlock(): void {
    for (let depth = 1; depth > 0 && this.lines.next(); ) {
      if (this.lines.isClosing) depth--;
      else if (this.lines.isOpening) depth++;
    }
  }

  private part(body: TableBody): void {
    const chain = this.lines.heading('chain ');
    if (chain !== undefined) {
      this.chain(body, unquoted(chain), undefined);
      return;
    }
    const { line, handle } = this.head();
    const { draft, scope } = body;
    if (line.startsWith('#')) this.notice(line, draft);
    else if (line.startsWith('chain ') && line.endsWith(' {')) this.chain(body, unquoted(line.slice(6, -2)), handle);
    else if (/^(?:set|map|meter) \S.* \{$/.test(line)) this.set(body, { name: nameOf(line), handle });
    else if (line.startsWith('comment ')) draft.comment = this.quotedTail(scope);
    else if (line.startsWith('flags ')) draft.flags = tableFlags(line);
    else if (line.endsWith('{')) this.block(body, line, handle);
    else this.wrong('this is not known of a table');
  }

  /** Warnings of nft stand among the lines. */
  private notice(line: string, draft: TableDraft): void {
    if (!/^# (?:Warning|handle)/.test(line)) this.wrong(`a comment in table ${draft.name}`);
  }

  private quotedTail(scope: Scope): string | undefined {
    const { start, end, number } = this.lines;
    return this.attempt(() => {
      const parser = this.parser(start, end, number, scope);
      parser.word();
      return parser.string();
    });
  }

  private chain({ draft, scope, rules: reader }: TableBody, name: string, handle: number | undefined): void {
    const { lines } = this;
    const { number } = lines;
    const first = reader.length;
    let base: NftBaseChain | undefined;
    let comment: string | undefined;
    let closed = false;
    while (lines.next()) {
      if (lines.isClosing) {
        closed = true;
        break;
      }
      const isFirst = reader.length === first;
      if (isFirst && base === undefined && lines.startsWith('type ')) base = this.base(scope);
      else if (isFirst && comment === undefined && lines.startsWith('comment "')) comment = this.quotedTail(scope);
      else if (!lines.startsWith('# Warning')) this.ruleLine(reader);
    }
    if (!closed) draft.cutOff = this.source;
    const chain = new TextChain({ name, handle, base, comment }, reader, first, number);
    const { size } = draft.chains;
    if (draft.chains.set(name, chain).size === size) this.wrong(`a second chain ${name}`);
    draft.parts.push(chain);
  }

  private base(scope: Scope): NftBaseChain | undefined {
    const { start, end, number } = this.lines;
    return this.attempt(() => parseBaseChain(this.parser(start, end, number, scope)));
  }

  /** A rule is a line, but for a chain that is written in place. */
  private ruleLine(reader: RuleReader): void {
    const { lines, text } = this;
    const { start, number } = lines;
    let depth = 0;
    do {
      if (text.charCodeAt(lines.start) === 125) depth--;
      if (lines.isOpening) depth++;
    } while (depth > 0 && lines.next());
    if (lines.isQuoteOpen) this.restOfComment();
    reader.add(start, lines.end, number, lines.whole && depth === 0);
  }

  /** A comment may hold line breaks, as nft prints them. */
  private restOfComment(): void {
    const { lines, text } = this;
    const close = text.indexOf('"', lines.end);
    if (close < 0 || close - lines.end > MAX_COMMENT) return;
    while (lines.end <= close && lines.next());
  }

  private set({ draft, scope }: TableBody, { name, handle }: Head): void {
    const { lines } = this;
    const source = this.source;
    const attributes = new SetAttributes();
    let elements: readonly [start: number, end: number, line: number] = [0, 0, 0];
    let closed = false;
    while (lines.next()) {
      if (lines.isClosing) {
        closed = true;
        break;
      }
      const { start, end, number } = lines;
      if (lines.startsWith('elements = {')) elements = [start + 12, this.elementsEnd(), number];
      else this.attempt(() => attributes.parse(this.parser(start, end, number, scope)));
    }
    if (!closed) draft.cutOff = this.source;
    const declaration = attributes.declaration(name, handle);
    const [keys, values] = [typesNamed(declaration.type), valueTypesNamed(declaration.map)];
    const read = (from: number, to: number): Element => {
      const parser = this.ground.elementParser(from, to, { start: elements[0], line: elements[2] }, scope);
      const element = this.attempt(() => whole(parser, parser.element(keys, values)));
      const text = this.text.slice(from, to);
      const unread = { kind: 'unread', text, reason: 'the element could not be read' } as const;
      return element ?? { key: unread, ...(declaration.map && { value: unread }) };
    };
    const list = new TextElements(this.text, elements[0], elements[1], read);
    const set: NftSet = { kind: 'set', ...declaration, elements: list, source };
    draft.sets.set(name, set);
    draft.parts.push(set);
  }

  /** Elements reach to the line that ends with a brace; returns where that stands. */
  private elementsEnd(): number {
    const { lines, text } = this;
    do if (text.charCodeAt(lines.end - 1) === 125) return lines.end - 1;
    while (lines.next());
    return lines.end;
  }

  /** A flowtable or a stateful object. */
  private block({ draft, scope }: TableBody, line: string, handle: number | undefined): void {
    const { lines } = this;
    const name = nameOf(line);
    const start = lines.end;
    const first = lines.number;
    const word = line
      .slice(0, line.length - 2)
      .slice(0, -name.length)
      .trim();
    const kind = OBJECT_WORDS.find(known => known === word);
    if (!kind && word !== 'flowtable') this.wrong(`"${word}" is not known of a table`);
    while (lines.next() && !lines.isClosing);
    const end = lines.isClosing ? lines.start : lines.end;
    if (!lines.isClosing) draft.cutOff = this.source;
    const parser = this.parser(start, end, first, scope);
    const part = this.attempt(() => {
      if (word === 'flowtable') return parseFlowtable(parser, name, handle);
      return kind && parseObject(parser, kind, name, handle);
    });
    const read = part ?? { kind: 'unread', name, text: this.text.slice(start, end), reason: `${word}: not read` };
    draft.parts.push(read);
    if (read.kind === 'flowtable') draft.flowtables.set(name, read);
    else draft.objects.push(read);
  }
}

function whole<T>(parser: RuleParser, value: T): T {
  if (!parser.done) parser.fail('this is not known of an element');
  return value;
}

const notListed = (line: string): string =>
  /^(?:add|create|insert|delete|destroy|flush|replace) /.test(line)
    ? 'commands for nft are not read: nft list ruleset tells what they have made'
    : 'expected a table, as nft list ruleset prints it';

const isIptables = (draft: TableDraft): boolean => draft.managed || looksLikeIptables(draft);

function finished(draft: TableDraft): NftTable {
  const { managed: _, ...table } = draft;
  return { ...table, owner: isIptables(draft) ? 'iptables-nft' : 'nft' };
}

const unquoted = (name: string): string =>
  name.startsWith('"') && name.endsWith('"') && name.length > 1 ? name.slice(1, -1) : name;
/** The last word before the brace: `ct helper NAME {`. */
const nameOf = (line: string): string => unquoted(/(\S+|"[^"]*") \{$/.exec(line)?.[1] ?? '');

function tableFlags(line: string): NftTable['flags'] {
  const words = line.slice(6).split(/[ ,;]+/);
  return (['dormant', 'owner', 'persist'] as const).filter(flag => words.includes(flag));
}
