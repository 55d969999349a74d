import { target } from '../extension.ts';
import { integerOption } from '../numbers.ts';
import { quoteWord } from '../words.ts';
import { prefixOption } from './LOG.ts';

export interface NflogOptions {
  readonly prefix: string;
  readonly group: number;
  /** Bytes to copy that the kernel heeds; it never did heed a range. */
  readonly size: number | undefined;
  readonly range: number;
  readonly threshold: number;
}

/** Of the nft backend a native log expression, which holds a longer prefix and no range. */
export const NFLOG = target<NflogOptions>({
  name: 'NFLOG',
  families: ['ip', 'ip6'],
  options: {
    '--nflog-group': { args: 1 },
    '--nflog-prefix': { args: 1 },
    '--nflog-range': { args: 1 },
    '--nflog-size': { args: 1 },
    '--nflog-threshold': { args: 1 },
  },
  parse(given, { backend }) {
    given.exclusive('--nflog-range', '--nflog-size');
    const number = (option: string, max: number) =>
      given.has(option) ? integerOption(given, option, 0, max) : undefined;
    return {
      prefix: prefixOption(given, '--nflog-prefix', backend === 'nft' ? 127 : 63),
      group: number('--nflog-group', 0xffff) ?? 0,
      size: number('--nflog-size', 0xffffffff),
      range: number('--nflog-range', 0xffffffff) ?? 0,
      threshold: number('--nflog-threshold', 0xffff) ?? 0,
    };
  },
  print: ({ prefix, group, size, range, threshold }, { backend }) =>
    [
      prefix && ` --nflog-prefix ${quoteWord(prefix)}`,
      group === 0 ? '' : ` --nflog-group ${group}`,
      size === undefined ? '' : ` --nflog-size ${size}`,
      range === 0 || backend === 'nft' ? '' : ` --nflog-range ${range}`,
      threshold === 0 ? '' : ` --nflog-threshold ${threshold}`,
    ].join(''),
  describe: ({ prefix, group }) => `log to group ${group}${prefix === '' ? '' : ` as "${prefix}"`}`,
  apply: ({ group }) => ({ kind: 'note', text: `logged to group ${group}` }),
});
