import type { Change, Effect } from '../model/effect.ts';
import type { Statement } from '../model/ruleset.ts';
import { type Truth, unknown } from '../model/truth.ts';
import type { World } from '../model/world.ts';
import type { Packet } from '../net/packet.ts';
import type { MatchExtension, RuleContext, TargetExtension } from './extension.ts';

/** A statement of an iptables rule: it can print itself from its typed options. */
export interface XtStatement extends Statement {
  readonly kind: 'match' | 'target';
  /** With a leading blank: ` -m tcp --dport 80`; empty where the backend prints nothing of it. */
  print(context: RuleContext): string;
  /** The typed options, for tests and JSON. */
  readonly options: unknown;
}

function printed<O>(
  flag: '-m' | '-j',
  extension: MatchExtension<O> | TargetExtension<O>,
  options: O,
  context: RuleContext,
): string {
  const text = extension.print(options, context);
  return text === undefined ? '' : ` ${flag} ${extension.spelling?.(options, context) ?? extension.name}${text}`;
}

class BoundMatch<O> implements XtStatement {
  readonly kind = 'match';
  readonly name: string;
  readonly options: O;
  readonly extension: MatchExtension<O>;

  constructor(extension: MatchExtension<O>, options: O) {
    this.name = extension.name;
    this.options = options;
    this.extension = extension;
  }

  evaluate(packet: Packet, world: World): Truth {
    return this.extension.evaluate(this.options, packet, world);
  }

  describe(): string {
    return this.extension.describe(this.options);
  }

  print(context: RuleContext): string {
    return printed('-m', this.extension, this.options, context);
  }
}

/** A match whose evaluation moves state. */
class StatefulMatch<O> extends BoundMatch<O> {
  readonly waits = true;
}

/** A match that writes when it is evaluated. */
class WritingMatch<O> extends StatefulMatch<O> {
  changes(packet: Packet, world: World): readonly Change[] {
    return this.extension.changes?.(this.options, packet, world) ?? [];
  }
}

class BoundTarget<O> implements XtStatement {
  readonly kind = 'target';
  readonly name: string;
  readonly options: O;
  readonly extension: TargetExtension<O>;

  constructor(extension: TargetExtension<O>, options: O) {
    this.name = extension.name;
    this.options = options;
    this.extension = extension;
  }

  evaluate(packet: Packet, world: World): Effect {
    return this.extension.apply(this.options, packet, world);
  }

  describe(): string {
    return this.extension.describe(this.options);
  }

  print(context: RuleContext): string {
    return printed('-j', this.extension, this.options, context);
  }
}

export function bindMatch<O>(extension: MatchExtension<O>, options: O): XtStatement {
  if (extension.changes) return new WritingMatch(extension, options);
  return extension.stateful?.(options) ? new StatefulMatch(extension, options) : new BoundMatch(extension, options);
}

export const bindTarget = <O>(extension: TargetExtension<O>, options: O): XtStatement =>
  new BoundTarget(extension, options);

/** evaluate() as a function of its own, which need not find out each time of which extension the statement is. */
export function evaluatorOf(statement: XtStatement): Statement['evaluate'] {
  if (statement instanceof BoundMatch) {
    const { options, extension } = statement;
    const { evaluate } = extension;
    if (!extension.isConstant?.(options)) return (packet, world) => evaluate(options, packet, world);
    let answer: Truth | undefined;
    return (packet, world) => {
      answer ??= evaluate(options, packet, world);
      return answer;
    };
  }
  if (statement instanceof BoundTarget) {
    const { options, extension } = statement;
    const { apply } = extension;
    return (packet, world) => apply(options, packet, world);
  }
  return (packet, world) => statement.evaluate(packet, world);
}

/** The typed options of a statement of that extension; undefined: it is of another one. */
export const optionsOf = <O>(statement: Statement, extension: MatchExtension<O> | TargetExtension<O>): O | undefined =>
  (statement instanceof BoundMatch || statement instanceof BoundTarget) && statement.extension === extension
    ? statement.options
    : undefined;

/** An extension that nobody here knows, or whose options could not be read: its words stay as they were written. */
export function unreadStatement(kind: 'match' | 'target', name: string, text: string, reason: string): XtStatement {
  const why = unknown(`${name}: ${reason}`);
  return {
    kind,
    name,
    options: { text, reason },
    evaluate: (): Truth | Effect => (kind === 'match' ? why : { kind: 'undecided', why }),
    describe: () => `${name} (not understood)`,
    print: () => ` ${kind === 'match' ? '-m' : '-j'} ${name}${text === '' ? '' : ` ${text}`}`,
  };
}

/** A whole rule that could not be taken apart; whether it matches and what it does is not known. */
export function unreadRule(text: string, reason: string): XtStatement {
  const why = unknown(`rule not understood: ${reason}`);
  return {
    kind: 'target',
    name: 'unread',
    options: { text, reason },
    evaluate: () => ({ kind: 'undecided', why }),
    describe: () => 'rule not understood',
    print: () => (text === '' ? '' : ` ${text}`),
  };
}

class Jump implements XtStatement {
  readonly kind = 'target';
  readonly waits = true;
  readonly name: 'jump' | 'goto';
  readonly options: { readonly kind: 'jump' | 'goto'; readonly chain: string };

  constructor(kind: 'jump' | 'goto', chain: string) {
    this.name = kind;
    this.options = { kind, chain };
  }

  evaluate(): Effect {
    return this.options;
  }

  describe(): string {
    return `${this.name} ${this.options.chain}`;
  }

  print(): string {
    return ` ${this.name === 'jump' ? '-j' : '-g'} ${this.options.chain}`;
  }
}

export const jumpStatement = (kind: 'jump' | 'goto', chain: string): XtStatement => new Jump(kind, chain);

/** The chain that a statement jumps or goes to; undefined: it is no jump. */
export const jumpOf = (statement: Statement): string | undefined =>
  statement instanceof Jump ? statement.options.chain : undefined;
