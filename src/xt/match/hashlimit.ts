import { usually } from '../../model/truth.ts';
import { bitsOf } from '../../net/address.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import {
  bytesOfCost,
  costOfBytes,
  isByteRate,
  overflows,
  parseBurst,
  parseBytes,
  parseInterval,
  printBytes,
  SCALE,
} from '../hashlimit-rate.ts';
import { parseLength } from '../hosts.ts';
import { integerOption } from '../numbers.ts';
import { parseRate, periodOf, printRate } from '../rate.ts';

/** Packets: time between two in 1/1000000 s. Bytes: their cost, the burst in multiples of the rate. */
type HashlimitRate =
  | { readonly kind: 'packets'; readonly period: number; readonly burst: number }
  | { readonly kind: 'bytes'; readonly cost: number; readonly burst: number };

export interface HashlimitOptions {
  readonly above: boolean;
  readonly rate: HashlimitRate;
  readonly mode: ReadonlySet<Key>;
  readonly name: string;
  readonly size: number;
  readonly max: number;
  readonly gcInterval: number;
  readonly expire: number;
  readonly sourceLength: number;
  readonly destinationLength: number;
  /** Bits of the family's addresses, the default of both lengths. */
  readonly bits: number;
  readonly rateMatch: boolean;
  readonly rateInterval: number;
}

const KEYS = ['srcip', 'srcport', 'dstip', 'dstport'] as const;
type Key = (typeof KEYS)[number];

const BURST = 5;
const GC_INTERVAL = 1000;
const MULTI = ['--hashlimit-upto', '--hashlimit-above', '--hashlimit'];

export const hashlimit = match<HashlimitOptions>({
  name: 'hashlimit',
  families: ['ip', 'ip6'],
  options: {
    '--hashlimit': { args: 1, invert: true },
    '--hashlimit-upto': { args: 1, invert: true },
    '--hashlimit-above': { args: 1, invert: true },
    '--hashlimit-burst': { args: 1 },
    '--hashlimit-htable-size': { args: 1 },
    '--hashlimit-htable-max': { args: 1 },
    '--hashlimit-htable-gcinterval': { args: 1 },
    '--hashlimit-htable-expire': { args: 1 },
    '--hashlimit-mode': { args: 1 },
    '--hashlimit-name': { args: 1 },
    '--hashlimit-srcmask': { args: 1 },
    '--hashlimit-dstmask': { args: 1 },
    '--hashlimit-rate-match': { args: 0 },
    '--hashlimit-rate-interval': { args: 1 },
  },
  parse(given, { family }) {
    given.exclusive(...MULTI);
    given.oneOf(...MULTI);
    const option = MULTI.find(name => given.has(name)) ?? '';
    const { rate, seconds } = readRate(given, given.required(option));
    const name = given.required('--hashlimit-name');
    if (name === '' || name === '.' || name === '..' || name.includes('/'))
      throw new OptionError(`hashlimit: bad name "${name}"`);
    const number = (word: string, absent: number, min = 0) =>
      given.has(`--hashlimit-${word}`) ? integerOption(given, `--hashlimit-${word}`, min) : absent;
    const prefix = (word: string) => {
      const text = given.value(`--hashlimit-${word}`);
      return text === undefined ? bitsOf(family) : readPrefix(text, `--hashlimit-${word}`, family);
    };
    const interval = given.value('--hashlimit-rate-interval');
    return {
      above: (option === '--hashlimit-above') !== given.inverted(option),
      rate,
      mode: readMode(given.value('--hashlimit-mode') ?? ''),
      name,
      size: number('htable-size', 0),
      max: number('htable-max', 0),
      gcInterval: number('htable-gcinterval', GC_INTERVAL, 1),
      expire: number('htable-expire', seconds.expire * 1000, 1),
      sourceLength: prefix('srcmask'),
      destinationLength: prefix('dstmask'),
      bits: bitsOf(family),
      rateMatch: given.has('--hashlimit-rate-match'),
      rateInterval: interval === undefined ? seconds.interval : parseInterval(interval),
    };
  },
  print(options) {
    const { above, rate, mode, name, size, max, gcInterval, expire, bits, rateMatch, rateInterval } = options;
    const { text, expireSeconds } = printLimit(rate);
    let out = ` --hashlimit-${above ? 'above' : 'upto'} ${text}`;
    if (mode.size > 0) out += ` --hashlimit-mode ${KEYS.filter(key => mode.has(key)).join(',')}`;
    out += ` --hashlimit-name ${name}`;
    if (size !== 0) out += ` --hashlimit-htable-size ${size}`;
    if (max !== 0) out += ` --hashlimit-htable-max ${max}`;
    if (gcInterval !== GC_INTERVAL) out += ` --hashlimit-htable-gcinterval ${gcInterval}`;
    if (expire !== expireSeconds * 1000) out += ` --hashlimit-htable-expire ${expire}`;
    if (options.sourceLength !== bits) out += ` --hashlimit-srcmask ${options.sourceLength}`;
    if (options.destinationLength !== bits) out += ` --hashlimit-dstmask ${options.destinationLength}`;
    if (rateMatch) out += ' --hashlimit-rate-match';
    if (rateMatch && rateInterval !== 1) out += ` --hashlimit-rate-interval ${rateInterval}`;
    return out;
  },
  describe: ({ above, rate, mode }) =>
    `${above ? 'above' : 'up to'} ${printLimit(rate).text.replace(/ --hashlimit-burst /, ', burst ')}` +
    (mode.size > 0 ? ` by ${KEYS.filter(key => mode.has(key)).join(',')}` : ''),
  evaluate: ({ name, above }) =>
    usually(!above, `how full hashlimit ${name} is is not known`, `cat /proc/net/ipt_hashlimit/${name}`),
});

