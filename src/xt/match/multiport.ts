import { type Truth, unknown } from '../../model/truth.ts';
import { DCCP, SCTP, TCP, UDP, UDPLITE } from '../../net/packet.ts';
import { match, OptionError } from '../extension.ts';
import { formatPorts, parsePort } from '../port.ts';

export interface MultiportOptions {
  readonly which: 'source' | 'destination' | 'either';
  readonly ports: readonly { readonly min: number; readonly max: number }[];
  readonly inverted: boolean;
}

const PROTOCOLS: readonly number[] = [TCP, UDP, UDPLITE, SCTP, DCCP];
const OPTION = { source: '--source-ports', destination: '--destination-ports', either: '--ports' } as const;
const PRINTED = { source: '--sports', destination: '--dports', either: '--ports' } as const;
/** A range takes two of the kernel's fifteen places. */
const PLACES = 15;

function parsePorts(text: string, protocol: number): MultiportOptions['ports'] {
  const ports = text.split(',', PLACES + 1).map(part => {
    const at = part.indexOf(':');
    const min = parsePort(at < 0 ? part : part.slice(0, at), protocol);
    const max = at < 0 ? min : parsePort(part.slice(at + 1), protocol);
    if (at >= 0 && min >= max) throw new OptionError('invalid portrange specified');
    return { min, max };
  });
  if (ports.reduce((places, { min, max }) => places + (min === max ? 1 : 2), 0) > PLACES)
    throw new OptionError('too many ports specified');
  return ports;
}

const shape = { args: 1, invert: true } as const;

export const multiport = match<MultiportOptions>({
  name: 'multiport',
  families: ['ip', 'ip6'],
  options: {
    '--source-ports': shape,
    '--sports': { ...shape, alias: '--source-ports' },
    '--destination-ports': shape,
    '--dports': { ...shape, alias: '--destination-ports' },
    '--ports': shape,
  },
  parse(given, { protocol, protocolInverted }) {
    if (protocolInverted || !PROTOCOLS.includes(protocol))
      throw new OptionError('multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP');
    given.exclusive(...Object.values(OPTION));
    given.oneOf(...Object.values(OPTION));
    const which = given.has(OPTION.source) ? 'source' : given.has(OPTION.either) ? 'either' : 'destination';
    return {
      which,
      ports: parsePorts(given.required(OPTION[which]), protocol),
      inverted: given.inverted(OPTION[which]),
    };
  },
  print: ({ which, ports, inverted }) =>
    `${inverted ? ' !' : ''} ${PRINTED[which]} ${ports.map(formatPorts).join(',')}`,
  describe({ which, ports, inverted }) {
    const list = ports.map(range => formatPorts(range).replace(':', '-')).join(', ');
    const word = { source: 'from', destination: 'to', either: 'from or to' }[which];
    return `${inverted ? 'not ' : ''}${word} port ${list}`;
  },
  evaluate({ which, ports, inverted }, packet): Truth {
    if (packet.fragment === 'later' || !PROTOCOLS.includes(packet.protocol)) return false;
    const asked = [...(which === 'destination' ? [] : [packet.sport]), ...(which === 'source' ? [] : [packet.dport])];
    if (asked.some(port => port !== undefined && ports.some(({ min, max }) => port >= min && port <= max)))
      return !inverted;
    if (asked.includes(undefined)) return unknown('a port of the packet is not known', 'tell its ports');
    return inverted;
  },
});
