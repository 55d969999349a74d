import { unknown } from '../../model/truth.ts';
import { match } from '../extension.ts';
import { quoteWord } from '../words.ts';

export interface HelperOptions {
  /** Empty: any helper. */
  readonly helper: string;
  readonly inverted: boolean;
}

/** The kernel keeps so many bytes of a helper's name. */
const NAME_LENGTH = 29;

/** Asks for the helper of the connection that this one was expected by, not for one of its own (xt_helper.c). */
export const helper = match<HelperOptions>({
  name: 'helper',
  families: ['ip', 'ip6'],
  options: { '--helper': { args: 1, invert: true } },
  parse: given => ({
    helper: given.required('--helper').slice(0, NAME_LENGTH),
    inverted: given.inverted('--helper'),
  }),
  print: ({ helper, inverted }) => `${inverted ? ' !' : ''} --helper ${quoteWord(helper)}`,
  describe: ({ helper, inverted }) => `${inverted ? 'not ' : ''}expected by helper ${helper === '' ? '(any)' : helper}`,
  evaluate({ inverted }, _packet, { connection: { entry } }) {
    if (!entry?.status.has('EXPECTED')) return inverted;
    return unknown('the helper of the connection that expected this one is not known', 'conntrack -L -o extended');
  },
});
