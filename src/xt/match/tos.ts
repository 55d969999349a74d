import type { Masked } from '../../net/mark.ts';
import { match, OptionError } from '../extension.ts';
import { parseInteger } from '../numbers.ts';

export interface TosOptions {
  readonly tos: Masked;
  readonly inverted: boolean;
}

const NAMES = new Map([
  ['minimize-delay', 0x10],
  ['maximize-throughput', 0x08],
  ['maximize-reliability', 0x04],
  ['minimize-cost', 0x02],
  ['normal-service', 0x00],
]);
const NAME_MASK = 0x3f;

/** `VALUE[/MASK]` or one of the five names of RFC 1349. Throws OptionError. */
export function parseTos(text: string, maskOfNames = NAME_MASK): Masked {
  const named = NAMES.get(text.toLowerCase());
  if (named !== undefined) return { value: named, mask: maskOfNames };
  const slash = text.indexOf('/');
  const value = parseInteger(slash < 0 ? text : text.slice(0, slash), 0, 255);
  const mask = slash < 0 ? 255 : parseInteger(text.slice(slash + 1), 0, 255);
  if (value === undefined) throw new OptionError(`Symbolic name "${text}" is unknown`);
  if (mask === undefined) throw new OptionError(`Illegal value: "${text}"`);
  return { value, mask };
}

const octet = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

export const printTos = ({ value, mask }: Masked): string => `${octet(value)}/${octet(mask)}`;

export const tos = match<TosOptions>({
  name: 'tos',
  families: ['ip', 'ip6'],
  options: { '--tos': { args: 1, invert: true } },
  parse: given => ({ tos: parseTos(given.required('--tos')), inverted: given.inverted('--tos') }),
  print: ({ tos, inverted }) => `${inverted ? ' !' : ''} --tos ${printTos(tos)}`,
  describe: ({ tos, inverted }) => `${inverted ? 'not ' : ''}TOS ${printTos(tos)}`,
  evaluate: ({ tos, inverted }, packet) => ((packet.tos & tos.mask) === tos.value) !== inverted,
});
