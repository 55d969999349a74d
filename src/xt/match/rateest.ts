import { unknown } from '../../model/truth.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { parseInteger } from '../numbers.ts';

/** Of bytes or packets per second: of the first estimator (or its delta), and of the second or the rate to compare. */
interface Rates {
  readonly first: number;
  readonly second: number;
}

export interface RateestOptions {
  readonly estimator: string;
  /** The other estimator, where two are compared. */
  readonly other?: string;
  readonly delta: boolean;
  readonly test: 'lt' | 'gt' | 'eq';
  readonly inverted: boolean;
  readonly bps?: Rates;
  readonly pps?: Rates;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['bit', 1],
  ['bps', 8],
  ...['k', 'm', 'g', 't'].flatMap((letter, i): [string, number][] => [
    [`${letter}bit`, 1000 ** (i + 1)],
    [`${letter}ibit`, 1024 ** (i + 1)],
    [`${letter}bps`, 8 * 1000 ** (i + 1)],
    [`${letter}ibps`, 8 * 1024 ** (i + 1)],
  ]),
]);

/** Bytes per second in 32 bits: what is more wraps around, as it does in iptables. */
function parseRate(text: string): number {
  const [, number, unit = ''] = /^((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)([a-zA-Z]*)$/.exec(text) ?? [];
  const scale = UNITS.get(unit.toLowerCase());
  if (number === undefined || scale === undefined) throw new OptionError(`rateest: could not parse rate \`${text}'`);
  const bytes = Math.trunc((Number(number) * scale) / 8);
  return Number.isSafeInteger(bytes) ? bytes % 2 ** 32 : 0;
}

function parsePackets(text: string): number {
  const value = parseInteger(text);
  if (value === undefined) throw new OptionError(`rateest: could not parse pps \`${text}'`);
  return value;
}

const evenOnTie = (value: number): number => {
  const floor = Math.floor(value);
  return value - floor === 0.5 && floor % 2 === 0 ? floor : Math.round(value);
};

function printRate(bytes: number): string {
  const bits = bytes * 8;
  if (bits >= 1e9) return `${evenOnTie(bits / 1e6)}Mbit`;
  return bits >= 1e6 ? `${evenOnTie(bits / 1e3)}Kbit` : `${bits}bit`;
}

function ratesOption(given: Given, unit: 'bps' | 'pps', parse: (text: string) => number): Rates | undefined {
  const [first, second] = [`--rateest-${unit}1`, `--rateest-${unit}2`];
  if (!given.has(first) && !given.has(second)) return undefined;
  const rate = (text: string | undefined) => (text === undefined ? 0 : parse(text));
  return { first: rate(given.value(first)), second: rate(given.value(second)) };
}

const MAX_NAME = 15;
const name = (text: string): string => text.slice(0, MAX_NAME);

function parse(given: Given): RateestOptions {
  const tests = given.options.flatMap(({ name }) =>
    (['lt', 'gt', 'eq'] as const).filter(t => name === `--rateest-${t}`),
  );
  const test = tests[tests.length - 1];
  const bps = ratesOption(given, 'bps', parseRate);
  const pps = ratesOption(given, 'pps', parsePackets);
  if (!test || !(bps || pps)) throw new OptionError('rateest: the kernel wants a comparison and a rate');
  const other = given.value('--rateest2');
  return {
    estimator: name(given.required('--rateest1')),
    ...(other !== undefined && { other: name(other) }),
    delta: given.has('--rateest-delta'),
    test,
    inverted: ['lt', 'gt', 'eq'].some(t => given.inverted(`--rateest-${t}`)),
    ...(bps && { bps }),
    ...(pps && { pps }),
  };
}

function print({ estimator, other, delta, test, inverted, bps, pps }: RateestOptions): string {
  const mode = `${inverted ? ' !' : ''} --rateest-${test}`;
  const side = (unit: string, rates: Rates | undefined, format: (value: number) => string | number) => {
    if (!rates) return '';
    if (delta) return ` --rateest-${unit}1 ${format(rates.first)}${mode} --rateest-${unit}2 ${format(rates.second)}`;
    return `${mode} --rateest-${unit}${other === undefined ? ` ${format(rates.second)}` : ''}`;
  };
  return [
    delta ? ' --rateest-delta' : '',
    ` --rateest${other === undefined ? '' : '1'} ${estimator}`,
    side('bps', bps, printRate),
    side('pps', pps, value => value),
    other === undefined ? '' : ` --rateest2 ${other}`,
  ].join('');
}

const WORD = { lt: 'below', gt: 'above', eq: 'equal to' } as const;

/** Compares the traffic that `-j RATEEST` measures. */
export const rateest = match<RateestOptions>({
  name: 'rateest',
  families: ['ip', 'ip6'],
  options: {
    '--rateest1': { args: 1 },
    '--rateest': { args: 1, alias: '--rateest1' },
    '--rateest2': { args: 1 },
    '--rateest-bps1': { args: 'optional' },
    '--rateest-bps2': { args: 'optional' },
    '--rateest-bps': { args: 'optional', alias: '--rateest-bps2' },
    '--rateest-pps1': { args: 'optional' },
    '--rateest-pps2': { args: 'optional' },
    '--rateest-pps': { args: 'optional', alias: '--rateest-pps2' },
    '--rateest-delta': { args: 0 },
    '--rateest-lt': { args: 0, invert: true, multi: true },
    '--rateest-gt': { args: 0, invert: true, multi: true },
    '--rateest-eq': { args: 0, invert: true, multi: true },
  },
  parse,
  print,
  describe({ estimator, other, test, inverted, bps, pps }) {
    const than = other ?? [bps && printRate(bps.second), pps && `${pps.second}/s`].filter(Boolean).join(' and ');
    return `rate of ${estimator} ${inverted ? 'not ' : ''}${WORD[test]} ${than}`;
  },
  evaluate: ({ estimator }) => unknown(`the rate that estimator ${estimator} measures is not known`),
});
