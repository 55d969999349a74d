import { parseProtocol } from '../net/protocol.ts';
import { OptionError } from './extension.ts';
import type { Given } from './given.ts';
import { parseInteger } from './numbers.ts';

/** The option's argument as a protocol: a number, also hexadecimal, or a name. Throws OptionError. */
export function parseProtocolOption(given: Given, name: string): number {
  const text = given.required(name);
  const protocol = parseInteger(text, 0, 255) ?? parseProtocol(text);
  if (protocol === undefined) throw new OptionError(`unknown protocol "${text}" specified`);
  return protocol;
}
