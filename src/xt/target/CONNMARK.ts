import type { Change } from '../../model/effect.ts';
import { FULL_MASK, hex, type Masked } from '../../net/mark.ts';
import { OptionError, target } from '../extension.ts';
import type { Given, GivenOption } from '../given.ts';
import { parseInteger } from '../numbers.ts';

/** struct xt_connmark_tginfo2: every spelling ends as one of three modes with masks and a shift. */
export interface ConnmarkTargetOptions {
  readonly mode: 'set' | 'save' | 'restore';
  readonly ctmark: number;
  readonly ctmask: number;
  readonly nfmask: number;
  /** Bits; negative to the right. */
  readonly shift: number;
}

const MODES = [
  '--set-xmark',
  '--set-mark',
  '--and-mark',
  '--or-mark',
  '--xor-mark',
  '--save-mark',
  '--restore-mark',
] as const;

function number(option: GivenOption, text: string | undefined, max = FULL_MASK): number {
  const value = parseInteger(text ?? '', 0, max);
  if (value === undefined) throw new OptionError(`CONNMARK: bad value for option "${option.name}": ${text}`);
  return value;
}

function masked(option: GivenOption): Masked {
  const [value, mask, ...rest] = (option.args[0] ?? '').split('/');
  if (rest.length > 0) throw new OptionError(`CONNMARK: bad value for option "${option.name}"`);
  return { value: number(option, value), mask: mask === undefined ? FULL_MASK : number(option, mask) };
}

/** What one option writes; later options write over earlier ones. */
function written(option: GivenOption): Partial<ConnmarkTargetOptions> {
  const text = option.args[0];
  switch (option.name) {
    case '--set-xmark': {
      const { value, mask } = masked(option);
      return { mode: 'set', ctmark: value, ctmask: mask };
    }
    case '--set-mark': {
      const { value, mask } = masked(option);
      return { mode: 'set', ctmark: value, ctmask: (value | mask) >>> 0 };
    }
    case '--and-mark':
      return { mode: 'set', ctmark: 0, ctmask: ~number(option, text) >>> 0 };
    case '--or-mark':
      return { mode: 'set', ctmark: number(option, text), ctmask: number(option, text) };
    case '--xor-mark':
      return { mode: 'set', ctmark: number(option, text), ctmask: 0 };
    case '--save-mark':
      return { mode: 'save' };
    case '--restore-mark':
      return { mode: 'restore' };
    case '--mask':
      return { nfmask: number(option, text), ctmask: number(option, text) };
    case '--nfmask':
      return { nfmask: number(option, text) };
    case '--ctmask':
      return { ctmask: number(option, text) };
    case '--left-shift-mark':
      return { shift: number(option, text, 31) };
    default:
      return { shift: 0 - number(option, text, 31) };
  }
}

function parse(given: Given): ConnmarkTargetOptions {
  given.exclusive(...MODES);
  given.exclusive('--mask', '--ctmask');
  given.exclusive('--mask', '--nfmask');
  given.oneOf(...MODES);
  let options: ConnmarkTargetOptions = { mode: 'set', ctmark: 0, ctmask: FULL_MASK, nfmask: FULL_MASK, shift: 0 };
  for (const option of given.options) options = { ...options, ...written(option) };
  return options;
}

const shifted = (mark: number, shift: number): number => (shift < 0 ? mark >>> -shift : (mark << shift) >>> 0);

/** The mark this writes, from the packet's and the connection's (xt_connmark.c, connmark_tg_shift). */
function change({ mode, ctmark, ctmask, nfmask, shift }: ConnmarkTargetOptions, mark: number, ct: number): Change {
  switch (mode) {
    case 'set':
      return { kind: 'set', field: 'ctmark', value: shifted(((ct & ~ctmask) ^ ctmark) >>> 0, shift) };
    case 'save':
      return { kind: 'set', field: 'ctmark', value: ((ct & ~ctmask) ^ shifted((mark & nfmask) >>> 0, shift)) >>> 0 };
    case 'restore':
      return { kind: 'set', field: 'mark', value: ((mark & ~nfmask) ^ shifted((ct & ctmask) >>> 0, shift)) >>> 0 };
  }
}

export const CONNMARK = target<ConnmarkTargetOptions>({
  name: 'CONNMARK',
  families: ['ip', 'ip6'],
  options: Object.fromEntries(
    [...MODES, '--mask', '--nfmask', '--ctmask', '--left-shift-mark', '--right-shift-mark'].map(name => [
      name,
      { args: name === '--save-mark' || name === '--restore-mark' ? 0 : 1 },
    ]),
  ),
  parse,
  print({ mode, ctmark, ctmask, nfmask, shift }) {
    const action =
      mode === 'set'
        ? ` --set-xmark ${hex(ctmark)}/${hex(ctmask)}`
        : ` --${mode}-mark --nfmask ${hex(nfmask)} --ctmask ${hex(ctmask)}`;
    return shift === 0 ? action : `${action} --${shift < 0 ? 'right' : 'left'}-shift-mark ${Math.abs(shift)}`;
  },
  describe({ mode, ctmark, ctmask, nfmask }) {
    if (mode === 'set') return `connection mark ${hex(ctmark)}${ctmask === FULL_MASK ? '' : `/${hex(ctmask)}`}`;
    const masks =
      ctmask === FULL_MASK && nfmask === FULL_MASK ? '' : `, bits ${hex(mode === 'save' ? nfmask : ctmask)}`;
    return mode === 'save' ? `save the mark to the connection${masks}` : `mark from the connection${masks}`;
  },
  apply(options, packet, { connection }) {
    const { entry } = connection;
    if (!entry) return { kind: 'note', text: 'no connection, nothing to mark' };
    return { kind: 'changes', changes: [change(options, packet.mark, entry.mark)] };
  },
});
