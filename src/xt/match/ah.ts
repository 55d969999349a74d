import { and, unknown } from '../../model/truth.ts';
import { match, OptionError } from '../extension.ts';
import { integerOption } from '../numbers.ts';
import { requireProtocol } from '../require.ts';
import { describeSpi, evaluateSpi, parseSpi, printSpi, type SpiRange } from '../spi.ts';

export interface AhOptions {
  readonly spi: SpiRange;
  /** IPv6 only: bytes of the header; 0, not inverted, is no condition. */
  readonly length?: { readonly value: number; readonly inverted: boolean };
  /** IPv6 only: the reserved field is zero. */
  readonly reserved?: true;
}

const AH = 51;

/** The IPv4 match has the SPI alone. IPv6 has the header among its extension headers, and a rule without `-p ah`. */
export const ah = match<AhOptions>({
  name: 'ah',
  families: ['ip', 'ip6'],
  implicitFor: [AH],
  options: {
    '--ahspi': { args: 1, invert: true },
    '--ahlen': { args: 1, invert: true },
    '--ahres': { args: 0 },
  },
  parse(given, context) {
    const spi = parseSpi(given, '--ahspi');
    if (context.family === 'ip') {
      for (const option of ['--ahlen', '--ahres'])
        if (given.has(option)) throw new OptionError(`unknown option "${option}"`);
      requireProtocol('ah', context, AH);
    }
    const length = given.has('--ahlen') && {
      value: integerOption(given, '--ahlen'),
      inverted: given.inverted('--ahlen'),
    };
    return {
      spi,
      ...(length && (length.value !== 0 || length.inverted) && { length }),
      ...(given.has('--ahres') && { reserved: true }),
    };
  },
  print: ({ spi, length, reserved }) =>
    printSpi('--ahspi', spi) +
    (length ? `${length.inverted ? ' !' : ''} --ahlen ${length.value}` : '') +
    (reserved ? ' --ahres' : ''),
  describe: ({ spi }) => describeSpi('AH', spi),
  evaluate({ spi, length, reserved }, packet) {
    if (packet.family === 'ip') {
      if (packet.protocol !== AH || packet.fragment === 'later') return false;
      return evaluateSpi(spi, packet);
    }
    if (packet.protocol !== AH) {
      if (!packet.extensionHeaders) return unknown('the extension headers of the packet are not known');
      if (!packet.extensionHeaders.includes(AH)) return false;
    }
    const rest = length || reserved ? unknown("length and reserved field of the packet's AH are not known") : true;
    return and([evaluateSpi(spi, packet), rest]);
  },
});
