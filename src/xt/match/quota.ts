import { type Truth, unknown, usually } from '../../model/truth.ts';
import { match, OptionError } from '../extension.ts';

export interface QuotaOptions {
  readonly bytes: bigint;
  readonly inverted: boolean;
}

const MAX = 0xffffffffffffffffn;

function parseBytes(text: string): bigint {
  const digits = text.replace(/^ *\+?/, '');
  const octal = /^0[0-7]+$/.test(digits);
  const plain = /^(?:0[xX][0-9a-fA-F]{1,16}|0|[1-9]\d{0,19})$/.test(digits);
  const value = octal ? BigInt(`0o${digits}`) : plain ? BigInt(digits) : MAX + 1n;
  if (value > MAX) throw new OptionError(`quota: bad value for option "--quota", or out of range (0-${MAX}).`);
  return value;
}

export const quota = match<QuotaOptions>({
  name: 'quota',
  families: ['ip', 'ip6'],
  options: { '--quota': { args: 1, invert: true } },
  parse: given => ({ bytes: parseBytes(given.required('--quota')), inverted: given.inverted('--quota') }),
  print: ({ bytes, inverted }) => `${inverted ? ' !' : ''} --quota ${bytes}`,
  describe: ({ bytes, inverted }) => `${inverted ? 'beyond' : 'within'} the first ${bytes} bytes`,
  stateful: () => true,
  /** A packet that does not fit ends the quota for all that follow (xt_quota.c). */
  evaluate(options, packet, world): Truth {
    const { bytes, inverted } = options;
    if (bytes === 0n) return inverted;
    const state = world.state(options, () => ({ left: bytes }));
    if (!state) return usually(!inverted, 'how much of the quota is left is not known');
    if (state.left === 0n) return inverted;
    if (packet.length === undefined) return unknown('the length of the packet is not known', 'tell its length');
    const fits = state.left >= BigInt(packet.length);
    state.left = fits ? state.left - BigInt(packet.length) : 0n;
    return fits !== inverted;
  },
});
