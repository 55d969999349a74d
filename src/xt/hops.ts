import type { Family } from '../net/address.ts';
import { OptionError, type OptionShape, target } from './extension.ts';
import { integerOption } from './numbers.ts';

export interface HopsTargetOptions {
  readonly action: 'set' | 'dec' | 'inc';
  readonly value: number;
}

const ACTIONS = ['set', 'dec', 'inc'] as const;

/** TTL and HL: the same target for the two families. The result stays within 0 and 255 (xt_HL.c). */
export const hopsTarget = (name: 'TTL' | 'HL', family: Family) => {
  const option = (action: (typeof ACTIONS)[number]): string => `--${name.toLowerCase()}-${action}`;
  const shapes: Record<string, OptionShape> = Object.fromEntries(ACTIONS.map(action => [option(action), { args: 1 }]));
  return target<HopsTargetOptions>({
    name,
    families: [family],
    options: shapes,
    tables: ['mangle'],
    parse(given) {
      given.exclusive(...ACTIONS.map(option));
      const action = ACTIONS.find(a => given.has(option(a)));
      if (!action) throw new OptionError(`${name}: You must specify an action`);
      return { action, value: integerOption(given, option(action), action === 'set' ? 0 : 1, 255) };
    },
    print: ({ action, value }) => ` ${option(action)} ${value}`,
    describe: ({ action, value }) =>
      `${family === 'ip' ? 'TTL' : 'hop limit'} ${{ set: '', dec: 'less ', inc: 'plus ' }[action]}${value}`,
    apply({ action, value }, { ttl }) {
      const after = action === 'set' ? value : action === 'inc' ? Math.min(ttl + value, 255) : Math.max(ttl - value, 0);
      return { kind: 'changes', changes: [{ kind: 'set', field: 'ttl', value: after }] };
    },
  });
};
