import { target } from '../extension.ts';
import { type NatOptions, natEffect, natFlags, parsePorts, printNatFlags, printPorts } from '../nat.ts';

export const REDIRECT = target<NatOptions>({
  name: 'REDIRECT',
  families: ['ip', 'ip6'],
  options: { '--to-ports': { args: 1 }, '--random': { args: 0 } },
  tables: ['nat'],
  hooks: ['prerouting', 'output'],
  parse(given, context) {
    const ports = given.value('--to-ports');
    return { range: { ...(ports !== undefined && parsePorts(ports, context, 'refuse')), ...natFlags(given) } };
  },
  print: ({ range }) =>
    `${range.minPort === undefined ? '' : ` --to-ports ${printPorts(range)}`}${printNatFlags(range)}`,
  describe: ({ range }) => `redirect to this node${range.minPort === undefined ? '' : `, port ${printPorts(range)}`}`,
  apply: ({ range }) => natEffect('redirect', range),
});
