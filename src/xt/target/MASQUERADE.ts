import { target } from '../extension.ts';
import { type NatOptions, natEffect, natFlags, parsePorts, printNatFlags, printPorts } from '../nat.ts';

export const MASQUERADE = target<NatOptions>({
  name: 'MASQUERADE',
  families: ['ip', 'ip6'],
  options: { '--to-ports': { args: 1 }, '--random': { args: 0 }, '--random-fully': { args: 0 } },
  tables: ['nat'],
  hooks: ['postrouting'],
  parse(given, context) {
    const ports = given.value('--to-ports');
    return { range: { ...(ports !== undefined && parsePorts(ports, context, 'drop')), ...natFlags(given) } };
  },
  print: ({ range }) =>
    `${range.minPort === undefined ? '' : ` --to-ports ${printPorts(range)}`}${printNatFlags(range)}`,
  describe: ({ range }) => `masquerade${range.minPort === undefined ? '' : ` with ports ${printPorts(range)}`}`,
  apply: ({ range }) => natEffect('masquerade', range),
});
