import { FULL_MASK, hex, type Masked, setXmark } from '../../net/mark.ts';
import { OptionError, target } from '../extension.ts';
import { parseInteger, parseMasked } from '../numbers.ts';

/** Every spelling ends as (mark AND NOT mask) XOR value (libxt_MARK.c, revision 2). */
export interface MarkTargetOptions {
  readonly mark: Masked;
}

const ACTIONS = ['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark'] as const;

export const MARK = target<MarkTargetOptions>({
  name: 'MARK',
  families: ['ip', 'ip6'],
  options: Object.fromEntries(ACTIONS.map(name => [name, { args: 1 }])),
  parse(given) {
    given.exclusive(...ACTIONS);
    given.oneOf(...ACTIONS);
    const bits = (name: string): number => {
      const value = parseInteger(given.required(name));
      if (value === undefined) throw new OptionError(`MARK: bad value for option "${name}": ${given.required(name)}`);
      return value;
    };
    if (given.has('--set-xmark')) return { mark: parseMasked(given, '--set-xmark') };
    if (given.has('--set-mark')) {
      const { value, mask } = parseMasked(given, '--set-mark');
      return { mark: { value, mask: (value | mask) >>> 0 } };
    }
    if (given.has('--and-mark')) return { mark: { value: 0, mask: ~bits('--and-mark') >>> 0 } };
    if (given.has('--or-mark')) return { mark: { value: bits('--or-mark'), mask: bits('--or-mark') } };
    return { mark: { value: bits('--xor-mark'), mask: 0 } };
  },
  print: ({ mark }) => ` --set-xmark ${hex(mark.value)}/${hex(mark.mask)}`,
  describe: ({ mark: { value, mask } }) =>
    mask === FULL_MASK || value === mask ? `mark ${hex(value)}` : `mark ${hex(value)}/${hex(mask)}`,
  apply: ({ mark }, packet) => ({
    kind: 'changes',
    changes: [{ kind: 'set', field: 'mark', value: setXmark(packet.mark, mark) }],
  }),
});
