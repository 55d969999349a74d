import { target } from '../extension.ts';
import {
  describeRange,
  type NatOptions,
  natEffect,
  natFlags,
  parseNatRange,
  printNatFlags,
  printNatRange,
} from '../nat.ts';

export const DNAT = target<NatOptions>({
  name: 'DNAT',
  families: ['ip', 'ip6'],
  options: { '--to-destination': { args: 1 }, '--random': { args: 0 }, '--persistent': { args: 0 } },
  tables: ['nat'],
  hooks: ['prerouting', 'output'],
  parse: (given, context) => ({
    range: { ...parseNatRange(given.required('--to-destination'), context, 'shift'), ...natFlags(given) },
  }),
  print: ({ range }) => ` --to-destination ${printNatRange(range)}${printNatFlags(range)}`,
  describe: ({ range }) => `DNAT to ${describeRange(range)}`,
  apply: ({ range }) => natEffect('dnat', range),
});
