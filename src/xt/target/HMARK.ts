import type { Family } from '../../net/address.ts';
import { parsePrefix, prefixLength } from '../../net/prefix.ts';
import { OptionError, type RuleContext, target } from '../extension.ts';
import type { Given, GivenOption } from '../given.ts';
import { type HmarkOptions, hashMark } from '../hmark.ts';
import { parseInteger } from '../numbers.ts';

type Draft = { -readonly [K in keyof HmarkOptions]: HmarkOptions[K] };
type NumberField = Exclude<keyof HmarkOptions, 'conntrack'>;

/** Digits of the printed hexadecimal; 0: decimal. In the order of printing. */
const FIELDS: readonly (readonly [option: string, field: NumberField, max: number, digits: number])[] = [
  ['--hmark-src-prefix', 'sourcePrefix', 128, 0],
  ['--hmark-dst-prefix', 'destinationPrefix', 128, 0],
  ['--hmark-sport-mask', 'sportMask', 0xffff, 4],
  ['--hmark-dport-mask', 'dportMask', 0xffff, 4],
  ['--hmark-spi-mask', 'spiMask', 0xffffffff, 8],
  ['--hmark-sport', 'sport', 0xffff, 4],
  ['--hmark-dport', 'dport', 0xffff, 4],
  ['--hmark-spi', 'spi', 0xffffffff, 8],
  ['--hmark-proto-mask', 'protoMask', 0xffff, 1],
  ['--hmark-rnd', 'seed', 0xffffffff, 8],
  ['--hmark-mod', 'modulus', 0xffffffff, 0],
  ['--hmark-offset', 'offset', 0xffffffff, 0],
];

/** A length above the family's is cut to it in IPv4 and refused in IPv6, a mask with holes counts every bit. */
function prefixBits(text: string, family: Family): number | undefined {
  const bits = family === 'ip' ? 32 : 128;
  const length = parseInteger(text, 0, 0xffffffff);
  if (length !== undefined) return family === 'ip' ? Math.min(length, bits) : length <= bits ? length : undefined;
  const mask = parsePrefix(`${family === 'ip' ? '0.0.0.0' : '::'}/${text}`);
  return mask && (prefixLength(mask) ?? bits);
}

/** `src,dst,sport,dport,spi,proto,ct`: each word stands for an option with every bit set. */
function tuple(draft: Draft, text: string, family: Family, seen: Set<string>): void {
  const bits = family === 'ip' ? 32 : 128;
  const meaning = new Map<string, readonly [option: string, set: () => void]>([
    ['src', ['--hmark-src-prefix', () => (draft.sourcePrefix = bits)]],
    ['dst', ['--hmark-dst-prefix', () => (draft.destinationPrefix = bits)]],
    ['sport', ['--hmark-sport-mask', () => (draft.sportMask = 0xffff)]],
    ['dport', ['--hmark-dport-mask', () => (draft.dportMask = 0xffff)]],
    ['spi', ['--hmark-spi-mask', () => (draft.spiMask = 0xffffffff)]],
    ['proto', ['--hmark-proto-mask', () => (draft.protoMask = 0xffff)]],
    ['ct', ['ct', () => (draft.conntrack = true)]],
  ]);
  for (const word of text.split(',')) {
    const found = meaning.get(word);
    if (!found) throw new OptionError(`HMARK: Bad type "${word}"`);
    found[1]();
    seen.add(found[0]);
  }
}

function set(draft: Draft, { name, args }: GivenOption, family: Family): void {
  const [, field, max] = FIELDS.find(([option]) => option === name) ?? [];
  const text = args[0] ?? '';
  const prefix = field === 'sourcePrefix' || field === 'destinationPrefix';
  const value = prefix ? prefixBits(text, family) : parseInteger(text, field === 'modulus' ? 1 : 0, max);
  if (field === undefined || value === undefined)
    throw new OptionError(`HMARK: bad value for option "${name}", or out of range: ${text}`);
  draft[field] = value;
}

function parse(given: Given, { family }: RuleContext): HmarkOptions {
  const draft: Draft = {
    sourcePrefix: undefined,
    destinationPrefix: undefined,
    sportMask: undefined,
    dportMask: undefined,
    spiMask: undefined,
    sport: undefined,
    dport: undefined,
    spi: undefined,
    protoMask: undefined,
    seed: 0,
    modulus: 1,
    offset: undefined,
    conntrack: false,
  };
  const seen = new Set<string>();
  for (const option of given.options) {
    if (seen.has(option.name)) throw new OptionError(`HMARK: option "${option.name}" can only be used once.`);
    seen.add(option.name);
    if (option.name === '--hmark-tuple') tuple(draft, option.args[0] ?? '', family, seen);
    else set(draft, option, family);
  }
  if (!given.has('--hmark-mod')) throw new OptionError('--hmark-mod is mandatory');
  if (!given.has('--hmark-rnd')) throw new OptionError('--hmark-rnd is mandatory');
  const { sportMask, dportMask, spiMask, sport, dport, spi } = draft;
  if (spiMask !== undefined && (sportMask !== undefined || dportMask !== undefined))
    throw new OptionError('you cannot use --hmark-spi-mask and --hmark-?port-mask, at the same time');
  if (spi !== undefined && (sport !== undefined || dport !== undefined))
    throw new OptionError('HMARK: spi-set and port-set can not be combined');
  const chosen = FIELDS.some(
    ([, field]) => !['seed', 'modulus', 'offset'].includes(field) && draft[field] !== undefined,
  );
  if (!chosen && !draft.conntrack) throw new OptionError('you have to specify --hmark-tuple at least');
  return draft;
}

export const HMARK = target<HmarkOptions>({
  name: 'HMARK',
  families: ['ip', 'ip6'],
  options: {
    '--hmark-tuple': { args: 1 },
    ...Object.fromEntries(FIELDS.map(([option]) => [option, { args: 1 }])),
  },
  parse,
  print(options) {
    const parts = FIELDS.map(([option, field, , digits]) => {
      const value = options[field];
      if (value === undefined) return '';
      return ` ${option} ${digits === 0 ? value : `0x${value.toString(16).padStart(digits, '0')}`}`;
    });
    return `${parts.join('')}${options.conntrack ? ' --hmark-tuple ct' : ''}`;
  },
  describe: ({ modulus, offset = 0 }) => `mark from ${offset} to ${offset + modulus - 1} by a hash of the flow`,
  apply(options, packet, { connection }) {
    const mark = hashMark(options, packet, connection);
    if (mark === undefined) return { kind: 'note', text: 'no connection to hash' };
    if (typeof mark !== 'number') return { kind: 'undecided', why: mark };
    return { kind: 'changes', changes: [{ kind: 'set', field: 'mark', value: mark }] };
  },
});
