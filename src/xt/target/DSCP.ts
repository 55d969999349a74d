import { OptionError, target } from '../extension.ts';
import { integerOption } from '../numbers.ts';

export interface DscpTargetOptions {
  readonly dscp: number;
}

/** CSx, AFxy, EF and BE, in any case; undefined for every other name. */
export function dscpClass(text: string): number | undefined {
  const name = text.toUpperCase();
  if (name === 'BE') return 0;
  if (name === 'EF') return 0x2e;
  const parts = /^(?:CS([0-7])|AF([1-4])([1-3]))$/.exec(name);
  if (!parts) return undefined;
  return parts[1] === undefined ? Number(parts[2]) * 8 + Number(parts[3]) * 2 : Number(parts[1]) * 8;
}

export const DSCP = target<DscpTargetOptions>({
  name: 'DSCP',
  families: ['ip', 'ip6'],
  options: { '--set-dscp': { args: 1 }, '--set-dscp-class': { args: 1 } },
  tables: ['mangle'],
  parse(given) {
    given.exclusive('--set-dscp', '--set-dscp-class');
    given.oneOf('--set-dscp', '--set-dscp-class');
    const name = given.value('--set-dscp-class');
    if (name === undefined) return { dscp: integerOption(given, '--set-dscp', 0, 63) };
    const dscp = dscpClass(name);
    if (dscp === undefined) throw new OptionError(`Invalid DSCP value \`${name}'`);
    return { dscp };
  },
  print: ({ dscp }) => ` --set-dscp 0x${dscp.toString(16).padStart(2, '0')}`,
  describe: ({ dscp }) => `DSCP 0x${dscp.toString(16)}`,
  apply: ({ dscp }, packet) => ({
    kind: 'changes',
    changes: [{ kind: 'set', field: 'tos', value: (packet.tos & 3) | (dscp << 2) }],
  }),
});
