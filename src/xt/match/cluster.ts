import { invertIf, unknown } from '../../model/truth.ts';
import type { Address } from '../../net/address.ts';
import { jhash2, reciprocalScale, swap32 } from '../../net/jhash.ts';
import { match, OptionError } from '../extension.ts';
import { integerOption } from '../numbers.ts';

export interface ClusterOptions {
  readonly total: number;
  /** A bit for each node of the cluster that this one is. */
  readonly nodes: number;
  readonly inverted: boolean;
  readonly seed: number;
}

const hex8 = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

export const cluster = match<ClusterOptions>({
  name: 'cluster',
  families: ['ip', 'ip6'],
  options: {
    '--cluster-total-nodes': { args: 1 },
    '--cluster-local-node': { args: 1, invert: true },
    '--cluster-local-nodemask': { args: 1, invert: true },
    '--cluster-hash-seed': { args: 1 },
  },
  parse(given) {
    given.exclusive('--cluster-local-node', '--cluster-local-nodemask');
    given.oneOf('--cluster-local-node', '--cluster-local-nodemask');
    const total = integerOption(given, '--cluster-total-nodes', 1, 32);
    const seed = integerOption(given, '--cluster-hash-seed');
    const option = given.has('--cluster-local-node') ? '--cluster-local-node' : '--cluster-local-nodemask';
    // A mask is held to the bounds of a node's number when it is written, but a node's bit is printed as a mask.
    const value = integerOption(given, option, 1, option === '--cluster-local-node' ? 32 : 0xffffffff);
    const nodes = option === '--cluster-local-node' ? (1 << (value - 1)) >>> 0 : value;
    if (nodes >= 2 ** total) throw new OptionError(`cluster: \`${option}' is too big for \`--cluster-total-nodes'`);
    return { total, nodes, inverted: given.inverted(option), seed };
  },
  print: ({ total, nodes, inverted, seed }) =>
    `${inverted ? ' !' : ''} --cluster-local-nodemask ${hex8(nodes)}` +
    ` --cluster-total-nodes ${total} --cluster-hash-seed ${hex8(seed)}`,
  describe: ({ total, nodes, inverted }) =>
    `connection is ${inverted ? 'not ' : ''}that of node ${numbersOf(nodes).join(',')} of ${total}`,
  evaluate({ total, nodes, inverted, seed }, _packet, { connection: { entry } }) {
    if (!entry) return false;
    if (entry.status.has('EXPECTED')) return unknown('the connection that this one was expected by is not known');
    const node = reciprocalScale(jhash2([wordOf(entry.original.saddr)], seed), total);
    return invertIf(inverted, ((nodes >>> node) & 1) === 1);
  },
});

const numbersOf = (nodes: number): number[] =>
  Array.from({ length: 32 }, (_, bit) => bit + 1).filter(number => (nodes >>> (number - 1)) & 1);

/**
 * What is hashed of an address, as a little endian machine has it in memory: of an IPv6 address the first 32 bit alone
 * (xt_cluster.c divides the number of words by the size of one).
 */
const wordOf = (address: Address): number => swap32(typeof address === 'number' ? address : Number(address >> 96n));
