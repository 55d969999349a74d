import { formatPrefix, networkOf, type Prefix, parsePrefix, prefixLength, prefixOf } from '../../net/prefix.ts';
import { OptionError, target } from '../extension.ts';

export interface NetmapOptions {
  readonly to: Prefix;
}

/** Replaces the bits of the prefix and keeps the host's; of a mask with holes iptables keeps the single address. */
export const NETMAP = target<NetmapOptions>({
  name: 'NETMAP',
  families: ['ip', 'ip6'],
  options: { '--to': { args: 1 } },
  tables: ['nat'],
  parse(given, { family }) {
    const text = given.required('--to');
    const prefix = parsePrefix(text);
    if (!prefix || prefix.family !== family) throw new OptionError(`NETMAP: bad network for option "--to": ${text}`);
    return { to: prefixLength(prefix) === undefined ? prefixOf(prefix.address) : networkOf(prefix) };
  },
  print: ({ to }) => ` --to ${formatPrefix(to)}`,
  describe: ({ to }) => `map into ${formatPrefix(to)}`,
  apply: ({ to }) => ({ kind: 'nat', type: 'netmap', to }),
});
