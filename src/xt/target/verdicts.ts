import { target } from '../extension.ts';

const verdict = (name: 'ACCEPT' | 'DROP' | 'RETURN') =>
  target<Record<string, never>>({
    name,
    families: ['ip', 'ip6'],
    options: {},
    parse: () => ({}),
    print: () => '',
    describe: () => name,
    apply: () => ({ kind: 'verdict', verdict: name === 'ACCEPT' ? 'accept' : name === 'DROP' ? 'drop' : 'return' }),
  });

/** The standard target's verdicts. */
export const ACCEPT = verdict('ACCEPT');
export const DROP = verdict('DROP');
export const RETURN = verdict('RETURN');
