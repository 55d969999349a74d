import type { Counters, Hook } from '../model/ruleset.ts';
import type { Family } from '../net/address.ts';
import { type Backend, type Extension, OptionError, type OptionShape, type RuleContext } from './extension.ts';
import { Given, type GivenOption } from './given.ts';
import { type Header, headerStatement } from './header.ts';
import {
  abbreviatedHeaderOption,
  HEADER_OPTIONS,
  HeaderReader,
  headerOption,
  joinedShortOption,
} from './header-reader.ts';
import { findMatch, findTarget, implicitMatch } from './registry.ts';
import { jumpStatement, unreadRule, unreadStatement, type XtStatement } from './statement.ts';
import type { Word } from './words.ts';

/** Where a rule stands; what a parser must know beside its words. */
export interface RulePlace {
  readonly family: Family;
  readonly backend: Backend;
  readonly table: string;
  readonly chain: string;
  readonly hook: Hook | undefined;
  /** Tells a jump to a user chain from a target that nobody knows. */
  isChain(name: string): boolean;
}

export interface ParsedRule {
  readonly statements: readonly XtStatement[];
  readonly context: RuleContext;
  /** Those of `-c`. */
  readonly counters: Counters | undefined;
  /** What iptables would refuse or this version cannot read; the words in question are kept as text. */
  readonly problems: readonly string[];
  /** What each statement was made of; empty where the rule could not be taken apart. */
  readonly parts: readonly RulePart[];
}

/** The words that became one statement. */
export type RulePart =
  | { readonly kind: 'header'; readonly header: Header }
  | {
      readonly kind: 'extension';
      readonly name: string;
      readonly extension: Extension | undefined;
      readonly options: readonly GivenOption[];
      readonly context: RuleContext;
    }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

/** An extension named in the rule, with the options found for it so far. */
interface Instance {
  readonly kind: 'match' | 'target';
  readonly name: string;
  readonly extension: Extension | undefined;
  readonly options: GivenOption[];
  /** Offsets into the line: what stands between is kept where the options cannot be read. */
  readonly start: number;
  end: number;
}

interface Owned {
  readonly instance: Instance;
  readonly option: string;
  readonly shape: OptionShape;
}

/**
 * Reads the words after `-A CHAIN`. Never throws: an extension that cannot be read becomes an unread statement, a rule
 * whose words cannot be told apart becomes one whole, and both a problem.
 */
export function parseRule(line: string, words: readonly Word[], place: RulePlace): ParsedRule {
  const parser = new RuleParser(line, words, place);
  try {
    return parser.run();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const text = line.slice(words[0]?.start ?? line.length).trimEnd();
    return {
      statements: [unreadRule(text, error.message)],
      context: parser.context(),
      counters: undefined,
      problems: [error.message],
      parts: [],
    };
  }
}

class RuleParser {
  private readonly line: string;
  private readonly words: readonly Word[];
  private readonly place: RulePlace;
  private readonly reader: HeaderReader;
  private readonly instances: Instance[] = [];
  private readonly parts: RulePart[] = [];
  private jump: { readonly kind: 'jump' | 'goto'; readonly chain: string } | undefined;
  private readonly problems: string[] = [];
  private at = 0;

  constructor(line: string, words: readonly Word[], place: RulePlace) {
    this.line = line;
    this.words = words;
    this.place = place;
    this.reader = new HeaderReader(place);
  }

  context(): RuleContext {
    const { family, backend, table, chain, hook } = this.place;
    const { protocol, protocolInverted } = this.reader;
    return { family, backend, table, chain, hook, protocol, protocolInverted };
  }

