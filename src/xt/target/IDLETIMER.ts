import { OptionError, target } from '../extension.ts';
import { integerOption } from '../numbers.ts';

export interface IdletimerOptions {
  readonly timeout: number;
  readonly label: string;
  readonly alarm: boolean;
}

/** The kernel counts in milliseconds of a signed int. */
const MAX_SECONDS = 2147482;

export const IDLETIMER = target<IdletimerOptions>({
  name: 'IDLETIMER',
  families: ['ip', 'ip6'],
  options: { '--timeout': { args: 1 }, '--label': { args: 1 }, '--alarm': { args: 0 } },
  parse(given) {
    const label = given.required('--label').slice(0, 27);
    if (label === '') throw new OptionError('IDLETIMER: the label is empty');
    return { timeout: integerOption(given, '--timeout', 1, MAX_SECONDS), label, alarm: given.has('--alarm') };
  },
  print: ({ timeout, label, alarm }) => ` --timeout ${timeout} --label ${label}${alarm ? ' --alarm' : ''}`,
  describe: ({ label }) => `restart the idle timer ${label}`,
  apply: ({ label }) => ({ kind: 'note', text: `idle timer ${label} restarted` }),
});
