import { unknown } from '../../model/truth.ts';
import { TCP, TCP_FLAG } from '../../net/packet.ts';
import { OptionError, target } from '../extension.ts';
import { integerOption } from '../numbers.ts';

export interface SynproxyOptions {
  readonly sackPermitted: boolean;
  readonly timestamp: boolean;
  readonly windowScale: number | undefined;
  readonly mss: number | undefined;
  readonly ecn: boolean;
}

/** Answers SYNs in the server's place; what is no part of the handshake goes on (nf_synproxy_core.c). */
export const SYNPROXY = target<SynproxyOptions>({
  name: 'SYNPROXY',
  families: ['ip', 'ip6'],
  options: {
    '--sack-perm': { args: 0 },
    '--timestamp': { args: 0 },
    '--wscale': { args: 1 },
    '--mss': { args: 1 },
    '--ecn': { args: 0 },
  },
  hooks: ['input', 'forward'],
  parse(given, { protocol, protocolInverted }) {
    if (protocol !== TCP || protocolInverted) throw new OptionError('SYNPROXY: needs -p tcp');
    return {
      sackPermitted: given.has('--sack-perm'),
      timestamp: given.has('--timestamp'),
      windowScale: given.has('--wscale') ? integerOption(given, '--wscale') & 0xff : undefined,
      mss: given.has('--mss') ? integerOption(given, '--mss') & 0xffff : undefined,
      ecn: given.has('--ecn'),
    };
  },
  print: ({ sackPermitted, timestamp, windowScale, mss, ecn }) =>
    [
      sackPermitted ? ' --sack-perm' : '',
      timestamp ? ' --timestamp' : '',
      windowScale === undefined ? '' : ` --wscale ${windowScale}`,
      mss === undefined ? '' : ` --mss ${mss}`,
      ecn ? ' --ecn' : '',
    ].join(''),
  describe: () => 'answer in the server’s place (SYN proxy)',
  apply(_options, packet) {
    const { SYN, ACK, FIN, RST } = TCP_FLAG;
    if (!packet.tcp) return { kind: 'undecided', why: unknown('SYNPROXY: the TCP flags of the packet were not told') };
    const flags = packet.tcp.flags & (SYN | ACK | FIN | RST);
    if (flags === SYN) return { kind: 'consumed', by: 'SYNPROXY' };
    if (flags === ACK)
      return {
        kind: 'undecided',
        why: unknown('SYNPROXY: whether the ACK carries a cookie that it sent is not known'),
      };
    return { kind: 'note', text: 'no part of a handshake' };
  },
});