  run(): ParsedRule {
    while (this.at < this.words.length) this.option();
    const context = this.context();
    const { header, counters } = this.reader;
    const statements: XtStatement[] = Object.keys(header).length > 0 ? [headerStatement(header)] : [];
    if (statements.length > 0) this.parts.push({ kind: 'header', header });
    const matches = this.matches().map(instance => this.read(instance, context));
    statements.push(...matches);
    for (const instance of this.instances)
      if (instance.kind === 'target') statements.push(this.read(instance, { ...context, matches }));
    if (this.jump) {
      statements.push(jumpStatement(this.jump.kind, this.jump.chain));
      this.parts.push(this.jump);
    }
    return { statements, context, counters, problems: this.problems, parts: this.parts };
  }

  /** nf_tables has one match for all `-m tcp` of a rule, and one for all `-m udp`. */
  private matches(): readonly Instance[] {
    const matches: Instance[] = [];
    for (const instance of this.instances) {
      if (instance.kind !== 'match') continue;
      const { name, options } = instance;
      const first =
        this.place.backend === 'nft' && (name === 'tcp' || name === 'udp')
          ? matches.find(m => m.name === name && !m.options.some(a => options.some(b => a.name === b.name)))
          : undefined;
      if (first) first.options.push(...options);
      else matches.push(instance);
    }
    return matches;
  }

  private option(): void {
    const inverted = this.isBang();
    if (inverted) this.at++;
    if (inverted && this.isBang()) throw new OptionError('multiple consecutive ! not allowed');
    const word = this.words[this.at++];
    if (word === undefined) throw new OptionError('the rule ends after `!`');
    const [name, joined] = splitJoined(word.text);
    const owner = headerOption(name) === undefined ? this.owner(name) : undefined;
    const short = owner ? undefined : (headerOption(name) ?? abbreviatedHeaderOption(name));
    const shape = owner?.shape ?? HEADER_OPTIONS.get(short ?? '');
    if (!shape)
      throw new OptionError(
        word.text.startsWith('-') ? `unknown option "${word.text}"` : `Bad argument \`${word.text}'`,
      );
    if (inverted && !shape.invert) throw new OptionError(`unexpected ! flag before ${name}`);
    const args = this.args(shape, name, joined);
    if (short === '-c') args.push(...this.secondCounter(args[0] ?? ''));
    const end = this.words[this.at - 1]?.end ?? word.end;
    if (owner) {
      owner.instance.options.push({ name: owner.option, inverted, args });
      owner.instance.end = end;
    } else if (short === '-m') this.open('match', args[0] ?? '', end);
    else if (short === '-j' || short === '-g') this.target(short, args[0] ?? '', end);
    else this.reader.take(short ?? '', args, inverted);
  }

  private isBang(): boolean {
    const word = this.words[this.at];
    return word?.text === '!' && !word.quoted;
  }

  private secondCounter(first: string): string[] {
    const next = this.words[this.at];
    if (first.includes(',') || !next || next.text.startsWith('-') || next.text === '!') return [];
    this.at++;
    return [next.text];
  }

  private args(shape: OptionShape, name: string, joined: string | undefined): string[] {
    const args: string[] = joined === undefined ? [] : [joined];
    if (shape.args === 'optional') {
      const next = this.words[this.at];
      if (args.length === 0 && next && (next.quoted || !/^(!$|-)/.test(next.text))) {
        args.push(next.text);
        this.at++;
      }
      return args;
    }
    if (joined !== undefined && shape.args === 0) throw new OptionError(`option "${name}" takes no argument`);
    for (; args.length < shape.args; this.at++) {
      const next = this.words[this.at];
      if (!next) throw new OptionError(`option "${name}" requires an argument`);
      args.push(next.text);
    }
    return args;
  }

  private target(short: '-j' | '-g', name: string, end: number): void {
    if (this.jump || this.instances.some(i => i.kind === 'target'))
      throw new OptionError(`multiple ${short} flags not allowed`);
    if (name === '') throw new OptionError('Invalid target name (too short)');
    if (short === '-g') {
      if (!this.place.isChain(name)) this.problems.push(`goto \`${name}' is not a chain`);
      this.jump = { kind: 'goto', chain: name };
    } else if (this.place.isChain(name)) this.jump = { kind: 'jump', chain: name };
    else this.open('target', name, end);
  }

