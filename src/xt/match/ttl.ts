import { match } from '../extension.ts';
import { integerOption } from '../numbers.ts';

const OPTIONS = { eq: '--ttl-eq', lt: '--ttl-lt', gt: '--ttl-gt' } as const;

export interface TtlOptions {
  readonly test: keyof typeof OPTIONS;
  readonly ttl: number;
  readonly inverted: boolean;
}

const WORD = { eq: 'TTL', lt: 'TTL below', gt: 'TTL above' } as const;

export const ttl = match<TtlOptions>({
  name: 'ttl',
  families: ['ip'],
  options: {
    '--ttl-lt': { args: 1 },
    '--ttl-gt': { args: 1 },
    '--ttl-eq': { args: 1, invert: true },
    '--ttl': { args: 1, invert: true, alias: '--ttl-eq' },
  },
  parse(given) {
    given.exclusive(...Object.values(OPTIONS));
    given.oneOf(...Object.values(OPTIONS));
    const test = given.has(OPTIONS.lt) ? 'lt' : given.has(OPTIONS.gt) ? 'gt' : 'eq';
    return { test, ttl: integerOption(given, OPTIONS[test], 0, 255), inverted: given.inverted(OPTIONS[test]) };
  },
  print: ({ test, ttl, inverted }) => `${inverted ? ' !' : ''} ${OPTIONS[test]} ${ttl}`,
  describe: ({ test, ttl, inverted }) => `${inverted ? 'not ' : ''}${WORD[test]} ${ttl}`,
  evaluate({ test, ttl, inverted }, packet) {
    if (test === 'lt') return packet.ttl < ttl;
    if (test === 'gt') return packet.ttl > ttl;
    return (packet.ttl === ttl) !== inverted;
  },
});
