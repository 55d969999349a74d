import { OptionError } from './extension.ts';
import { parseInteger } from './numbers.ts';

export interface IcmpType {
  readonly type: number;
  readonly low: number;
  readonly high: number;
}

/** Name, type and code; no code: all of them. */
export type IcmpName = readonly [name: string, type: number, code?: number];

/** `8`, `3/4`, `3/0:4`, or the beginning of one name only. Throws OptionError. */
export function parseIcmpType(text: string, names: readonly IcmpName[], label: string): IcmpType {
  const found = names.filter(([name]) => name.toLowerCase().startsWith(text.toLowerCase()));
  if (found.length > 1)
    throw new OptionError(`Ambiguous ${label} type \`${text}': ${found.map(([name]) => name).join(' or ')}?`);
  if (found[0]) {
    const [, type, code] = found[0];
    return { type, low: code ?? 0, high: code ?? 255 };
  }
  const slash = text.indexOf('/');
  const type = parseInteger(slash < 0 ? text : text.slice(0, slash), 0, 255);
  if (type === undefined) throw new OptionError(`Unknown ${label} type \`${text}'`);
  if (slash < 0) return { type, low: 0, high: 255 };
  const [first = '', last = first, more] = text.slice(slash + 1).split(':');
  const low = parseInteger(first, 0, 255);
  const high = parseInteger(last, 0, 255);
  if (low === undefined || high === undefined || more !== undefined)
    throw new OptionError(`Unknown ${label} code \`${text}'`);
  return { type, low, high };
}

/** As iptables-save has it: of a range of codes only the first. */
export const printIcmpType = ({ type, low, high }: IcmpType): string =>
  low === 0 && high === 255 ? `${type}` : `${type}/${low}`;

/** The first full name of the type and code, for a person. */
export function nameIcmpType(icmp: IcmpType, names: readonly IcmpName[]): string {
  const one = icmp.low === icmp.high;
  const whole = icmp.low === 0 && icmp.high === 255;
  const found = names.find(
    ([, type, code]) => type === icmp.type && (code === undefined ? whole : one && code === icmp.low),
  );
  return found?.[0] ?? `type ${icmp.type}${whole ? '' : ` code ${icmp.low}${one ? '' : `-${icmp.high}`}`}`;
}
