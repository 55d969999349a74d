import { match, OptionError } from '../extension.ts';
import { integerOption } from '../numbers.ts';

export interface DscpOptions {
  readonly dscp: number;
  readonly inverted: boolean;
}

/** The per-hop behaviours by name: CSx is x * 8, AFxy is x * 8 + y * 2. */
const CLASSES = new Map<string, number>([
  ['BE', 0],
  ['EF', 0x2e],
  ...Array.from({ length: 8 }, (_, x) => [`CS${x}`, x * 8] as const),
  ...[1, 2, 3, 4].flatMap(x => [1, 2, 3].map(y => [`AF${x}${y}`, x * 8 + y * 2] as const)),
]);

/** The value of a class name in any case. Throws OptionError. */
export function parseDscpClass(text: string): number {
  const value = CLASSES.get(text.toUpperCase());
  if (value === undefined) throw new OptionError(`Invalid DSCP value \`${text}'`);
  return value;
}

/** Two digits at least. */
export const printDscp = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

export const dscp = match<DscpOptions>({
  name: 'dscp',
  families: ['ip', 'ip6'],
  options: { '--dscp': { args: 1, invert: true }, '--dscp-class': { args: 1, invert: true } },
  parse(given) {
    given.exclusive('--dscp', '--dscp-class');
    given.oneOf('--dscp', '--dscp-class');
    const name = given.value('--dscp-class');
    return name === undefined
      ? { dscp: integerOption(given, '--dscp', 0, 63), inverted: given.inverted('--dscp') }
      : { dscp: parseDscpClass(name), inverted: given.inverted('--dscp-class') };
  },
  print: ({ dscp, inverted }) => `${inverted ? ' !' : ''} --dscp ${printDscp(dscp)}`,
  describe: ({ dscp, inverted }) => `DSCP ${inverted ? 'not ' : ''}${printDscp(dscp)}`,
  evaluate: ({ dscp, inverted }, { tos }) => (tos >> 2 === dscp) !== inverted,
});
