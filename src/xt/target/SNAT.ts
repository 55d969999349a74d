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

export const SNAT = target<NatOptions>({
  name: 'SNAT',
  families: ['ip', 'ip6'],
  options: {
    '--to-source': { args: 1 },
    '--random': { args: 0 },
    '--random-fully': { args: 0 },
    '--persistent': { args: 0 },
  },
  tables: ['nat'],
  hooks: ['postrouting', 'input'],
  parse: (given, context) => ({
    range: { ...parseNatRange(given.required('--to-source'), context, 'drop'), ...natFlags(given) },
  }),
  print: ({ range }) => ` --to-source ${printNatRange(range)}${printNatFlags(range)}`,
  describe: ({ range }) => `SNAT to ${describeRange(range)}`,
  apply: ({ range }) => natEffect('snat', range),
});
