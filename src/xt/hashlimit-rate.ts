import { OptionError } from './extension.ts';

/** A second, in the unit of a hashlimit's period. */
export const SCALE = 1000000;

const MAX = 0xffffffff;
const SHIFT = 16;
const UNITS = [
  { name: 'mb', size: 1024 * 1024 },
  { name: 'kb', size: 1024 },
  { name: 'b', size: 1 },
] as const;

/** `10kb/s`; every other unit of time makes it a rate of packets. */
export const isByteRate = (text: string): boolean => text.includes('b/s');

/** `20kb`: of the suffixes k and m alone count. Undefined where there is no number, or 0. */
export function parseBytes(text: string): number | undefined {
  const [, digits, suffix] = /^\s*(\d{1,18})([km]?)/.exec(text) ?? [];
  const bytes = Number(digits) * (suffix === 'm' ? 1024 * 1024 : suffix === 'k' ? 1024 : 1);
  return bytes > 0 ? bytes : undefined;
}

/** Packets, or bytes where a `b` says so. */
export function parseBurst(text: string): number {
  const [, hex, digits = hex] = /^\s*(?:(0[xX][0-9a-fA-F]{1,8})|(\d{1,18}))/.exec(text) ?? [];
  const burst = text.includes('b') && !hex ? parseBytes(text) : numberOf(digits);
  if (burst === undefined || burst < 1 || (!text.includes('b') && burst > SCALE))
    throw new OptionError('bad value for option "--hashlimit-burst", or out of range (1-1000000).');
  return burst;
}

/** A leading 0 makes it octal, as strtoul has it. */
const numberOf = (digits: string | undefined): number | undefined =>
  digits === undefined ? undefined : /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);

export function parseInterval(text: string): number {
  const interval = Number(/^\s*(\d{1,12})/.exec(text)?.[1]);
  if (!(interval >= 1 && interval <= MAX))
    throw new OptionError(`hashlimit: Bad value for "--hashlimit-rate-interval" option: "${text}"`);
  return interval;
}

/** The kernel keeps a rate of bytes as the cost of 16 of them, in 32 bit (bytes_to_cost of libxt_hashlimit.c). */
export function costOfBytes(bytes: number): number {
  const rounds = Math.floor(bytes / SHIFT) % 2 ** 32;
  return rounds === MAX ? 0 : Math.floor(MAX / (rounds + 1));
}

export const bytesOfCost = (cost: number): number => (Math.floor(MAX / cost) - 1) * SHIFT;

/** In the largest unit from which the same cost would come; the burst in the largest unit that it fills. */
export function printBytes(cost: number, burst: number): { readonly bytes: string; readonly burst?: string } {
  const rate = bytesOfCost(cost);
  const unit = UNITS.find(({ size }) => size === 1 || (rate >= size && costOfBytes(low32(rate, size)) === cost));
  const bytes = format(rate, unit);
  if (burst === 0) return { bytes };
  const total = rate * burst;
  return {
    bytes,
    burst: format(
      total,
      UNITS.find(({ size }) => total >= size),
    ),
  };
}

const low32 = (bytes: number, size: number): number => (bytes % 2 ** 32) - (bytes % size);

const format = (bytes: number, unit: (typeof UNITS)[number] | undefined): string =>
  `${Math.floor(bytes / (unit?.size ?? 1))}${unit?.name ?? 'b'}`;

const WRAP = 1n << 64n;
/** Ticks of the kernel in one unit of a period, the same with 250 and 1000 jiffies a second. */
const CREDITS = 137438953n;

/** The kernel refuses a burst whose ticks wrap in 64 bit, where they end below those of one packet. */
export const overflows = (period: number, burst: number): boolean =>
  (BigInt(period) * BigInt(burst) * CREDITS) % WRAP < (BigInt(period) * CREDITS) % WRAP;
