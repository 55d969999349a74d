import type { Change, Effect } from '../model/effect.ts';
import type { Statement } from '../model/ruleset.ts';
import { type Truth, unknown } from '../model/truth.ts';
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

export function bindMatch<O>(extension: MatchExtension<O>, options: O): XtStatement {
  const { changes } = extension;
  return {
    ...(changes && { changes: (packet, world): readonly Change[] => changes(options, packet, world) }),
    kind: 'match',
    name: extension.name,
    options,
    evaluate: (packet, world): Truth => extension.evaluate(options, packet, world),
    describe: () => extension.describe(options),
    print: context => printed('-m', extension, options, context),
  };
}

export function bindTarget<O>(extension: TargetExtension<O>, options: O): XtStatement {
  return {
    kind: 'target',
    name: extension.name,
    options,
    evaluate: (packet, world): Effect => extension.apply(options, packet, world),
    describe: () => extension.describe(options),
    print: context => printed('-j', extension, options, context),
  };
}

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

export function jumpStatement(kind: 'jump' | 'goto', chain: string): XtStatement {
  return {
    kind: 'target',
    name: kind,
    options: { chain },
    evaluate: () => ({ kind, chain }),
    describe: () => `${kind} ${chain}`,
    print: () => ` ${kind === 'jump' ? '-j' : '-g'} ${chain}`,
  };
}
