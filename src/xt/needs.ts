import type { Hook } from '../model/ruleset.ts';
import { protocolName } from '../net/protocol.ts';
import { OptionError, type RuleContext } from './extension.ts';

/** The kernel refuses the extension in rules that do not say `-p PROTOCOL`. */
export function needsProtocol(context: RuleContext, name: string, protocol: number): void {
  if (context.protocol !== protocol || context.protocolInverted)
    throw new OptionError(`${name}: the rule must have -p ${protocolName(protocol) ?? protocol}`);
}

/** The kernel refuses the extension in the other built-in chains. */
export function needsHook(context: RuleContext, what: string, hooks: readonly Hook[]): void {
  if (context.hook && !hooks.includes(context.hook))
    throw new OptionError(`${what}: not possible in ${context.chain}, only in ${hooks.join(', ')}`);
}
