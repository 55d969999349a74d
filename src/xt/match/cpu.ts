import { unknown } from '../../model/truth.ts';
import { match } from '../extension.ts';
import { integerOption } from '../numbers.ts';

export interface CpuOptions {
  readonly cpu: number;
  readonly inverted: boolean;
}

export const cpu = match<CpuOptions>({
  name: 'cpu',
  families: ['ip', 'ip6'],
  options: { '--cpu': { args: 1, invert: true } },
  parse: given => ({ cpu: integerOption(given, '--cpu'), inverted: given.inverted('--cpu') }),
  print: ({ cpu, inverted }) => `${inverted ? ' !' : ''} --cpu ${cpu}`,
  describe: ({ cpu, inverted }) => `${inverted ? 'not ' : ''}on CPU ${cpu}`,
  evaluate: () => unknown('the CPU that handles the packet is not known'),
});
