import type { Change, Effect } from '../model/effect.ts';
import type { Hook } from '../model/ruleset.ts';
import type { Truth } from '../model/truth.ts';
import type { World } from '../model/world.ts';
import type { Family } from '../net/address.ts';
import type { Packet } from '../net/packet.ts';
import type { Given } from './given.ts';
import { bindMatch, bindTarget, type XtStatement } from './statement.ts';

/** Which program's spelling: the two print a few extensions differently. */
export type Backend = 'legacy' | 'nft';

/** How an option is written. Arguments that look like options are still arguments. */
export interface OptionShape {
  /** Arguments that follow; `'optional'`: one, unless the next word is an option or `!`. */
  readonly args: 0 | 1 | 2 | 'optional';
  /** May carry `!`. */
  readonly invert?: true;
  /** May be given more than once. */
  readonly multi?: true;
  /** The option that this one is another spelling of. */
  readonly alias?: string;
}

/** What the rest of the rule tells an extension's parser and printer. */
export interface RuleContext {
  readonly family: Family;
  readonly backend: Backend;
  readonly table: string;
  readonly chain: string;
  /** The header's `-p`, 0 where there is none; `protocolInverted`: `! -p`. */
  readonly protocol: number;
  readonly protocolInverted: boolean;
  /** Of the chain, where it is a built-in one. */
  readonly hook: Hook | undefined;
  /** For a target: the rule's matches, in their order. */
  readonly matches?: readonly XtStatement[];
}

interface ExtensionBase<O> {
  /** As the kernel and the man page name it. */
  readonly name: string;
  readonly families: readonly Family[];
  /** Long options with their dashes, as the man page has them. */
  readonly options: Readonly<Record<string, OptionShape>>;
  /** The kernel takes it in these tables only. */
  readonly tables?: readonly string[];
  /** Of the built-in chains, the kernel takes it in those of these hooks only. */
  readonly hooks?: readonly Hook[];
  /** Typed options from the words of the rule. Throws OptionError for what iptables refuses. */
  parse(given: Given, context: RuleContext): O;
  /**
   * The options as iptables-save prints them, each with a leading blank; `''` where there are none. Undefined: that
   * backend prints nothing of the statement, not even `-m NAME`.
   */
  print(options: O, context: RuleContext): string | undefined;
  /** The name to print, where that is not `name` (`-j CT --notrack` for NOTRACK). */
  spelling?(options: O, context: RuleContext): string;
  /** A few words for a person. */
  describe(options: O): string;
}

export interface MatchExtension<O> extends ExtensionBase<O> {
  readonly kind: 'match';
  /** `-p NAME` without `-m` brings this match's options: the protocols for which that holds. */
  readonly implicitFor?: readonly number[];
  evaluate(options: O, packet: Packet, world: World): Truth;
  /** Whether it answers the same to every packet. */
  isConstant?(options: O): boolean;
  /** Whether evaluating it moves state; see Statement.waits. */
  stateful?(options: O): boolean;
  /** What evaluating it wrote; see Statement.changes. */
  changes?(options: O, packet: Packet, world: World): readonly Change[];
}

export interface TargetExtension<O> extends ExtensionBase<O> {
  readonly kind: 'target';
  apply(options: O, packet: Packet, world: World): Effect;
}

/** What iptables would refuse, in its words where they help. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** An extension whose options' type does not show: what the registry holds. */
export interface Extension {
  readonly kind: 'match' | 'target';
  readonly name: string;
  readonly families: readonly Family[];
  readonly options: Readonly<Record<string, OptionShape>>;
  readonly tables?: readonly string[];
  readonly hooks?: readonly Hook[];
  readonly implicitFor?: readonly number[];
  /** Parses and binds in one: the statement of a rule. Throws OptionError. */
  read(given: Given, context: RuleContext): XtStatement;
}

export function match<O>(extension: Omit<MatchExtension<O>, 'kind' | 'read'>): MatchExtension<O> & Extension {
  const whole: MatchExtension<O> & Extension = {
    kind: 'match',
    ...extension,
    read: (given, context) => bindMatch(whole, whole.parse(given, context)),
  };
  return whole;
}

export function target<O>(extension: Omit<TargetExtension<O>, 'kind' | 'read'>): TargetExtension<O> & Extension {
  const whole: TargetExtension<O> & Extension = {
    kind: 'target',
    ...extension,
    read: (given, context) => bindTarget(whole, whole.parse(given, context)),
  };
  return whole;
}
