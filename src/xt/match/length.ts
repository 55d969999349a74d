import { unknown } from '../../model/truth.ts';
import { match } from '../extension.ts';
import { rangeOption } from '../numbers.ts';

export interface LengthOptions {
  readonly low: number;
  readonly high: number;
  readonly inverted: boolean;
}

/** Counts the network layer packet: headers and payload. */
export const length = match<LengthOptions>({
  name: 'length',
  families: ['ip', 'ip6'],
  options: { '--length': { args: 1, invert: true } },
  parse(given) {
    const [low, high] = rangeOption(given, '--length', 0xffff);
    return { low, high, inverted: given.inverted('--length') };
  },
  print: ({ low, high, inverted }) => `${inverted ? ' !' : ''} --length ${low === high ? low : `${low}:${high}`}`,
  describe: ({ low, high, inverted }) => `length ${inverted ? 'not ' : ''}${low === high ? low : `${low}-${high}`}`,
  evaluate({ low, high, inverted }, { length }) {
    if (low > high) return inverted;
    if (length === undefined) return unknown('the length of the packet is not known');
    return (length >= low && length <= high) !== inverted;
  },
});
