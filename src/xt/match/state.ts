import { match, OptionError } from '../extension.ts';
import { parseNames, printNames } from '../names.ts';
import { type Choice, matchesState, type StateName } from './conntrack.ts';

const NAMES: readonly StateName[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'];

/** The old spelling of `-m conntrack --ctstate`; the kernel keeps which of the two was written. */
export const state = match<Choice<StateName>>({
  name: 'state',
  families: ['ip', 'ip6'],
  options: { '--state': { args: 1, invert: true } },
  parse(given) {
    const text = given.required('--state');
    const names = parseNames(text, NAMES);
    if (!names) throw new OptionError(`Bad state "${text}"`);
    return { names, inverted: given.inverted('--state') };
  },
  print: ({ names, inverted }) => `${inverted ? ' !' : ''} --state ${printNames(names, NAMES)}`,
  describe: ({ names, inverted }) => `connection ${inverted ? 'not ' : ''}${printNames(names, NAMES).toLowerCase()}`,
  evaluate: (choice, _packet, { connection }) => matchesState(choice, connection),
});
