import { bitsOf, type Family, familyOf, formatAddress, parseAddress } from '../net/address.ts';
import { type Prefix, prefixLength, prefixOf } from '../net/prefix.ts';
import { OptionError } from './extension.ts';
import { parseInteger } from './numbers.ts';

/**
 * `10.1.2.3/8` of an option of type HOSTMASK: host bits are kept. A mask with holes counts as the whole address, and
 * so does a number above 32, which the tool reads as such a mask (xtopt_parse_plenmask).
 */
export function parseHost(option: string, text: string, family: Family): Prefix {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined || familyOf(address) !== family)
    throw new OptionError(`bad address for option "${option}": ${text}`);
  return prefixOf(address, slash < 0 ? undefined : parseLength(option, text.slice(slash + 1), family));
}

/** A prefix length or a mask, in bits. Throws OptionError. */
export function parseLength(option: string, text: string, family: Family): number {
  const bits = bitsOf(family);
  const number = parseInteger(text);
  if (number !== undefined && (number <= bits || family === 'ip')) return Math.min(number, bits);
  const mask = parseAddress(text);
  if (mask === undefined || familyOf(mask) !== family)
    throw new OptionError(`bad value for option "${option}", neither a valid network mask nor valid CIDR: ${text}`);
  const all = prefixOf(mask, bits);
  const prefix: Prefix =
    all.family === 'ip' ? { ...all, mask: all.address } : { family: 'ip6', address: all.address, mask: all.address };
  return prefixLength(prefix) ?? bits;
}

/** `10.1.2.3/8`, without the length where it is the whole address. */
export function printHost(prefix: Prefix): string {
  const length = prefixLength(prefix);
  return formatAddress(prefix.address) + (length === bitsOf(prefix.family) ? '' : `/${length}`);
}
