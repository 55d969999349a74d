import { unknown } from '../../model/truth.ts';
import type { Prefix } from '../../net/prefix.ts';
import { protocolName } from '../../net/protocol.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { parseHost, printHost } from '../hosts.ts';
import { parsePortOption } from '../port-range.ts';
import { parseProtocolOption } from '../protocol-option.ts';

interface Property<T> {
  readonly value: T;
  readonly inverted: boolean;
}

/** Without any other property: whether the packet belongs to a connection of IPVS. */
export interface IpvsOptions {
  readonly inverted: boolean;
  readonly protocol?: Property<number>;
  readonly address?: Property<Prefix>;
  readonly port?: Property<number>;
  readonly direction?: Property<'ORIGINAL' | 'REPLY'>;
  readonly method?: Property<'GATE' | 'IPIP' | 'MASQ'>;
  readonly controlPort?: Property<number>;
}

const DIRECTIONS = ['ORIGINAL', 'REPLY'] as const;
const METHODS = ['GATE', 'IPIP', 'MASQ'] as const;

export const ipvs = match<IpvsOptions>({
  name: 'ipvs',
  families: ['ip', 'ip6'],
  options: {
    '--ipvs': { args: 0, invert: true },
    '--vproto': { args: 1, invert: true },
    '--vaddr': { args: 1, invert: true },
    '--vport': { args: 1, invert: true },
    '--vdir': { args: 1 },
    '--vmethod': { args: 1, invert: true },
    '--vportctl': { args: 1, invert: true },
  },
  parse(given, { family }) {
    if (given.options.length === 0) throw new OptionError('IPVS: At least one option is required');
    if (given.inverted('--ipvs') && given.options.length > 1)
      throw new OptionError('IPVS: ! --ipvs cannot be together with other options');
    const protocol = property(given, '--vproto', () => parseProtocolOption(given, '--vproto'));
    const address = property(given, '--vaddr', text => parseHost('--vaddr', text, family));
    const port = property(given, '--vport', () => parsePortOption(given, '--vport'));
    const direction = property(given, '--vdir', text => one(text, DIRECTIONS));
    const method = property(given, '--vmethod', text => one(text, METHODS));
    const controlPort = property(given, '--vportctl', () => parsePortOption(given, '--vportctl'));
    return {
      inverted: given.inverted('--ipvs'),
      ...(protocol && { protocol }),
      ...(address && { address }),
      ...(port && { port }),
      ...(direction && { direction }),
      ...(method && { method }),
      ...(controlPort && { controlPort }),
    };
  },
  print(options) {
    const { inverted, protocol, address, port, direction, method, controlPort } = options;
    const out =
      print('--vproto', protocol) +
      print('--vaddr', address && { ...address, value: printHost(address.value) }) +
      print('--vport', port) +
      print('--vdir', direction) +
      print('--vmethod', method) +
      print('--vportctl', controlPort);
    return out === '' ? `${inverted ? ' !' : ''} --ipvs` : out;
  },
  describe: ({ inverted, protocol, address, port }) =>
    [
      `${inverted ? 'not ' : ''}of an IPVS connection`,
      ...(protocol ? [`${not(protocol)}${protocolName(protocol.value) ?? protocol.value}`] : []),
      ...(address ? [`virtual address ${not(address)}${printHost(address.value)}`] : []),
      ...(port ? [`virtual port ${not(port)}${port.value}`] : []),
    ].join(', '),
  evaluate: () => unknown('the connections of IPVS were not captured', 'ipvsadm -Lnc'),
});

function property<T>(given: Given, option: string, parse: (text: string) => T): Property<T> | undefined {
  const text = given.value(option);
  return text === undefined ? undefined : { value: parse(text), inverted: given.inverted(option) };
}

function one<T extends string>(text: string, all: readonly T[]): T {
  const found = all.find(word => word === text.toUpperCase());
  if (found === undefined) throw new OptionError(`ipvs: "${text}" is none of ${all.join(', ')}`);
  return found;
}

const not = (item: Property<unknown>): string => (item.inverted ? 'not ' : '');

const print = (option: string, item: Property<string | number> | undefined): string =>
  item ? `${item.inverted ? ' !' : ''} ${option} ${item.value}` : '';
