import { OptionError, target } from '../extension.ts';
import { integerOption, rangeOption } from '../numbers.ts';

export interface NfqueueOptions {
  readonly first: number;
  readonly last: number;
  readonly bypass: boolean;
  readonly cpuFanout: boolean;
}

/** Packets are spread over a balanced range by a hash of their flow; `number` of the effect is its first queue. */
export const NFQUEUE = target<NfqueueOptions>({
  name: 'NFQUEUE',
  families: ['ip', 'ip6'],
  options: {
    '--queue-num': { args: 1 },
    '--queue-balance': { args: 1 },
    '--queue-bypass': { args: 0 },
    '--queue-cpu-fanout': { args: 0 },
  },
  parse(given) {
    given.exclusive('--queue-num', '--queue-balance');
    const flags = { bypass: given.has('--queue-bypass'), cpuFanout: given.has('--queue-cpu-fanout') };
    const balance = given.value('--queue-balance');
    if (balance === undefined) {
      if (flags.cpuFanout)
        throw new OptionError('NFQUEUE: option "--queue-cpu-fanout" also requires "--queue-balance".');
      const number = given.has('--queue-num') ? integerOption(given, '--queue-num', 0, 0xffff) : 0;
      return { first: number, last: number, ...flags };
    }
    if (!balance.includes(':')) throw new OptionError(`Bad range "${balance}"`);
    const [first, last] = rangeOption(given, '--queue-balance', 0xffff);
    if (first >= last) throw new OptionError(`${first} should be less than ${last}`);
    if (last - first === 0xffff) throw new OptionError('NFQUEUE: number of total queues is 0');
    return { first, last, ...flags };
  },
  print: ({ first, last, bypass, cpuFanout }) =>
    [
      first === last ? ` --queue-num ${first}` : ` --queue-balance ${first}:${last}`,
      bypass ? ' --queue-bypass' : '',
      cpuFanout ? ' --queue-cpu-fanout' : '',
    ].join(''),
  describe: ({ first, last }) => (first === last ? `to queue ${first}` : `to one of the queues ${first} to ${last}`),
  apply: ({ first, bypass }) => ({ kind: 'queue', number: first, bypass }),
});
