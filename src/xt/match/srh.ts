import { unknown } from '../../model/truth.ts';
import { formatIpv6 } from '../../net/address.ts';
import { type Prefix, parsePrefix, prefixLength } from '../../net/prefix.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { integerOption } from '../numbers.ts';
import { routingHeader } from './rt.ts';

/** Options in the order of printing, with the field of the kernel's structure that each writes to. */
const OPTIONS = [
  ['--srh-next-hdr', 'nextHeader'],
  ['--srh-hdr-len-eq', 'length'],
  ['--srh-hdr-len-gt', 'length'],
  ['--srh-hdr-len-lt', 'length'],
  ['--srh-segs-left-eq', 'segmentsLeft'],
  ['--srh-segs-left-gt', 'segmentsLeft'],
  ['--srh-segs-left-lt', 'segmentsLeft'],
  ['--srh-last-entry-eq', 'lastEntry'],
  ['--srh-last-entry-gt', 'lastEntry'],
  ['--srh-last-entry-lt', 'lastEntry'],
  ['--srh-tag', 'tag'],
] as const;
const SEGMENTS = ['--srh-psid', '--srh-nsid', '--srh-lsid'] as const;

export interface SrhOptions {
  readonly numbers: readonly { readonly option: string; readonly value: number; readonly inverted: boolean }[];
  readonly segments: readonly { readonly option: string; readonly prefix: Prefix; readonly inverted: boolean }[];
}

function segmentOption(given: Given, option: string): SrhOptions['segments'] {
  const text = given.value(option);
  if (text === undefined) return [];
  const prefix = parsePrefix(text);
  if (prefix?.family !== 'ip6' || prefixLength(prefix) === undefined)
    throw new OptionError(`srh: bad value for option "${option}": ${text}`);
  return [{ option, prefix, inverted: given.inverted(option) }];
}

/** The three tests of a field share its one value: the last that is given counts for all (struct ip6t_srh1). */
function parse(given: Given): SrhOptions {
  const fields = new Map<string, number>();
  for (const { name } of given.options) {
    const field = OPTIONS.find(([option]) => option === name)?.[1];
    if (field) fields.set(field, integerOption(given, name, 0, field === 'tag' ? 65535 : 255));
  }
  return {
    numbers: OPTIONS.filter(([option]) => given.has(option)).map(([option, field]) => ({
      option,
      value: fields.get(field) ?? 0,
      inverted: given.inverted(option),
    })),
    segments: SEGMENTS.flatMap(option => segmentOption(given, option)),
  };
}

function print({ numbers, segments }: SrhOptions): string {
  const bang = (item: { readonly inverted: boolean }) => (item.inverted ? ' !' : '');
  const parts = [
    ...numbers.map(item => `${bang(item)} ${item.option} ${item.value}`),
    ...segments.map(item => {
      const { address } = item.prefix;
      const text = typeof address === 'bigint' ? formatIpv6(address) : '';
      return `${bang(item)} ${item.option} ${text}/${prefixLength(item.prefix)}`;
    }),
  ];
  return parts.join('');
}

const number = { args: 1, invert: true } as const;

/** The segment routing header. */
export const srh = match<SrhOptions>({
  name: 'srh',
  families: ['ip6'],
  options: Object.fromEntries([...OPTIONS.map(([option]) => option), ...SEGMENTS].map(option => [option, number])),
  parse,
  print,
  describe: options => `with a segment routing header${print(options).replace(/ --srh-/g, ', ')}`,
  evaluate(_options, packet) {
    const present = routingHeader(packet);
    return present === true ? unknown('the IPv6 routing header of the packet is not known') : present;
  },
});
