import { and, type Truth, unknown } from '../../model/truth.ts';
import { type Packet, TCP, TCP_FLAG, type TcpFlag } from '../../net/packet.ts';
import { match } from '../extension.ts';
import { integerOption } from '../numbers.ts';
import { requireProtocol } from '../require.ts';

interface Bit {
  readonly inverted: boolean;
}

export interface EcnOptions {
  readonly ece?: Bit;
  readonly cwr?: Bit;
  readonly ect?: { readonly value: number; readonly inverted: boolean };
}

const bang = (bit: Bit): string => (bit.inverted ? ' !' : '');
const without = (bit: Bit): string => (bit.inverted ? 'without' : 'with');

export const ecn = match<EcnOptions>({
  name: 'ecn',
  families: ['ip', 'ip6'],
  options: {
    '--ecn-tcp-cwr': { args: 0, invert: true },
    '--ecn-tcp-ece': { args: 0, invert: true },
    '--ecn-ip-ect': { args: 1, invert: true },
  },
  parse(given, context) {
    given.oneOf('--ecn-tcp-cwr', '--ecn-tcp-ece', '--ecn-ip-ect');
    const ece = given.has('--ecn-tcp-ece') && { inverted: given.inverted('--ecn-tcp-ece') };
    const cwr = given.has('--ecn-tcp-cwr') && { inverted: given.inverted('--ecn-tcp-cwr') };
    const ect = given.has('--ecn-ip-ect') && {
      value: integerOption(given, '--ecn-ip-ect', 0, 3),
      inverted: given.inverted('--ecn-ip-ect'),
    };
    if (ece || cwr) requireProtocol('ecn', context, TCP);
    return { ...(ece && { ece }), ...(cwr && { cwr }), ...(ect && { ect }) };
  },
  print: ({ ece, cwr, ect }) =>
    (ece ? `${bang(ece)} --ecn-tcp-ece` : '') +
    (cwr ? `${bang(cwr)} --ecn-tcp-cwr` : '') +
    (ect ? `${bang(ect)} --ecn-ip-ect ${ect.value}` : ''),
  describe: ({ ece, cwr, ect }) =>
    [
      ...(ece ? [`${without(ece)} ECE`] : []),
      ...(cwr ? [`${without(cwr)} CWR`] : []),
      ...(ect ? [`ECN bits ${ect.inverted ? 'not ' : ''}${ect.value}`] : []),
    ].join(', '),
  evaluate: ({ ece, cwr, ect }, packet) =>
    and([
      ect ? ((packet.tos & 3) === ect.value) !== ect.inverted : true,
      evaluateBit(ece, 'ECE', packet),
      evaluateBit(cwr, 'CWR', packet),
    ]),
});

function evaluateBit(bit: Bit | undefined, flag: TcpFlag, packet: Packet): Truth {
  if (!bit) return true;
  if (packet.protocol !== TCP || packet.fragment === 'later') return false;
  if (!packet.tcp) return unknown('the TCP flags of the packet are not known');
  return ((packet.tcp.flags & TCP_FLAG[flag]) !== 0) !== bit.inverted;
}
