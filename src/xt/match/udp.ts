import { both, unknown } from '../../model/truth.ts';
import { UDP } from '../../net/packet.ts';
import { servicePort } from '../../net/service.ts';
import { match, OptionError, type RuleContext } from '../extension.ts';
import type { Given } from '../given.ts';
import { describePorts, isEveryPort, MAX_PORT, PORT_OPTIONS, type PortRange, portTruth, printPorts } from '../port.ts';
import { requireProtocol } from '../require.ts';

export interface UdpOptions {
  readonly sport?: PortRange;
  readonly dport?: PortRange;
  /** iptables-nft tests ports by expressions of its own, and leaves out what tests nothing. */
  readonly native: boolean;
}

/** getaddrinfo's reading of a service: decimal, cut to 16 bits, else a name of any protocol. */
function resolvePort(text: string): number {
  const number = /^ *\+?\d{1,19}$/.test(text) ? BigInt.asIntN(32, BigInt(text.replace(/[ +]/g, ''))) : -1n;
  const port = number < 0n ? servicePort(text) : Number(number & 0xffffn);
  if (port === undefined) throw new OptionError(`Port "${text}" does not resolve to anything.`);
  return port;
}

/** A range whose first port is above its last is taken as it is, and matches nothing. */
function rangeOption(given: Given, name: string): PortRange | undefined {
  const text = given.value(name);
  if (text === undefined) return undefined;
  const [low, high, more] = text.split(':');
  if (more !== undefined) throw new OptionError(`udp: Too many components for option "${name}" (max: 2)`);
  const min = low === undefined || low === '' ? 0 : resolvePort(low);
  const max = high === undefined ? min : high === '' ? MAX_PORT : resolvePort(high);
  const range = { min, max, inverted: given.inverted(name) };
  return isEveryPort(range) && !range.inverted ? undefined : range;
}

function parse(given: Given, context: RuleContext): UdpOptions {
  const sport = rangeOption(given, '--source-port');
  const dport = rangeOption(given, '--destination-port');
  const native = context.backend === 'nft' && Boolean(sport || dport);
  if (!(native && context.protocol === UDP)) requireProtocol('udp', context, UDP);
  return {
    native,
    ...(sport && !(native && isEveryPort(sport)) && { sport }),
    ...(dport && !(native && isEveryPort(dport)) && { dport }),
  };
}

export const udp = match<UdpOptions>({
  name: 'udp',
  families: ['ip', 'ip6'],
  implicitFor: [UDP],
  options: PORT_OPTIONS,
  parse,
  print({ sport, dport, native }) {
    if (native && !sport && !dport) return undefined;
    const one = (option: string, range: PortRange | undefined) =>
      range && !isEveryPort(range) ? printPorts(option, range) : '';
    return one('--sport', sport) + one('--dport', dport);
  },
  describe: ({ sport, dport }) => describePorts(sport, dport).join(', ') || 'udp',
  evaluate({ sport, dport, native }, packet) {
    if (packet.protocol !== UDP && !native) return false;
    if (packet.fragment === 'later')
      return native ? unknown('nft reads ports from the data of a later fragment') : false;
    return both(portTruth(sport, packet.sport, 'source'), portTruth(dport, packet.dport, 'destination'));
  },
});
