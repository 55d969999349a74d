import { match } from '../extension.ts';
import { requireProtocol } from '../require.ts';
import { describeSpi, evaluateSpi, parseSpi, printSpi, type SpiRange } from '../spi.ts';

export interface IpcompOptions {
  readonly spi: SpiRange;
  /** `--compres`, which the kernel does not look at. */
  readonly reserved: boolean;
}

const IPCOMP = 108;

/** Without `--ipcompspi` the range is 0 alone, not everything. */
export const ipcomp = match<IpcompOptions>({
  name: 'ipcomp',
  families: ['ip', 'ip6'],
  implicitFor: [IPCOMP],
  options: { '--ipcompspi': { args: 1, invert: true }, '--compres': { args: 0 } },
  parse(given, context) {
    const spi = parseSpi(given, '--ipcompspi', [0, 0]);
    requireProtocol('ipcomp', context, IPCOMP);
    return { spi, reserved: given.has('--compres') };
  },
  print: ({ spi, reserved }) => printSpi('--ipcompspi', spi) + (reserved ? ' --compres' : ''),
  describe: ({ spi }) => describeSpi('IPComp', spi),
  evaluate: ({ spi }, packet) => packet.protocol === IPCOMP && packet.fragment !== 'later' && evaluateSpi(spi, packet),
});
