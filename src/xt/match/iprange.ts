import { type Address, type Family, familyOf, formatAddress, parseAddress } from '../../net/address.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';

export interface IprangeOptions {
  readonly source?: AddressRange;
  readonly destination?: AddressRange;
}

interface AddressRange {
  readonly low: Address;
  readonly high: Address;
  readonly inverted: boolean;
}

export const iprange = match<IprangeOptions>({
  name: 'iprange',
  families: ['ip', 'ip6'],
  options: { '--src-range': { args: 1, invert: true }, '--dst-range': { args: 1, invert: true } },
  parse(given, { family }) {
    given.oneOf('--src-range', '--dst-range');
    const source = parse(given, '--src-range', family);
    const destination = parse(given, '--dst-range', family);
    return { ...(source && { source }), ...(destination && { destination }) };
  },
  print: ({ source, destination }) => print('--src-range', source) + print('--dst-range', destination),
  describe: ({ source, destination }) => [...describe('from', source), ...describe('to', destination)].join(', '),
  evaluate: ({ source, destination }, packet) => matches(source, packet.saddr) && matches(destination, packet.daddr),
});

function parse(given: Given, option: string, family: Family): AddressRange | undefined {
  const text = given.value(option);
  if (text === undefined) return undefined;
  const dash = text.indexOf('-');
  const low = parseAddress(dash < 0 ? text : text.slice(0, dash));
  const high = dash < 0 ? low : parseAddress(text.slice(dash + 1));
  if (low === undefined || high === undefined || familyOf(low) !== family || familyOf(high) !== family)
    throw new OptionError(`iprange: Bad value for "${option}" option: "${text}"`);
  return { low, high, inverted: given.inverted(option) };
}

const print = (option: string, range: AddressRange | undefined): string =>
  range ? `${range.inverted ? ' !' : ''} ${option} ${format(range)}` : '';

const format = ({ low, high }: AddressRange): string => `${formatAddress(low)}-${formatAddress(high)}`;

const describe = (word: string, range: AddressRange | undefined): string[] =>
  range ? [`${range.inverted ? 'not ' : ''}${word} ${format(range)}`] : [];

const matches = (range: AddressRange | undefined, address: Address): boolean =>
  !range || (address >= range.low && address <= range.high) !== range.inverted;