interface ReadRate {
  readonly rate: HashlimitRate;
  /** Defaults that hang on how the rate was written. */
  readonly seconds: { readonly expire: number; readonly interval: number };
}

function readRate(given: Given, text: string): ReadRate {
  const burstText = given.value('--hashlimit-burst');
  if (isByteRate(text)) {
    const cost = costOfBytes(parseBytes(text) ?? bad(text));
    if (cost < 2 && !given.has('--hashlimit-rate-match')) throw new OptionError(`hashlimit: rate too high: ${text}`);
    const least = bytesOfCost(cost);
    const burst = burstText === undefined ? 0 : parseBurst(burstText) % 2 ** 32;
    if (burst > 0 && (burst < least || least === 0))
      throw new OptionError(`hashlimit: burst cannot be smaller than ${least}b`);
    const rounds = burst === 0 ? 0 : Math.ceil(burst / least);
    return {
      rate: { kind: 'bytes', cost, burst: rounds },
      seconds: { expire: burstText === undefined ? 15 : 60, interval: 1 },
    };
  }
  const written = parseRate(text) ?? bad(text);
  const seconds = { expire: written.seconds, interval: written.seconds };
  const perUnit = periodOf(written, SCALE, text);
  const burst = burstText === undefined ? BURST : parseBurst(burstText);
  if (burst > 1000000) throw new OptionError('hashlimit: bad value for option "--hashlimit-burst" (1-1000000)');
  if (given.has('--hashlimit-rate-match')) {
    const period = periodOf({ count: written.count, seconds: 1 }, SCALE, text);
    return { rate: { kind: 'packets', period, burst }, seconds };
  }
  if (overflows(perUnit, burst)) throw new OptionError('hashlimit: Numerical result out of range');
  return { rate: { kind: 'packets', period: perUnit, burst }, seconds };
}

function bad(text: string): never {
  throw new OptionError(`hashlimit: bad rate "${text}"`);
}

function printLimit(rate: HashlimitRate): { readonly text: string; readonly expireSeconds: number } {
  if (rate.kind === 'bytes') {
    const { bytes, burst } = printBytes(rate.cost, rate.burst);
    return burst === undefined
      ? { text: `${bytes}/s`, expireSeconds: 15 }
      : { text: `${bytes}/s --hashlimit-burst ${burst}`, expireSeconds: 60 };
  }
  const { text, seconds } = printRate(rate.period, SCALE);
  return { text: `${text} --hashlimit-burst ${rate.burst}`, expireSeconds: seconds };
}

function readMode(text: string): ReadonlySet<Key> {
  const keys = new Set<Key>();
  for (const word of text.split(',')) {
    const key = KEYS.find(k => k === word);
    if (key) keys.add(key);
    else if (word !== '') throw new OptionError(`hashlimit: Bad value for "--hashlimit-mode" option: "${text}"`);
  }
  return keys;
}

function readPrefix(text: string, option: string, family: 'ip' | 'ip6'): number {
  if (/^\d+$/.test(text) && Number(text) > bitsOf(family))
    throw new OptionError(`hashlimit: bad value for option "${option}": ${text}`);
  return parseLength(option, text, family);
}
