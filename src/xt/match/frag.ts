import { and, unknown } from '../../model/truth.ts';
import { match } from '../extension.ts';
import { integerOption, rangeOption } from '../numbers.ts';

export interface FragOptions {
  readonly id: { readonly low: number; readonly high: number; readonly inverted: boolean };
  /** Kept and printed; the kernel does not look at it. */
  readonly length?: { readonly value: number; readonly inverted: boolean };
  readonly reserved: boolean;
  readonly first: boolean;
  readonly more?: 'more' | 'last';
}

const MAX = 0xffffffff;

/** The fragment header of IPv6. */
export const frag = match<FragOptions>({
  name: 'frag',
  families: ['ip6'],
  options: {
    '--fragid': { args: 1, invert: true },
    '--fraglen': { args: 1, invert: true },
    '--fragres': { args: 0 },
    '--fragfirst': { args: 0 },
    '--fragmore': { args: 0 },
    '--fraglast': { args: 0 },
  },
  parse(given) {
    given.exclusive('--fragmore', '--fraglast');
    const [low, high] = given.has('--fragid') ? rangeOption(given, '--fragid', MAX) : [0, MAX];
    return {
      id: { low, high, inverted: given.inverted('--fragid') },
      ...(given.has('--fraglen') && {
        length: { value: integerOption(given, '--fraglen'), inverted: given.inverted('--fraglen') },
      }),
      reserved: given.has('--fragres'),
      first: given.has('--fragfirst'),
      ...(given.has('--fragmore') && { more: 'more' }),
      ...(given.has('--fraglast') && { more: 'last' }),
    };
  },
  print({ id, length, reserved, first, more }) {
    let out = '';
    if (id.low !== 0 || id.high !== MAX)
      out += `${id.inverted ? ' !' : ''} --fragid ${id.low === id.high ? id.low : `${id.low}:${id.high}`}`;
    if (length) out += `${length.inverted ? ' !' : ''} --fraglen ${length.value}`;
    if (reserved) out += ' --fragres';
    if (first) out += ' --fragfirst';
    return more ? `${out} --frag${more}` : out;
  },
  describe: ({ first, more }) => `${first ? 'the first' : more === 'last' ? 'the last' : 'a'} fragment`,
  evaluate({ id, reserved, first, more }, { fragment }) {
    if (!fragment) return false;
    if (first && fragment === 'later') return false;
    if (more === 'last' && fragment === 'first') return false;
    const whole = id.low === 0 && id.high === MAX;
    return and([
      whole ? !id.inverted : unknown('the id of the fragment is not known'),
      more && fragment === 'later' ? unknown('whether more fragments follow is not known') : true,
      reserved ? unknown('the reserved bits of the fragment header are not known') : true,
    ]);
  },
});
