import { type Masked, setXmark } from '../../net/mark.ts';
import { OptionError, target } from '../extension.ts';
import { integerOption, parseInteger } from '../numbers.ts';

/** Every spelling ends as (TOS AND NOT mask) XOR value (libxt_TOS.c, revision 1). */
export interface TosTargetOptions {
  readonly tos: Masked;
}

const ACTIONS = ['--set-tos', '--and-tos', '--or-tos', '--xor-tos'] as const;
/** A name leaves the two ECN bits of the octet's other end alone: mask 0x3f. */
const NAMES: ReadonlyMap<string, number> = new Map([
  ['minimize-delay', 0x10],
  ['maximize-throughput', 0x08],
  ['maximize-reliability', 0x04],
  ['minimize-cost', 0x02],
  ['normal-service', 0x00],
]);

/** `VALUE[/MASK]`, 0xff without a mask, or a name. Throws OptionError. */
export function parseTos(text: string): Masked {
  const slash = text.indexOf('/');
  const value = parseInteger(slash < 0 ? text : text.slice(0, slash), 0, 255);
  if (value === undefined) {
    const named = NAMES.get(text.toLowerCase());
    if (named === undefined) throw new OptionError(`Symbolic name "${text}" is unknown`);
    return { value: named, mask: 0x3f };
  }
  const mask = slash < 0 ? 0xff : parseInteger(text.slice(slash + 1), 0, 255);
  if (mask === undefined) throw new OptionError(`Illegal value: "${text}"`);
  return { value, mask };
}

export const hexOctet = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

export const TOS = target<TosTargetOptions>({
  name: 'TOS',
  families: ['ip', 'ip6'],
  options: Object.fromEntries(ACTIONS.map(name => [name, { args: 1 }])),
  tables: ['mangle'],
  parse(given) {
    given.exclusive(...ACTIONS);
    given.oneOf(...ACTIONS);
    const text = given.value('--set-tos');
    if (text !== undefined) return { tos: parseTos(text) };
    const action = ACTIONS.find(name => given.has(name)) ?? '--xor-tos';
    const bits = integerOption(given, action, 0, 255);
    if (action === '--and-tos') return { tos: { value: 0, mask: ~bits & 0xff } };
    return { tos: { value: bits, mask: action === '--or-tos' ? bits : 0 } };
  },
  print: ({ tos }) => ` --set-tos ${hexOctet(tos.value)}/${hexOctet(tos.mask)}`,
  describe: ({ tos: { value, mask } }) => `TOS ${hexOctet(value)}${mask === 0xff ? '' : `/${hexOctet(mask)}`}`,
  apply: ({ tos }, packet) => ({
    kind: 'changes',
    changes: [{ kind: 'set', field: 'tos', value: setXmark(packet.tos, tos) & 0xff }],
  }),
});
