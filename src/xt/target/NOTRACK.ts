import { target } from '../extension.ts';

/** `-j CT --notrack` under its old name, which both printers keep. */
export const NOTRACK = target<Record<string, never>>({
  name: 'NOTRACK',
  families: ['ip', 'ip6'],
  options: {},
  tables: ['raw'],
  parse: () => ({}),
  print: () => '',
  describe: () => 'not tracked',
  apply: () => ({ kind: 'changes', changes: [{ kind: 'notrack' }] }),
});
