import { OptionError, target } from '../extension.ts';

export const TRACE = target<Record<string, never>>({
  name: 'TRACE',
  families: ['ip', 'ip6'],
  options: {},
  parse(_given, { backend, table }) {
    if (backend === 'legacy' && table !== 'raw') throw new OptionError('TRACE: only valid in the raw table');
    return {};
  },
  print: () => '',
  describe: () => 'trace',
  apply: () => ({ kind: 'note', text: 'traced from here on' }),
});
