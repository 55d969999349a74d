import { match } from '../extension.ts';
import { requireProtocol } from '../require.ts';
import { describeSpi, evaluateSpi, parseSpi, printSpi, type SpiRange } from '../spi.ts';

export interface EspOptions {
  readonly spi: SpiRange;
}

const ESP = 50;

export const esp = match<EspOptions>({
  name: 'esp',
  families: ['ip', 'ip6'],
  implicitFor: [ESP],
  options: { '--espspi': { args: 1, invert: true } },
  parse(given, context) {
    const spi = parseSpi(given, '--espspi');
    requireProtocol('esp', context, ESP);
    return { spi };
  },
  print: ({ spi }) => printSpi('--espspi', spi),
  describe: ({ spi }) => describeSpi('ESP', spi),
  evaluate: ({ spi }, packet) => packet.protocol === ESP && packet.fragment !== 'later' && evaluateSpi(spi, packet),
});
