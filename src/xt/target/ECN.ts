import type { Change } from '../../model/effect.ts';
import { unknown } from '../../model/truth.ts';
import { TCP, TCP_FLAG } from '../../net/packet.ts';
import { OptionError, target } from '../extension.ts';
import { integerOption } from '../numbers.ts';

export interface EcnTargetOptions {
  readonly cwr: number | undefined;
  readonly ece: number | undefined;
  readonly ect: number | undefined;
}

const withFlag = (flags: number, flag: number, value: number | undefined): number =>
  value === undefined ? flags : value === 1 ? flags | flag : flags & ~flag;

export const ECN = target<EcnTargetOptions>({
  name: 'ECN',
  families: ['ip'],
  options: {
    '--ecn-tcp-remove': { args: 0 },
    '--ecn-tcp-cwr': { args: 1 },
    '--ecn-tcp-ece': { args: 1 },
    '--ecn-ip-ect': { args: 1 },
  },
  tables: ['mangle'],
  parse(given, { protocol, protocolInverted }) {
    given.exclusive('--ecn-tcp-remove', '--ecn-tcp-cwr');
    given.exclusive('--ecn-tcp-remove', '--ecn-tcp-ece');
    if (given.options.length === 0) throw new OptionError('ECN target: An operation is required');
    const bit = (option: string): number | undefined => {
      if (given.has('--ecn-tcp-remove')) return 0;
      return given.has(option) ? integerOption(given, option, 0, 1) : undefined;
    };
    const options: EcnTargetOptions = {
      cwr: bit('--ecn-tcp-cwr'),
      ece: bit('--ecn-tcp-ece'),
      ect: given.has('--ecn-ip-ect') ? integerOption(given, '--ecn-ip-ect', 0, 3) : undefined,
    };
    if ((options.cwr !== undefined || options.ece !== undefined) && (protocol !== TCP || protocolInverted))
      throw new OptionError('ECN: cannot use TCP operations on a non-tcp rule');
    return options;
  },
  print({ cwr, ece, ect }) {
    if (cwr === 0 && ece === 0 && ect === undefined) return ' --ecn-tcp-remove';
    const part = (option: string, value: number | undefined) => (value === undefined ? '' : ` ${option} ${value}`);
    return part('--ecn-tcp-ece', ece) + part('--ecn-tcp-cwr', cwr) + part('--ecn-ip-ect', ect);
  },
  describe({ cwr, ece, ect }) {
    const part = (word: string, value: number | undefined) => (value === undefined ? [] : [`${word} ${value}`]);
    return `set ECN bits: ${[...part('ECE', ece), ...part('CWR', cwr), ...part('ECT', ect)].join(', ')}`;
  },
  apply({ cwr, ece, ect }, packet) {
    const changes: Change[] = [];
    if (ect !== undefined) changes.push({ kind: 'set', field: 'tos', value: (packet.tos & ~3) | ect });
    if ((cwr !== undefined || ece !== undefined) && packet.protocol === TCP) {
      if (!packet.tcp) return { kind: 'undecided', why: unknown('ECN: the TCP flags of the packet were not told') };
      const flags = withFlag(withFlag(packet.tcp.flags, TCP_FLAG.CWR, cwr), TCP_FLAG.ECE, ece);
      changes.push({ kind: 'tcp', header: { ...packet.tcp, flags } });
    }
    return { kind: 'changes', changes };
  },
});
