import { usually } from '../../model/truth.ts';
import { bitsOf } from '../../net/address.ts';
import { match } from '../extension.ts';
import { parseLength } from '../hosts.ts';
import { integerOption } from '../numbers.ts';

export interface ConnlimitOptions {
  readonly limit: number;
  readonly above: boolean;
  /** Connections whose addresses agree in so many bits are counted together. */
  readonly prefixLength: number;
  readonly by: 'saddr' | 'daddr';
}

export const connlimit = match<ConnlimitOptions>({
  name: 'connlimit',
  families: ['ip', 'ip6'],
  options: {
    '--connlimit-upto': { args: 1, invert: true },
    '--connlimit-above': { args: 1, invert: true },
    '--connlimit-mask': { args: 1 },
    '--connlimit-saddr': { args: 0 },
    '--connlimit-daddr': { args: 0 },
  },
  parse(given, { family }) {
    given.exclusive('--connlimit-upto', '--connlimit-above');
    given.exclusive('--connlimit-saddr', '--connlimit-daddr');
    given.oneOf('--connlimit-upto', '--connlimit-above');
    const option = given.has('--connlimit-above') ? '--connlimit-above' : '--connlimit-upto';
    const mask = given.value('--connlimit-mask');
    return {
      limit: integerOption(given, option),
      above: (option === '--connlimit-above') !== given.inverted(option),
      prefixLength: mask === undefined ? bitsOf(family) : parseLength('--connlimit-mask', mask, family),
      by: given.has('--connlimit-daddr') ? 'daddr' : 'saddr',
    };
  },
  print: ({ limit, above, prefixLength, by }) =>
    ` --connlimit-${above ? 'above' : 'upto'} ${limit} --connlimit-mask ${prefixLength} --connlimit-${by}`,
  describe: ({ limit, above, prefixLength, by }) =>
    `${above ? 'more than' : 'at most'} ${limit} connections by ${by}/${prefixLength}`,
  evaluate({ limit, above }) {
    if (limit === 0) return above;
    if (limit === 0xffffffff) return !above;
    return usually(!above, 'how many connections there are is not known', 'conntrack -L');
  },
});
