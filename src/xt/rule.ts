import type { Hook } from '../model/ruleset.ts';
import type { Family } from '../net/address.ts';
import { networkOf, parsePrefix } from '../net/prefix.ts';
import { parseProtocol } from '../net/protocol.ts';
import { type Backend, type Extension, OptionError, type OptionShape, type RuleContext } from './extension.ts';
import { Given, type GivenOption } from './given.ts';
import { type Header, headerStatement } from './header.ts';
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
  /** What iptables would refuse or this version cannot read; the words in question are kept as text. */
  readonly problems: readonly string[];
}

const HEADER: Readonly<Record<string, OptionShape & { readonly long: string }>> = {
  '-s': { args: 1, invert: true, long: '--source' },
  '-d': { args: 1, invert: true, long: '--destination' },
  '-i': { args: 1, invert: true, long: '--in-interface' },
  '-o': { args: 1, invert: true, long: '--out-interface' },
  '-p': { args: 1, invert: true, long: '--protocol' },
  '-f': { args: 0, invert: true, long: '--fragment' },
  '-m': { args: 1, long: '--match' },
  '-j': { args: 1, long: '--jump' },
  '-g': { args: 1, long: '--goto' },
};
const LONG = new Map([
  ...Object.entries(HEADER).map(([short, { long }]) => [long, short] as const),
  ['--src', '-s'],
  ['--dst', '-d'],
  ['--proto', '-p'],
]);

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
    return { statements: [unreadRule(text, error.message)], context: parser.context(), problems: [error.message] };
  }
}

class RuleParser {
  private readonly line: string;
  private readonly words: readonly Word[];
  private readonly place: RulePlace;
  private readonly header: { -readonly [K in keyof Header]: Header[K] } = {};
  private protocol = 0;
  private protocolInverted = false;
  private readonly instances: Instance[] = [];
  private jump: XtStatement | undefined;
  private readonly problems: string[] = [];
  private at = 0;

  constructor(line: string, words: readonly Word[], place: RulePlace) {
    this.line = line;
    this.words = words;
    this.place = place;
  }

  context(): RuleContext {
    const { family, backend, table, chain, hook } = this.place;
    const { protocol, protocolInverted } = this;
    return { family, backend, table, chain, hook, protocol, protocolInverted };
  }

  run(): ParsedRule {
    while (this.at < this.words.length) this.option();
    const context = this.context();
    const statements: XtStatement[] = Object.keys(this.header).length > 0 ? [headerStatement(this.header)] : [];
    for (const kind of ['match', 'target'] as const)
      for (const instance of this.instances) if (instance.kind === kind) statements.push(this.read(instance, context));
    if (this.jump) statements.push(this.jump);
    return { statements, context, problems: this.problems };
  }

  private option(): void {
    const inverted = this.words[this.at]?.text === '!' && !this.words[this.at]?.quoted;
    if (inverted) this.at++;
    const word = this.words[this.at++];
    if (word === undefined) throw new OptionError('the rule ends after `!`');
    const [name, joined] = splitJoined(word.text);
    const short = HEADER[name] ? name : LONG.get(name);
    const header = short === undefined ? undefined : HEADER[short];
    const owner = header ? undefined : this.owner(name);
    const shape = header ?? owner?.shape;
    if (!shape)
      throw new OptionError(
        word.text.startsWith('-') ? `unknown option "${word.text}"` : `Bad argument \`${word.text}'`,
      );
    if (inverted && !shape.invert) throw new OptionError(`unexpected ! flag before ${name}`);
    const args = this.args(shape, name, joined);
    const end = this.words[this.at - 1]?.end ?? word.end;
    if (owner) {
      owner.instance.options.push({ name: owner.option, inverted, args });
      owner.instance.end = end;
    } else this.headerOption(short ?? '', args[0] ?? '', inverted, end);
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

  private headerOption(short: string, value: string, inverted: boolean, end: number): void {
    const { header } = this;
    if (short === '-s' || short === '-d') {
      const prefix = parsePrefix(value);
      if (!prefix || prefix.family !== this.place.family)
        throw new OptionError(`host/network \`${value}' not understood`);
      this.once(short, short === '-s' ? header.source : header.destination);
      header[short === '-s' ? 'source' : 'destination'] = { value: networkOf(prefix), inverted };
    } else if (short === '-i' || short === '-o') {
      if (value.length > 15) throw new OptionError(`interface name \`${value}' must be shorter than IFNAMSIZ (15)`);
      this.once(short, short === '-i' ? header.iif : header.oif);
      header[short === '-i' ? 'iif' : 'oif'] = { value, inverted };
    } else if (short === '-p') {
      const protocol = parseProtocol(value);
      if (protocol === undefined) throw new OptionError(`unknown protocol "${value}" specified`);
      if (protocol === 0 && inverted) throw new OptionError('rule would never match protocol');
      this.once(short, header.protocol);
      this.protocol = protocol;
      this.protocolInverted = inverted;
      if (protocol !== 0) header.protocol = { value: protocol, inverted };
    } else if (short === '-f') {
      header.fragment = { inverted };
    } else if (short === '-m') {
      this.open('match', value, end);
    } else {
      if (this.jump || this.instances.some(i => i.kind === 'target'))
        throw new OptionError(`multiple ${short} flags not allowed`);
      if (short === '-g') this.jump = jumpStatement('goto', value);
      else if (this.place.isChain(value)) this.jump = jumpStatement('jump', value);
      else this.open('target', value, end);
    }
  }

  private once(short: string, present: unknown): void {
    if (present !== undefined) throw new OptionError(`multiple ${short} flags not allowed`);
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

  /** The newest instance that has the option under its whole name, else the only one that has it by a prefix. */
  private owner(name: string): Owned | undefined {
    if (!name.startsWith('-') || name.length < 2) return undefined;
    for (let i = this.instances.length - 1; i >= 0; i--) {
      const instance = this.instances[i];
      const shape = instance?.extension?.options[name];
      if (instance && shape) return { instance, option: shape.alias ?? name, shape };
    }
    return this.implicit(name) ?? this.abbreviated(name, this.instances);
  }

  private implicit(name: string): Owned | undefined {
    if (this.protocol === 0 || this.protocolInverted) return undefined;
    const extension = implicitMatch(this.place.family, this.protocol);
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
    if (!extension) return unreadStatement(kind, name, text, `chainwalk does not know this ${kind}`);
    try {
      return extension.read(new Given(extension.name, options, extension.options), context);
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      this.problems.push(error.message);
      return unreadStatement(kind, name, text, error.message);
    }
  }
}

function startsStatement(word: Word): boolean {
  return !word.quoted && ['-m', '-j', '-g'].includes(LONG.get(word.text) ?? word.text);
}

/** `--name=value` carries its argument in the same word. */
function splitJoined(text: string): [string, string | undefined] {
  if (!text.startsWith('--')) return [text, undefined];
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
