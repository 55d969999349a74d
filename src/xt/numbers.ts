import { FULL_MASK, type Masked } from '../net/mark.ts';
import { OptionError } from './extension.ts';
import type { Given } from './given.ts';

/** A whole number as strtoul with base 0 reads it (decimal, 0x, leading 0 for octal), within bounds; else undefined. */
export function parseInteger(text: string, min = 0, max = 0xffffffff): number | undefined {
  if (!/^(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) return undefined;
  const value = /^0\d/.test(text) ? (/^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN) : Number(text);
  return value >= min && value <= max ? value : undefined;
}

/** The option's argument as a whole number. Throws OptionError. */
export function integerOption(given: Given, name: string, min = 0, max = 0xffffffff): number {
  const text = given.required(name);
  const value = parseInteger(text, min, max);
  if (value === undefined)
    throw new OptionError(
      `${given.extension}: bad value for option "${name}", or out of range (${min}-${max}): ${text}`,
    );
  return value;
}

/** `VALUE[/MASK]`, each 32 bit; without a mask every bit counts. Throws OptionError. */
export function parseMasked(given: Given, name: string, max = FULL_MASK): Masked {
  const text = given.required(name);
  const slash = text.indexOf('/');
  const value = parseInteger(slash < 0 ? text : text.slice(0, slash), 0, max);
  const mask = slash < 0 ? FULL_MASK : parseInteger(text.slice(slash + 1), 0, max);
  if (value === undefined || mask === undefined)
    throw new OptionError(`${given.extension}: bad mark value for option "${name}": ${text}`);
  return { value, mask };
}

/** `A:B`, `A:`, `:B` or `A`, as UINT16RC and UINT32RC options take it. Throws OptionError. */
export function rangeOption(given: Given, name: string, max: number, separator = ':'): readonly [number, number] {
  const text = given.required(name);
  const at = text.indexOf(separator);
  const low = at === 0 ? 0 : parseInteger(at < 0 ? text : text.slice(0, at), 0, max);
  const high = at < 0 ? low : at === text.length - 1 ? max : parseInteger(text.slice(at + 1), 0, max);
  if (low === undefined || high === undefined)
    throw new OptionError(`${given.extension}: bad value for option "${name}", or out of range (0-${max}): ${text}`);
  return [low, high];
}
