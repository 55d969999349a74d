import { unknown } from '../../model/truth.ts';
import { match } from '../extension.ts';
import { integerOption } from '../numbers.ts';

export interface ConnlabelOptions {
  /** The number of the label's bit; names come from a file of the node, and none is printed here. */
  readonly label: number;
  readonly set: boolean;
  readonly inverted: boolean;
}

/** Without a connection, and where the label is not set, the answer is no; `--set` sets it and says yes. */
export const connlabel = match<ConnlabelOptions>({
  name: 'connlabel',
  families: ['ip', 'ip6'],
  options: { '--label': { args: 1, invert: true }, '--set': { args: 0 } },
  parse: given => ({
    label: integerOption(given, '--label', 0, 127),
    set: given.has('--set'),
    inverted: given.inverted('--label'),
  }),
  print: ({ label, set, inverted }) => `${inverted ? ' !' : ''} --label "${label}"${set ? ' --set' : ''}`,
  describe: ({ label, set, inverted }) => `connection ${set ? 'gets' : inverted ? 'has not' : 'has'} label ${label}`,
  evaluate({ set, inverted }, _packet, { connection: { entry } }) {
    if (!entry) return inverted;
    if (set) return !inverted;
    return unknown("the connection's labels are not known", 'conntrack -L -o labels');
  },
});
