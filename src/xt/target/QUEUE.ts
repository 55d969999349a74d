import { OptionError, target } from '../extension.ts';

/** The verdict without a number, which only the legacy tools know: queue 0. */
export const QUEUE = target<Record<string, never>>({
  name: 'QUEUE',
  families: ['ip', 'ip6'],
  options: {},
  parse(_given, { backend }) {
    if (backend === 'nft') throw new OptionError('QUEUE: not known to nf_tables');
    return {};
  },
  print: () => '',
  describe: () => 'to queue 0',
  apply: () => ({ kind: 'queue', number: 0, bypass: false }),
});
