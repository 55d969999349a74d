import { unknown } from '../../model/truth.ts';
import { TCP } from '../../net/packet.ts';
import { match, OptionError } from '../extension.ts';
import { rangeOption } from '../numbers.ts';
import { requireProtocol } from '../require.ts';

export interface TcpmssOptions {
  readonly min: number;
  readonly max: number;
  readonly inverted: boolean;
}

const format = ({ min, max }: TcpmssOptions): string => (min === max ? `${min}` : `${min}:${max}`);

export const tcpmss = match<TcpmssOptions>({
  name: 'tcpmss',
  families: ['ip', 'ip6'],
  options: { '--mss': { args: 1, invert: true } },
  parse(given, context) {
    requireProtocol('tcpmss', context, TCP);
    const [min, max] = rangeOption(given, '--mss', 65535);
    if (min > max) throw new OptionError('tcpmss: invalid range given');
    return { min, max, inverted: given.inverted('--mss') };
  },
  print: options => `${options.inverted ? ' !' : ''} --mss ${format(options)}`,
  describe: options => `${options.inverted ? 'not ' : ''}MSS ${format(options)}`,
  /** Without the option, only `!` matches (xt_tcpmss.c). */
  evaluate({ min, max, inverted }, packet) {
    if (packet.protocol !== TCP) return false;
    const mss = packet.tcp?.mss;
    if (mss === undefined) return unknown('the MSS of the packet is not known');
    return (mss !== null && mss >= min && mss <= max) !== inverted;
  },
});
