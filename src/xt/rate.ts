import { OptionError } from './extension.ts';

const UNITS = [
  { name: 'day', word: 'day', seconds: 86400 },
  { name: 'hour', word: 'hour', seconds: 3600 },
  { name: 'min', word: 'minute', seconds: 60 },
  { name: 'sec', word: 'second', seconds: 1 },
] as const;

/** A rate as it was written: `count` in `seconds`. */
export interface Rate {
  readonly count: number;
  readonly seconds: number;
}

/** `5/min`: leading digits count, the unit may be cut short. Undefined for what is no rate. */
export function parseRate(text: string): Rate | undefined {
  const [, digits, slash, word] = /^\s*(\d+)[^/]*(?:(\/)(.*))?$/s.exec(text) ?? [];
  const unit = slash
    ? UNITS.find(u => word !== undefined && word !== '' && u.word.startsWith(word.toLowerCase()))
    : UNITS[3];
  const count = Number(digits);
  return unit && count > 0 ? { count, seconds: unit.seconds } : undefined;
}

/** The kernel keeps a rate as the time between two packets, in 1/scale seconds. Throws where that would be 0. */
export function periodOf({ count, seconds }: Rate, scale: number, text: string): number {
  const period = Math.floor((scale * seconds) / count);
  if (period === 0) throw new OptionError(`Rate too fast "${text}"`);
  return period;
}

/** In the largest unit that shows it well, and that unit (print_rate of libxt_limit.c and libxt_hashlimit.c). */
export function printRate(period: number, scale: number): { readonly text: string; readonly seconds: number } {
  let i = 1;
  for (; i < UNITS.length; i++) {
    const whole = (UNITS[i]?.seconds ?? 0) * scale;
    if (period > whole || Math.floor(whole / period) < whole % period) break;
  }
  const { name, seconds } = UNITS[i - 1] ?? UNITS[3];
  return { text: `${Math.floor((seconds * scale) / period)}/${name}`, seconds };
}
