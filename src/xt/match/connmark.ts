import { invertIf } from '../../model/truth.ts';
import { maskedEquals } from '../../net/mark.ts';
import { match } from '../extension.ts';
import { parseMasked } from '../numbers.ts';
import { type MarkOptions, printMasked } from './mark.ts';

/** Without a connection the answer is no, inverted or not. */
export const connmark = match<MarkOptions>({
  name: 'connmark',
  families: ['ip', 'ip6'],
  options: { '--mark': { args: 1, invert: true } },
  parse: given => ({ mark: parseMasked(given, '--mark'), inverted: given.inverted('--mark') }),
  print: ({ mark, inverted }) => `${inverted ? ' !' : ''} --mark ${printMasked(mark)}`,
  describe: ({ mark, inverted }) => `connection mark ${inverted ? 'not ' : ''}${printMasked(mark)}`,
  evaluate({ mark, inverted }, _packet, { connection: { entry } }) {
    return entry ? invertIf(inverted, maskedEquals(entry.mark, mark)) : false;
  },
});