  /** Of an extension that nobody here knows, all words up to the next `-m`, `-j` or `-g` are its own. */
  private open(kind: Instance['kind'], name: string, end: number): void {
    const extension = (kind === 'match' ? findMatch : findTarget)(this.place.family, name);
    const instance: Instance = { kind, name, extension, options: [], start: end, end };
    this.instances.push(instance);
    if (extension) return;
    this.problems.push(`${kind} \`${name}' is not known to chainwalk`);
    for (let word = this.words[this.at]; word && !startsStatement(word); word = this.words[this.at]) {
      instance.end = word.end;
      this.at++;
    }
  }

  /**
   * The newest instance that has the option under its whole name, else the only one that has it by a prefix (so
   * `-m multiport --dport` is --dports), else the protocol's own match.
   */
  private owner(name: string): Owned | undefined {
    if (!name.startsWith('-') || name.length < 2) return undefined;
    for (let i = this.instances.length - 1; i >= 0; i--) {
      const instance = this.instances[i];
      const shape = instance?.extension?.options[name];
      if (instance && shape) return { instance, option: shape.alias ?? name, shape };
    }
    return this.abbreviated(name, this.instances) ?? this.implicit(name);
  }

  private implicit(name: string): Owned | undefined {
    const { protocol, protocolInverted } = this.reader;
    if (protocol === 0 || protocolInverted) return undefined;
    const extension = implicitMatch(this.place.family, protocol);
    if (!extension || this.instances.some(i => i.extension === extension)) return undefined;
    const instance: Instance = { kind: 'match', name: extension.name, extension, options: [], start: 0, end: 0 };
    const owned = this.abbreviated(name, [instance]);
    if (owned) this.instances.push(instance);
    return owned;
  }

  private abbreviated(name: string, instances: readonly Instance[]): Owned | undefined {
    const candidates = instances.flatMap(instance =>
      Object.entries(instance.extension?.options ?? {})
        .filter(([option]) => option === name || option.startsWith(name))
        .map(([option, shape]) => ({ instance, option: shape.alias ?? option, shape, exact: option === name })),
    );
    const exact = candidates.filter(c => c.exact);
    const found = exact.length > 0 ? exact : candidates;
    return new Set(found.map(c => c.option)).size === 1 ? found[found.length - 1] : undefined;
  }

  private read(instance: Instance, context: RuleContext): XtStatement {
    const { kind, name, extension, options } = instance;
    const text = this.line.slice(instance.start, instance.end).trim();
    this.parts.push({ kind: 'extension', name, extension, options, context });
    if (!extension) return unreadStatement(kind, name, text, `chainwalk does not know this ${kind}`);
    try {
      checkPlace(extension, context);
      return extension.read(new Given(extension.name, options, extension.options), context);
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      this.problems.push(error.message);
      return unreadStatement(kind, name, text, error.message);
    }
  }
}

/** The kernel refuses some extensions outside certain tables and hooks; of a user's chain nobody knows the hooks. */
function checkPlace({ name, tables, hooks }: Extension, { table, chain, hook }: RuleContext): void {
  if (tables && !tables.includes(table)) throw new OptionError(`${name}: only valid in the table ${tables.join(', ')}`);
  if (hooks && hook && !hooks.includes(hook)) throw new OptionError(`${name}: not possible in ${chain}`);
}

function startsStatement(word: Word): boolean {
  return !word.quoted && ['-m', '-j', '-g'].includes(headerOption(word.text) ?? word.text);
}

/** `--name=value` and `-nvalue` carry their argument in the same word. */
function splitJoined(text: string): readonly [string, string | undefined] {
  if (!text.startsWith('--')) return joinedShortOption(text) ?? [text, undefined];
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
