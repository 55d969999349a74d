import { invertIf, type Truth } from '../../model/truth.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { type CounterTest, type SetQuery, testSet } from '../ipset/membership.ts';
import { parseReference, printReference } from '../ipset/rule.ts';

export interface SetOptions extends SetQuery {
  readonly inverted: boolean;
  readonly updateSubcounters: boolean;
}

const MOST = (1n << 64n) - 1n;
const counterOptions = (counter: string) =>
  ({
    [`--${counter}-eq`]: { args: 1, invert: true },
    [`--${counter}-lt`]: { args: 1 },
    [`--${counter}-gt`]: { args: 1 },
  }) as const;

function parseCounter(given: Given, counter: 'packets' | 'bytes'): CounterTest | undefined {
  const names = ['eq', 'lt', 'gt'].map(operator => `--${counter}-${operator}`);
  given.exclusive(...names);
  for (const operator of ['eq', 'lt', 'gt'] as const) {
    const option = given.get(`--${counter}-${operator}`);
    if (!option) continue;
    const text = (option.args[0] ?? '').replace(/^\+/, '');
    if (!/^(0[xX][0-9a-fA-F]{1,16}|0[0-7]{0,22}|[1-9]\d{0,19})$/.test(text))
      throw new OptionError(`Cannot parse ${text} as a counter value`);
    const value = BigInt(/^0\d/.test(text) ? `0o${text.slice(1)}` : text);
    if (value > MOST) throw new OptionError(`Cannot parse ${text} as a counter value`);
    return { operator: option.inverted ? 'ne' : operator, value };
  }
  return undefined;
}

function printCounter(name: string, test: CounterTest | undefined): string {
  if (!test) return '';
  return test.operator === 'ne' ? ` ! --${name}-eq ${test.value}` : ` --${name}-${test.operator} ${test.value}`;
}

export const set = match<SetOptions>({
  name: 'set',
  families: ['ip', 'ip6'],
  options: {
    '--match-set': { args: 2, invert: true },
    '--set': { args: 2, invert: true, alias: '--match-set' },
    '--return-nomatch': { args: 0, multi: true },
    '--update-counters': { args: 0, invert: true, multi: true },
    '--update-subcounters': { args: 0, invert: true, multi: true },
    ...counterOptions('packets'),
    ...counterOptions('bytes'),
  },
  parse(given) {
    if (!given.has('--match-set')) throw new OptionError("You must specify `--match-set' with proper arguments");
    const skips = (name: string) => given.options.some(option => option.name === name && option.inverted);
    return {
      ...parseReference(given, '--match-set'),
      inverted: given.inverted('--match-set'),
      returnNomatch: given.has('--return-nomatch'),
      updateCounters: !skips('--update-counters'),
      updateSubcounters: !skips('--update-subcounters'),
      packets: parseCounter(given, 'packets'),
      bytes: parseCounter(given, 'bytes'),
    };
  },
  print: options =>
    `${options.inverted ? ' !' : ''} --match-set ${printReference(options)}` +
    (options.returnNomatch ? ' --return-nomatch' : '') +
    (options.updateCounters ? '' : ' ! --update-counters') +
    (options.updateSubcounters ? '' : ' ! --update-subcounters') +
    printCounter('packets', options.packets) +
    printCounter('bytes', options.bytes),
  describe: ({ set, directions, inverted }) => `${directions.join(',')} ${inverted ? 'not ' : ''}in set ${set}`,
  evaluate(options, packet, world): Truth {
    const found = testSet(options, packet, world);
    return 'kind' in found ? found : invertIf(options.inverted, found.member);
  },
});
