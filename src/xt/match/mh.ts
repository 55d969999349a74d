import { unknown } from '../../model/truth.ts';
import { match, OptionError, type RuleContext } from '../extension.ts';
import type { Given } from '../given.ts';
import { parseInteger } from '../numbers.ts';
import { requireProtocol } from '../require.ts';

export interface MhOptions {
  readonly min: number;
  readonly max: number;
  readonly inverted: boolean;
}

const MOBILITY = 135;
const NAMES: readonly (readonly [string, number])[] = [
  ['binding-refresh-request', 0],
  ['brr', 0],
  ['home-test-init', 1],
  ['hoti', 1],
  ['careof-test-init', 2],
  ['coti', 2],
  ['home-test', 3],
  ['hot', 3],
  ['careof-test', 4],
  ['cot', 4],
  ['binding-update', 5],
  ['bu', 5],
  ['binding-acknowledgement', 6],
  ['ba', 6],
  ['binding-error', 7],
  ['be', 7],
];

/** The whole name, else the first that begins so, else a number (libip6t_mh.c name_to_type). */
function parseType(text: string): number {
  const wanted = text.toLowerCase();
  const named = NAMES.find(([name]) => name === wanted) ?? NAMES.find(([name]) => name.startsWith(wanted));
  const type = named?.[1] ?? parseInteger(text, 0, 255);
  if (type === undefined) throw new OptionError(`Invalid MH type \`${text}'`);
  return type;
}

function parse(given: Given, context: RuleContext): MhOptions {
  requireProtocol('mh', context, MOBILITY);
  const text = given.value('--mh-type');
  if (text === undefined) return { min: 0, max: 255, inverted: false };
  const at = text.indexOf(':');
  const min = at === 0 ? 0 : parseType(at < 0 ? text : text.slice(0, at));
  const max = at < 0 ? min : at === text.length - 1 ? 255 : parseType(text.slice(at + 1));
  if (min > max) throw new OptionError('Invalid MH type range (min > max)');
  return { min, max, inverted: given.inverted('--mh-type') };
}

const isAll = ({ min, max }: MhOptions): boolean => min === 0 && max === 255;
const format = ({ min, max }: MhOptions): string => (min === max ? `${min}` : `${min}:${max}`);

/** Mobile IPv6's own messages. */
export const mh = match<MhOptions>({
  name: 'mh',
  families: ['ip6'],
  implicitFor: [MOBILITY],
  options: { '--mh-type': { args: 1, invert: true } },
  parse,
  print: options => (isAll(options) ? '' : `${options.inverted ? ' !' : ''} --mh-type ${format(options)}`),
  describe: options => (isAll(options) ? 'mobility' : `${options.inverted ? 'not ' : ''}mobility ${format(options)}`),
  evaluate(options, packet) {
    if (packet.protocol !== MOBILITY || packet.fragment === 'later') return false;
    return isAll(options) ? !options.inverted : unknown('the mobility header of the packet is not known');
  },
});
