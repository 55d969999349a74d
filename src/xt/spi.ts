import { type Truth, unknown } from '../model/truth.ts';
import type { Packet } from '../net/packet.ts';
import type { Given } from './given.ts';
import { rangeOption } from './numbers.ts';

/** A range of security parameter indexes. */
export interface SpiRange {
  readonly low: number;
  readonly high: number;
  readonly inverted: boolean;
}

const MAX = 0xffffffff;

/** `absent`: the range where the option is not given. */
export function parseSpi(given: Given, option: string, absent: readonly [number, number] = [0, MAX]): SpiRange {
  const [low, high] = given.has(option) ? rangeOption(given, option, MAX) : absent;
  return { low, high, inverted: given.inverted(option) };
}

/** The whole range is not printed, inverted or not. */
export function printSpi(option: string, { low, high, inverted }: SpiRange): string {
  if (low === 0 && high === MAX) return '';
  return `${inverted ? ' !' : ''} ${option} ${low === high ? low : `${low}:${high}`}`;
}

export function evaluateSpi({ low, high, inverted }: SpiRange, packet: Packet): Truth {
  if (low === 0 && high === MAX) return !inverted;
  if (low > high) return inverted;
  if (packet.spi === undefined) return unknown('the SPI of the packet is not known');
  return (packet.spi >= low && packet.spi <= high) !== inverted;
}

export const describeSpi = (name: string, { low, high, inverted }: SpiRange): string =>
  low === 0 && high === MAX ? name : `${name} SPI ${inverted ? 'not ' : ''}${low === high ? low : `${low}-${high}`}`;
