import { unknown } from '../../model/truth.ts';
import { type Mac, parseMac } from '../../net/mac.ts';
import { OptionError, target } from '../extension.ts';
import { parseInteger } from '../numbers.ts';

/** Undefined: a further rule for an address that a rule with `--new` has set up. */
export interface ClusteripOptions {
  readonly setup:
    | {
        readonly hashmode: string;
        readonly mac: Mac;
        readonly totalNodes: number;
        readonly localNode: number;
        readonly hashInit: number;
      }
    | undefined;
}

const MODES = ['sourceip', 'sourceip-sourceport', 'sourceip-sourceport-destport'];
const MAX_NODES = 16;

/** A load shared address (kernels before 6.3): other nodes drop what one of them takes. */
export const CLUSTERIP = target<ClusteripOptions>({
  name: 'CLUSTERIP',
  families: ['ip'],
  options: {
    '--new': { args: 0 },
    '--hashmode': { args: 1 },
    '--clustermac': { args: 1 },
    '--total-nodes': { args: 1 },
    '--local-node': { args: 1 },
    '--hash-init': { args: 1 },
  },
  hooks: ['input'],
  parse(given) {
    if (given.options.length === 0) return { setup: undefined };
    for (const option of ['--new', '--hashmode', '--clustermac', '--total-nodes', '--local-node'])
      if (!given.has(option)) throw new OptionError('CLUSTERIP target: Invalid parameter combination');
    const number = (option: string, text: string, min: number, max: number): number => {
      const value = parseInteger(text, min, max);
      if (value === undefined) throw new OptionError(`CLUSTERIP: bad value for option "${option}": ${text}`);
      return value;
    };
    const hashmode = given.required('--hashmode');
    if (!MODES.includes(hashmode)) throw new OptionError(`Unknown hashmode \`${hashmode}'`);
    const mac = parseMac(given.required('--clustermac'));
    if (mac === undefined || (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0)
      throw new OptionError('MAC has to be a multicast ethernet address');
    return {
      setup: {
        hashmode,
        mac,
        totalNodes: number('--total-nodes', given.required('--total-nodes'), 1, MAX_NODES),
        localNode: number('--local-node', given.required('--local-node'), 1, MAX_NODES),
        hashInit: number('--hash-init', given.value('--hash-init') ?? '0', 0, 0xffffffff),
      },
    };
  },
  print: ({ setup }) =>
    setup
      ? ` --new --hashmode ${setup.hashmode} --clustermac ${setup.mac.toUpperCase()}` +
        ` --total-nodes ${setup.totalNodes} --local-node ${setup.localNode} --hash-init ${setup.hashInit}`
      : '',
  describe: ({ setup }) => `shared address${setup ? `, node ${setup.localNode} of ${setup.totalNodes}` : ''}`,
  apply: () => ({
    kind: 'undecided',
    why: unknown('CLUSTERIP: whether this node takes the packet was not captured', 'cat /proc/net/ipt_CLUSTERIP/*'),
  }),
});
