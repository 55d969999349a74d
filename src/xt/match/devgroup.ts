import { and, invertIf, type Truth, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import { FULL_MASK, hex, type Masked } from '../../net/mark.ts';
import { match } from '../extension.ts';
import type { Given } from '../given.ts';
import { parseMasked } from '../numbers.ts';
import { requireHook } from '../require.ts';

interface Group {
  readonly group: Masked;
  readonly inverted: boolean;
}

export interface DevgroupOptions {
  readonly source?: Group;
  readonly destination?: Group;
}

export const devgroup = match<DevgroupOptions>({
  name: 'devgroup',
  families: ['ip', 'ip6'],
  options: { '--src-group': { args: 1, invert: true }, '--dst-group': { args: 1, invert: true } },
  parse(given, context) {
    given.oneOf('--src-group', '--dst-group');
    const source = parse(given, '--src-group');
    const destination = parse(given, '--dst-group');
    if (source) requireHook('devgroup --src-group', context, ['prerouting', 'input', 'forward']);
    if (destination) requireHook('devgroup --dst-group', context, ['forward', 'output', 'postrouting']);
    return { ...(source && { source }), ...(destination && { destination }) };
  },
  print: ({ source, destination }) => print('--src-group', source) + print('--dst-group', destination),
  describe: ({ source, destination }) => [...describe('in', source), ...describe('out', destination)].join(', '),
  evaluate: ({ source, destination }, packet, world) =>
    and([evaluate(source, packet.iif, world), evaluate(destination, packet.oif, world)]),
});

/** Group 0 has a name in /etc/iproute2/group of every distribution. */
const DEFAULT: Masked = { value: 0, mask: FULL_MASK };

function parse(given: Given, option: string): Group | undefined {
  if (!given.has(option)) return undefined;
  const group = given.value(option) === 'default' ? DEFAULT : parseMasked(given, option);
  return { group, inverted: given.inverted(option) };
}

const format = ({ value, mask }: Masked): string =>
  mask === FULL_MASK ? (value === 0 ? 'default' : hex(value)) : `${hex(value)}/${hex(mask)}`;

const print = (option: string, group: Group | undefined): string =>
  group ? `${group.inverted ? ' !' : ''} ${option} ${format(group.group)}` : '';

const describe = (word: string, group: Group | undefined): string[] =>
  group ? [`${word} an interface ${group.inverted ? 'not ' : ''}of group ${format(group.group)}`] : [];

function evaluate(wanted: Group | undefined, name: string | undefined, world: World): Truth {
  if (!wanted) return true;
  if (name === undefined) return unknown('the interface of the packet is not known');
  const device = world.interface(name);
  if ('reason' in device) return device;
  const { value, mask } = wanted.group;
  return invertIf(wanted.inverted, ((device.group ^ value) & mask) === 0);
}
