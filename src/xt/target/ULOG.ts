import { OptionError, target } from '../extension.ts';
import { integerOption } from '../numbers.ts';
import { quoteWord } from '../words.ts';
import { prefixOption } from './LOG.ts';

export interface UlogOptions {
  readonly prefix: string;
  readonly group: number;
  readonly copyRange: number;
  readonly threshold: number;
}

/** NFLOG's forerunner; gone from kernels since 3.17. */
export const ULOG = target<UlogOptions>({
  name: 'ULOG',
  families: ['ip'],
  options: {
    '--ulog-nlgroup': { args: 1 },
    '--ulog-prefix': { args: 1 },
    '--ulog-cprange': { args: 1 },
    '--ulog-qthreshold': { args: 1 },
  },
  parse(given) {
    const number = (option: string, fallback: number, min: number, max: number) =>
      given.has(option) ? integerOption(given, option, min, max) : fallback;
    const options: UlogOptions = {
      prefix: prefixOption(given, '--ulog-prefix', 31),
      group: number('--ulog-nlgroup', 1, 1, 32),
      copyRange: number('--ulog-cprange', 0, 0, 0xffffffff),
      threshold: number('--ulog-qthreshold', 1, 1, 50),
    };
    if (options.copyRange > 0x7fffffff) throw new OptionError('ULOG: negative copy range');
    return options;
  },
  print: ({ prefix, group, copyRange, threshold }) =>
    [
      prefix && ` --ulog-prefix ${quoteWord(prefix)}`,
      group === 1 ? '' : ` --ulog-nlgroup ${group}`,
      copyRange === 0 ? '' : ` --ulog-cprange ${copyRange}`,
      threshold === 1 ? '' : ` --ulog-qthreshold ${threshold}`,
    ].join(''),
  describe: ({ prefix, group }) => `log to group ${group}${prefix === '' ? '' : ` as "${prefix}"`}`,
  apply: ({ group }) => ({ kind: 'note', text: `logged to group ${group}` }),
});
