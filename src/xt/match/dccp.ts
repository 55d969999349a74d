import { and, type Truth, unknown } from '../../model/truth.ts';
import { DCCP } from '../../net/packet.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { integerOption } from '../numbers.ts';
import { parsePortRange } from '../port-range.ts';
import { requireProtocol } from '../require.ts';

interface Ports {
  readonly low: number;
  readonly high: number;
  readonly inverted: boolean;
}

const TYPES = [
  'REQUEST',
  'RESPONSE',
  'DATA',
  'ACK',
  'DATAACK',
  'CLOSEREQ',
  'CLOSE',
  'RESET',
  'SYNC',
  'SYNCACK',
  'INVALID',
] as const;
type Type = (typeof TYPES)[number];

export interface DccpOptions {
  readonly source?: Ports;
  readonly destination?: Ports;
  readonly types?: { readonly names: ReadonlySet<Type>; readonly inverted: boolean };
  readonly option?: { readonly number: number; readonly inverted: boolean };
}

export const dccp = match<DccpOptions>({
  name: 'dccp',
  families: ['ip', 'ip6'],
  implicitFor: [DCCP],
  options: {
    '--source-port': { args: 1, invert: true, alias: '--sport' },
    '--sport': { args: 1, invert: true },
    '--destination-port': { args: 1, invert: true, alias: '--dport' },
    '--dport': { args: 1, invert: true },
    '--dccp-types': { args: 1, invert: true },
    '--dccp-option': { args: 1, invert: true },
  },
  parse(given, context) {
    requireProtocol('dccp', context, DCCP);
    const types = given.value('--dccp-types');
    const source = parsePorts(given, '--sport');
    const destination = parsePorts(given, '--dport');
    return {
      ...(source && { source }),
      ...(destination && { destination }),
      ...(types !== undefined && { types: { names: parseTypes(types), inverted: given.inverted('--dccp-types') } }),
      ...(given.has('--dccp-option') && {
        option: { number: integerOption(given, '--dccp-option', 1, 255), inverted: given.inverted('--dccp-option') },
      }),
    };
  },
  print: ({ source, destination, types, option }) =>
    printPorts('--sport', source) +
    printPorts('--dport', destination) +
    (types ? `${types.inverted ? ' !' : ''} --dccp-types ${TYPES.filter(t => types.names.has(t)).join(',')}` : '') +
    (option ? `${option.inverted ? ' !' : ''} --dccp-option ${option.number}` : ''),
  describe: ({ source, destination, types, option }) =>
    [
      ...describePorts('from', source),
      ...describePorts('to', destination),
      ...(types ? [`DCCP type ${types.inverted ? 'not ' : ''}${[...types.names].join(' or ')}`] : []),
      ...(option ? [`${option.inverted ? 'without' : 'with'} DCCP option ${option.number}`] : []),
    ].join(', '),
  evaluate({ source, destination, types, option }, packet) {
    if (packet.protocol !== DCCP || packet.fragment === 'later') return false;
    return and([
      evaluatePorts(source, packet.sport),
      evaluatePorts(destination, packet.dport),
      types ? unknown('the DCCP type of the packet is not known') : true,
      option ? unknown('the DCCP options of the packet are not known') : true,
    ]);
  },
});

function parsePorts(given: Given, option: string): Ports | undefined {
  if (!given.has(option)) return undefined;
  const [low, high] = parsePortRange(given, option);
  return { low, high, inverted: given.inverted(option) };
}

function parseTypes(text: string): ReadonlySet<Type> {
  const names = new Set<Type>();
  for (const word of text.split(',')) {
    const type = TYPES.find(t => t === word.toUpperCase());
    if (type) names.add(type);
    else if (word !== '') throw new OptionError(`Unknown DCCP type \`${word}'`);
  }
  return names;
}

const printPorts = (option: string, ports: Ports | undefined): string =>
  ports ? `${ports.inverted ? ' !' : ''} ${option} ${range(ports, ':')}` : '';

const range = ({ low, high }: Ports, between: string): string => (low === high ? `${low}` : `${low}${between}${high}`);

const describePorts = (word: string, ports: Ports | undefined): string[] =>
  ports ? [`${ports.inverted ? 'not ' : ''}${word} port ${range(ports, '-')}`] : [];

function evaluatePorts(ports: Ports | undefined, port: number | undefined): Truth {
  if (!ports) return true;
  if (port === undefined) return unknown('the ports of the packet are not known');
  return (port >= ports.low && port <= ports.high) !== ports.inverted;
}
