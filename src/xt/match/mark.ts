import { invertIf } from '../../model/truth.ts';
import { FULL_MASK, hex, type Masked, maskedEquals } from '../../net/mark.ts';
import { match } from '../extension.ts';
import { parseMasked } from '../numbers.ts';

export interface MarkOptions {
  readonly mark: Masked;
  readonly inverted: boolean;
}

/** `0x4000/0x4000`; the mask is left out where every bit counts. */
export const printMasked = ({ value, mask }: Masked): string =>
  mask === FULL_MASK ? hex(value) : `${hex(value)}/${hex(mask)}`;

export const mark = match<MarkOptions>({
  name: 'mark',
  families: ['ip', 'ip6'],
  options: { '--mark': { args: 1, invert: true } },
  parse: given => ({ mark: parseMasked(given, '--mark'), inverted: given.inverted('--mark') }),
  print: ({ mark, inverted }) => `${inverted ? ' !' : ''} --mark ${printMasked(mark)}`,
  describe: ({ mark, inverted }) => `mark ${inverted ? 'not ' : ''}${printMasked(mark)}`,
  evaluate: (options, packet) => invertIf(options.inverted, maskedEquals(packet.mark, options.mark)),
});
