import { isSince } from '../../model/kernel.ts';
import { type Truth, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import { bytesOf } from '../../net/bytes.ts';
import type { Packet } from '../../net/packet.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { integerOption } from '../numbers.ts';

export interface StringOptions {
  readonly pattern: readonly number[];
  readonly algorithm: 'bm' | 'kmp';
  readonly from: number;
  readonly to: number;
  readonly ignoreCase: boolean;
  readonly inverted: boolean;
}

const MAX_PATTERN = 128;
const MAX_OFFSET = 65535;
const [QUOTE, BACKSLASH, BAR, BLANK] = [0x22, 0x5c, 0x7c, 0x20];

const isHexDigit = (code: number | undefined): boolean =>
  code !== undefined && /^[0-9a-fA-F]$/.test(String.fromCharCode(code));

/**
 * `abc|0d 0a|def`, a backslash taking the next byte as it is. The byte after a bar that ends a block is taken as it
 * is too, even where it is a bar (libxt_string.c parse_hex_string).
 */
function parseHex(bytes: Uint8Array): number[] {
  if (bytes.length === 0) throw new OptionError('STRING must contain at least one char');
  const pattern: number[] = [];
  let inHex = false;
  for (let i = 0; i < bytes.length; ) {
    let literal = false;
    if (bytes[i] === BACKSLASH && !inHex) literal = true;
    else if (bytes[i] === BAR) {
      inHex = !inHex;
      if (inHex) while (bytes[i + 1] === BLANK) i++;
      if (++i >= bytes.length) break;
    }
    if (literal) {
      const next = bytes[i + 1];
      if (next === undefined) throw new OptionError('Bad literal placement at end of string');
      pattern.push(next);
      i += 2;
    } else if (inHex) {
      const [high, low] = [bytes[i], bytes[i + 1]];
      if (i + 2 >= bytes.length) throw new OptionError('Invalid hex block');
      if (high === undefined || low === undefined || !isHexDigit(high) || !isHexDigit(low))
        throw new OptionError('Invalid hex char');
      pattern.push(Number.parseInt(String.fromCharCode(high, low), 16));
      i += bytes[i + 2] === BLANK ? 3 : 2;
    } else pattern.push(bytes[i++] ?? 0);
  }
  return pattern;
}

function parsePattern(given: Given): { pattern: readonly number[]; inverted: boolean } {
  const option = given.get('--string') ?? given.get('--hex-string');
  if (!option) throw new OptionError("STRING match: You must specify `--string' or `--hex-string'");
  const bytes = new TextEncoder().encode(option.args[0] ?? '');
  const pattern = option.name === '--string' ? [...bytes.subarray(0, MAX_PATTERN + 1)] : parseHex(bytes);
  if (pattern.length > MAX_PATTERN) throw new OptionError(`STRING too long "${option.args[0]}"`);
  if (pattern.length === 0) throw new OptionError('string: the kernel refuses an empty pattern');
  return { pattern, inverted: option.inverted };
}

function parse(given: Given): StringOptions {
  given.exclusive('--string', '--hex-string');
  const { pattern, inverted } = parsePattern(given);
  const algorithm = given.required('--algo');
  if (algorithm !== 'bm' && algorithm !== 'kmp') throw new OptionError(`string: no algorithm "${algorithm}"`);
  const from = given.has('--from') ? integerOption(given, '--from', 0, MAX_OFFSET) : 0;
  const to = given.has('--to') ? integerOption(given, '--to', 0, MAX_OFFSET) : MAX_OFFSET;
  if (from > to) throw new OptionError('string: the kernel refuses --from above --to');
  return { pattern, algorithm, from, to, ignoreCase: given.has('--icase'), inverted };
}

/** In hex where a byte is not printable ASCII, or the last one a backslash. */
function printPattern(pattern: readonly number[]): string {
  const plain = pattern.every(byte => byte >= 0x20 && byte < 0x7f) && pattern[pattern.length - 1] !== BACKSLASH;
  if (!plain) return `--hex-string "|${pattern.map(byte => byte.toString(16).padStart(2, '0')).join('')}|"`;
  const text = pattern.map(byte => (byte === QUOTE || byte === BACKSLASH ? '\\' : '') + String.fromCharCode(byte));
  return `--string "${text.join('')}"`;
}

const lower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);

/** Whether the pattern stands wholly in `bytes`, beginning at `from` or later and ending before `end`. */
function found(bytes: Uint8Array, { pattern, ignoreCase }: StringOptions, from: number, end: number): boolean {
  const same = (a: number | undefined, b: number) => a !== undefined && (ignoreCase ? lower(a) === lower(b) : a === b);
  for (let at = from; at + pattern.length <= end; at++)
    if (pattern.every((byte, i) => same(bytes[at + i], byte))) return true;
  return false;
}

/** skb_find_text; the change was taken over into older ones, too, which their number does not tell. */
const endsBeforeTo = (world: World): boolean => isSince(world, [6, 7, 0]) === true;

/** Offsets count from the network header. Kernels before 6.7 may also find what only begins before --to. */
function evaluate(options: StringOptions, packet: Packet, world: World): Truth {
  const { from, to, inverted, pattern } = options;
  const bytes = bytesOf(packet);
  if (!bytes) return unknown('the payload of the packet is not known');
  if (found(bytes, options, from, Math.min(to, bytes.length))) return !inverted;
  if (!endsBeforeTo(world) && found(bytes, options, from, Math.min(to + pattern.length, bytes.length)))
    return unknown(
      'kernels before 6.7 differ in whether a string that passes --to counts',
      '`sysctl kernel.osrelease`',
    );
  const whole = packet.length !== undefined && bytes.length >= Math.min(packet.length, to + pattern.length);
  return whole ? inverted : unknown('the payload of the packet is not wholly known');
}

export const string = match<StringOptions>({
  name: 'string',
  families: ['ip', 'ip6'],
  options: {
    '--from': { args: 1 },
    '--to': { args: 1 },
    '--algo': { args: 1 },
    '--string': { args: 1, invert: true },
    '--hex-string': { args: 1, invert: true },
    '--icase': { args: 0 },
  },
  parse,
  print({ pattern, algorithm, from, to, ignoreCase, inverted }) {
    let out = `${inverted ? ' !' : ''} ${printPattern(pattern)} --algo ${algorithm}`;
    if (from !== 0) out += ` --from ${from}`;
    if (to !== MAX_OFFSET) out += ` --to ${to}`;
    return ignoreCase ? `${out} --icase` : out;
  },
  describe: ({ pattern, inverted }) =>
    `${inverted ? 'not ' : ''}containing ${printPattern(pattern).replace(/^--(hex-)?string /, '')}`,
  evaluate,
});
