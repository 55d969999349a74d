import type { Hook } from '../model/ruleset.ts';
import { protocolName } from '../net/protocol.ts';
import { OptionError, type RuleContext } from './extension.ts';

/** Throws where the kernel refuses the extension in this built-in chain; of a user's chain nobody knows the hooks. */
export function requireHook(extension: string, context: RuleContext, hooks: readonly Hook[]): void {
  if (context.hook && !hooks.includes(context.hook))
    throw new OptionError(`${extension}: the kernel refuses it in ${context.chain}`);
}

/** Throws unless the rule has `-p PROTOCOL`, without `!`. */
export function requireProtocol(extension: string, context: RuleContext, protocol: number): void {
  if (context.protocol !== protocol || context.protocolInverted)
    throw new OptionError(`${extension}: needs \`-p ${protocolName(protocol) ?? protocol}'`);
}
