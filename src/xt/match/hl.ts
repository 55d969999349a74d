import { match } from '../extension.ts';
import { integerOption } from '../numbers.ts';

export interface HlOptions {
  readonly compare: 'eq' | 'lt' | 'gt';
  readonly value: number;
  readonly inverted: boolean;
}

/** The hop limit of IPv6. */
export const hl = match<HlOptions>({
  name: 'hl',
  families: ['ip6'],
  options: {
    '--hl-lt': { args: 1 },
    '--hl-gt': { args: 1 },
    '--hl-eq': { args: 1, invert: true },
    '--hl': { args: 1, invert: true, alias: '--hl-eq' },
  },
  parse(given) {
    given.exclusive('--hl-eq', '--hl-lt', '--hl-gt');
    given.oneOf('--hl-eq', '--hl-lt', '--hl-gt');
    const compare = given.has('--hl-eq') ? 'eq' : given.has('--hl-lt') ? 'lt' : 'gt';
    return {
      compare,
      value: integerOption(given, `--hl-${compare}`, 0, 255),
      inverted: given.inverted(`--hl-${compare}`),
    };
  },
  print: ({ compare, value, inverted }) => `${inverted ? ' !' : ''} --hl-${compare} ${value}`,
  describe: ({ compare, value, inverted }) =>
    `hop limit ${inverted ? 'not ' : ''}${{ eq: '', lt: 'below ', gt: 'above ' }[compare]}${value}`,
  evaluate({ compare, value, inverted }, { ttl }) {
    if (compare === 'lt') return ttl < value;
    return compare === 'gt' ? ttl > value : (ttl === value) !== inverted;
  },
});
