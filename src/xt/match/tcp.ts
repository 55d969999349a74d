import { both, type Truth, unknown } from '../../model/truth.ts';
import { type Packet, TCP, TCP_FLAG } from '../../net/packet.ts';
import { match, OptionError, type RuleContext } from '../extension.ts';
import type { Given } from '../given.ts';
import { integerOption } from '../numbers.ts';
import {
  describePorts,
  isEveryPort,
  PORT_OPTIONS,
  type PortRange,
  portRangeOption,
  portTruth,
  printPorts,
} from '../port.ts';
import { requireProtocol } from '../require.ts';

export interface TcpOptions {
  readonly sport?: PortRange;
  readonly dport?: PortRange;
  readonly option?: { readonly kind: number; readonly inverted: boolean };
  readonly flags?: { readonly mask: number; readonly value: number; readonly inverted: boolean };
  /** iptables-nft tests ports and flags by expressions of its own, and leaves out what tests nothing. */
  readonly native: boolean;
}

const { FIN, SYN, RST, PSH, ACK, URG } = TCP_FLAG;
const FLAGS: readonly (readonly [string, number])[] = Object.entries({ FIN, SYN, RST, PSH, ACK, URG });
const NAMED = new Map([...FLAGS, ['ALL', FIN | SYN | RST | PSH | ACK | URG], ['NONE', 0]]);

function parseFlags(text: string): number {
  let bits = 0;
  for (const name of text.split(',').filter(name => name !== '')) {
    const bit = NAMED.get(name.toUpperCase());
    if (bit === undefined) throw new OptionError(`Unknown TCP flag \`${name}'`);
    bits |= bit;
  }
  return bits;
}

const printFlags = (bits: number): string =>
  FLAGS.filter(([, bit]) => bits & bit)
    .map(([name]) => name)
    .join(',') || 'NONE';

function flagsOption(given: Given): TcpOptions['flags'] {
  if (given.has('--syn') && given.has('--tcp-flags'))
    throw new OptionError("Only one of `--syn' or `--tcp-flags' allowed");
  if (given.has('--syn')) return { mask: FIN | SYN | RST | ACK, value: SYN, inverted: given.inverted('--syn') };
  const option = given.get('--tcp-flags');
  if (!option) return undefined;
  const [mask, value] = [parseFlags(option.args[0] ?? ''), parseFlags(option.args[1] ?? '')];
  return mask === 0 && value === 0 && !option.inverted ? undefined : { mask, value, inverted: option.inverted };
}

function parse(given: Given, context: RuleContext): TcpOptions {
  const range = (name: string) => {
    const ports = portRangeOption(given, name, TCP);
    return ports && isEveryPort(ports) && !ports.inverted ? undefined : ports;
  };
  const sport = range('--source-port');
  const dport = range('--destination-port');
  const flags = flagsOption(given);
  const option = given.has('--tcp-option')
    ? { kind: integerOption(given, '--tcp-option', 1, 255), inverted: given.inverted('--tcp-option') }
    : undefined;
  const native = context.backend === 'nft' && !option && Boolean(sport || dport || flags);
  if (!(native && context.protocol === TCP)) requireProtocol('tcp', context, TCP);
  return {
    native,
    ...(sport && !(native && isEveryPort(sport)) && { sport }),
    ...(dport && !(native && isEveryPort(dport)) && { dport }),
    ...(flags && !(native && flags.mask === 0) && { flags }),
    ...(option && { option }),
  };
}

function print({ sport, dport, option, flags, native }: TcpOptions): string | undefined {
  if (native && !sport && !dport && !flags) return undefined;
  let out = '';
  if (sport && !isEveryPort(sport)) out += printPorts('--sport', sport);
  if (dport && !isEveryPort(dport)) out += printPorts('--dport', dport);
  if (option) out += `${option.inverted ? ' !' : ''} --tcp-option ${option.kind}`;
  if (flags && (flags.mask !== 0 || flags.inverted))
    out += `${flags.inverted ? ' !' : ''} --tcp-flags ${printFlags(flags.mask)} ${printFlags(flags.value)}`;
  return out;
}

function flagsTruth(flags: TcpOptions['flags'], packet: Packet): Truth {
  if (!flags) return true;
  if (!packet.tcp) return unknown('the TCP flags of the packet are not known', 'tell the TCP flags');
  return ((packet.tcp.flags & flags.mask) === flags.value) !== flags.inverted;
}

function optionTruth(option: TcpOptions['option'], packet: Packet): Truth {
  if (!option) return true;
  const { options, mss } = packet.tcp ?? {};
  if (options) return options.includes(option.kind) !== option.inverted;
  if (option.kind === 2 && mss !== undefined) return (mss !== null) !== option.inverted;
  return unknown('the TCP options of the packet are not known');
}

export const tcp = match<TcpOptions>({
  name: 'tcp',
  families: ['ip', 'ip6'],
  implicitFor: [TCP],
  options: {
    ...PORT_OPTIONS,
    '--syn': { args: 0, invert: true },
    '--tcp-flags': { args: 2, invert: true },
    '--tcp-option': { args: 1, invert: true },
  },
  parse,
  print,
  describe({ sport, dport, option, flags }) {
    const parts = [...describePorts(sport, dport)];
    if (option) parts.push(`${option.inverted ? 'without' : 'with'} TCP option ${option.kind}`);
    if (flags)
      parts.push(`${flags.inverted ? 'not ' : ''}flags ${printFlags(flags.value)} of ${printFlags(flags.mask)}`);
    return parts.join(', ') || 'tcp';
  },
  /** An iptables-nft rule with `! -p tcp` tests the same bytes of other protocols (xt_tcpudp.c would be refused). */
  evaluate({ sport, dport, option, flags, native }, packet) {
    if (packet.protocol !== TCP && !native) return false;
    if (packet.fragment === 'later')
      return native ? unknown('nft reads ports from the data of a later fragment') : false;
    const ports = both(portTruth(sport, packet.sport, 'source'), portTruth(dport, packet.dport, 'destination'));
    return ports === false ? false : both(ports, both(flagsTruth(flags, packet), optionTruth(option, packet)));
  },
});
