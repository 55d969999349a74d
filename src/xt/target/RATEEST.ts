import { OptionError, target } from '../extension.ts';

/** The estimator's interval is 2^(interval-2) seconds, its average that many times 2^ewma (libxt_RATEEST.c). */
export interface RateestTargetOptions {
  readonly name: string;
  readonly interval: number;
  readonly ewma: number;
}

const SECOND = 1_000_000;
const UNITS: ReadonlyMap<string, number> = new Map(
  Object.entries({ s: SECOND, sec: SECOND, secs: SECOND, ms: 1000, msec: 1000, msecs: 1000, us: 1, usec: 1, usecs: 1 }),
);

function microseconds(text: string, what: string): number {
  const parts = /^\s*(\+?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:e[+-]?\d{1,3})?)([a-z]*)$/i.exec(text);
  const unit = parts?.[2] === '' ? 1 : UNITS.get((parts?.[2] ?? '').toLowerCase());
  if (!parts || unit === undefined) throw new OptionError(`RATEEST: bad ${what} value "${text}"`);
  return Math.trunc(Number(parts[1]) * unit);
}

function intervalOf(time: number): number {
  for (let i = 0; i <= 5; i++) if (time <= 2 ** i * (SECOND / 4)) return i;
  throw new OptionError('RATEEST: interval value is too large');
}

function ewmaOf(time: number, average: number): number {
  let log = 1;
  while (log < 32 && time / -Math.log(1 - 1 / 2 ** log) <= average) log++;
  if (log === 1 || log >= 32) throw new OptionError('RATEEST: ewmalog value is out of range');
  return log - 1;
}

function printTime(time: number): string {
  if (time >= SECOND) return `${(time / SECOND).toFixed(1)}s`;
  return time >= SECOND / 1000 ? `${(time / 1000).toFixed(1)}ms` : `${time}us`;
}

export const RATEEST = target<RateestTargetOptions>({
  name: 'RATEEST',
  families: ['ip', 'ip6'],
  options: { '--rateest-name': { args: 1 }, '--rateest-interval': { args: 1 }, '--rateest-ewmalog': { args: 1 } },
  parse(given) {
    const name = given.required('--rateest-name').slice(0, 15);
    const time = microseconds(given.required('--rateest-interval'), 'interval');
    const average = microseconds(given.required('--rateest-ewmalog'), 'ewmalog');
    return { name, interval: intervalOf(time), ewma: ewmaOf(time, average) };
  },
  print({ name, interval, ewma }) {
    const time = (SECOND / 4) * 2 ** interval;
    return ` --rateest-name ${name} --rateest-interval ${printTime(time)} --rateest-ewmalog ${printTime(time * 2 ** ewma)}`;
  },
  describe: ({ name }) => `estimate the rate as ${name}`,
  apply: ({ name }) => ({ kind: 'note', text: `counted by the rate estimator ${name}` }),
});
