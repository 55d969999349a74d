import { invertIf, type Truth, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { integerOption } from '../numbers.ts';

export type StatisticOptions =
  /** `probability` as the kernel keeps it, in units of 2^-31. */
  | { readonly mode: 'random'; readonly probability: number; readonly inverted: boolean }
  | { readonly mode: 'nth'; readonly every: number; readonly packet: number; readonly inverted: boolean };

const ONE = 0x80000000;
const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** strtod's numbers; of its hexadecimal ones those without an exponent. */
function parseDouble(text: string): number {
  if (DECIMAL.test(text)) return Number(text);
  const [, whole = '', fraction = ''] = /^\s*\+?0[xX]([0-9a-fA-F]{1,8})(?:\.([0-9a-fA-F]{0,12}))?$/.exec(text) ?? [];
  if (whole !== '') return Number.parseInt(whole + fraction, 16) / 16 ** fraction.length;
  return /^\s*[+-]?nan$/i.test(text) ? 0 : Number.NaN;
}

function parseProbability(given: Given): number {
  const text = given.value('--probability');
  if (text === undefined) throw new OptionError('--probability must be specified when using random mode');
  const value = parseDouble(text);
  if (!(value >= 0 && value <= 1))
    throw new OptionError('statistic: bad value for option "--probability", or out of range (0-1).');
  return Math.round(value * ONE);
}

/** The kernel counts the packets that reached the rule; a fresh count lets packet number P of N match (xt_statistic.c). */
function nth(options: StatisticOptions & { readonly mode: 'nth' }, world: World): Truth {
  if (options.every === 1) return true;
  const last = options.every - 1;
  const state = world.state(options, () => ({ count: last - options.packet }));
  if (!state)
    return unknown(`how many packets statistic has counted of every ${options.every}`, 'the kernel does not tell it');
  state.count = state.count === last ? 0 : state.count + 1;
  return state.count === 0;
}

export const statistic = match<StatisticOptions>({
  name: 'statistic',
  families: ['ip', 'ip6'],
  options: {
    '--mode': { args: 1 },
    '--probability': { args: 1, invert: true },
    '--every': { args: 1, invert: true },
    '--packet': { args: 1 },
  },
  parse(given) {
    const mode = given.required('--mode');
    if (mode !== 'random' && mode !== 'nth') throw new OptionError(`Bad mode "${mode}"`);
    given.exclusive('--probability', '--every');
    given.exclusive('--probability', '--packet');
    if (mode === 'random')
      return { mode, probability: parseProbability(given), inverted: given.inverted('--probability') };
    const every = integerOption(given, '--every', 1);
    const packet = integerOption(given, '--packet');
    if (packet >= every) throw new OptionError('the --packet p must be 0 <= p <= n-1');
    return { mode, every, packet, inverted: given.inverted('--every') };
  },
  print(options) {
    const bang = options.inverted ? ' !' : '';
    if (options.mode === 'nth') return ` --mode nth${bang} --every ${options.every} --packet ${options.packet}`;
    return ` --mode random${bang} --probability ${(options.probability / ONE).toFixed(11)}`;
  },
  describe(options) {
    if (options.mode === 'nth')
      return `${options.inverted ? 'not ' : ''}packet ${options.packet} of every ${options.every}`;
    const chance = options.probability / ONE;
    return `with probability ${Number((options.inverted ? 1 - chance : chance).toFixed(5))}`;
  },
  isConstant: ({ mode }) => mode === 'random',
  stateful: ({ mode }) => mode === 'nth',
  evaluate(options, _packet, world) {
    if (options.mode === 'nth') return invertIf(options.inverted, nth(options, world));
    const { probability, inverted } = options;
    if (probability === 0 || probability === ONE) return (probability === ONE) !== inverted;
    return invertIf(inverted, { kind: 'chance', probability: probability / ONE });
  },
});
