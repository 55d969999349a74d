import { OptionError, target } from '../extension.ts';

/** Fills in a checksum that was left to the device; no rule sees the difference. */
export const CHECKSUM = target<Record<string, never>>({
  name: 'CHECKSUM',
  families: ['ip', 'ip6'],
  options: { '--checksum-fill': { args: 0 } },
  tables: ['mangle'],
  parse(given) {
    if (!given.has('--checksum-fill')) throw new OptionError('CHECKSUM: option "--checksum-fill" must be specified');
    return {};
  },
  print: () => ' --checksum-fill',
  describe: () => 'fill in the checksum',
  apply: () => ({ kind: 'note', text: 'checksum filled in' }),
});
