import { formatPrefix, maskOf, type Prefix, parsePrefix, prefixLength } from '../net/prefix.ts';
import { OptionError, target } from './extension.ts';
import type { Given } from './given.ts';

type Prefix6 = Extract<Prefix, { family: 'ip6' }>;

export interface NptOptions {
  readonly source: Prefix6;
  readonly destination: Prefix6;
}

function pfx(name: string, given: Given, option: string): Prefix6 {
  const text = given.required(option);
  const prefix = parsePrefix(text);
  if (prefix?.family !== 'ip6') throw new OptionError(`${name}: bad prefix for option "${option}": ${text}`);
  const length = prefixLength(prefix);
  if (length === undefined || length > 64 || (prefix.address & ~prefix.mask) !== 0n)
    throw new OptionError(`${name}: a prefix has at most 64 bits and nothing behind them: ${text}`);
  return prefix;
}

const words = (address: bigint): number[] =>
  Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(112 - 16 * i)) & 0xffffn));

const fold = (sum: number): number => {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
};

const onesSum = (address: bigint): number => fold(words(address).reduce((sum, word) => sum + word, 0));

/**
 * RFC 6296: the prefix is exchanged and one word of the rest changed so that checksums stay valid (ip6t_NPT.c).
 * Undefined: there is no word to change, and the kernel drops the packet.
 */
export function mapPrefix({ source, destination }: NptOptions, address: bigint): bigint | undefined {
  const length = Math.max(prefixLength(source) ?? 0, prefixLength(destination) ?? 0);
  const mask = maskOf('ip6', length);
  const mapped = words((address & ~mask) | (destination.address & mask));
  const at = length <= 48 ? 3 : mapped.findIndex((word, i) => i >= 4 && word !== 0xffff);
  if (at < 0) return undefined;
  const adjustment = fold(onesSum(source.address) + (~onesSum(destination.address) & 0xffff));
  const sum = fold((mapped[at] ?? 0) + adjustment);
  mapped[at] = sum === 0xffff ? 0 : sum;
  return mapped.reduce((value, word) => (value << 16n) | BigInt(word), 0n);
}

/** SNPT and DNPT: the same translation of the one address or the other, without conntrack. */
export const nptTarget = (name: 'SNPT' | 'DNPT') => {
  const field = name === 'SNPT' ? 'saddr' : 'daddr';
  return target<NptOptions>({
    name,
    families: ['ip6'],
    options: { '--src-pfx': { args: 1 }, '--dst-pfx': { args: 1 } },
    tables: ['mangle'],
    hooks: name === 'SNPT' ? ['input', 'postrouting'] : ['prerouting', 'output'],
    parse: given => ({ source: pfx(name, given, '--src-pfx'), destination: pfx(name, given, '--dst-pfx') }),
    print: ({ source, destination }) => ` --src-pfx ${formatPrefix(source)} --dst-pfx ${formatPrefix(destination)}`,
    describe: ({ source, destination }) =>
      `${name === 'SNPT' ? 'source' : 'destination'} prefix ${formatPrefix(source)} to ${formatPrefix(destination)}`,
    apply(options, packet) {
      const address = packet[field];
      if (typeof address !== 'bigint') return { kind: 'note', text: 'no IPv6 packet' };
      const value = mapPrefix(options, address);
      if (value === undefined) return { kind: 'verdict', verdict: 'drop' };
      return { kind: 'changes', changes: [{ kind: 'address', field, value }] };
    },
  });
};
