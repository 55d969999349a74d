import { type Truth, unknown } from '../../model/truth.ts';
import { bytesOf } from '../../net/bytes.ts';
import { hex } from '../../net/mark.ts';
import type { Packet } from '../../net/packet.ts';
import { match, OptionError } from '../extension.ts';
import { quoteWord } from '../words.ts';

type Operator = '&' | '<<' | '>>' | '@';

export interface U32Test {
  readonly start: number;
  readonly steps: readonly { readonly operator: Operator; readonly number: number }[];
  readonly values: readonly { readonly min: number; readonly max: number }[];
}

export interface U32Options {
  readonly tests: readonly U32Test[];
  readonly inverted: boolean;
}

/** So many tests, numbers in a location and values in a list. */
const MAX = 10;
const TOKEN = / *(?:(\+?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*))|(&&|<<|>>|[&@=,:]))/y;

/** Numbers and operators between blanks. Throws OptionError. */
function tokens(text: string): (number | string)[] {
  const out: (number | string)[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const [, number, operator] = TOKEN.exec(text) ?? [];
    if (operator !== undefined) out.push(operator);
    else if (number !== undefined) out.push(toNumber(number, at));
    else throw new OptionError(`u32: at char ${at}: operator expected`);
  }
  return out;
}

function toNumber(text: string, at: number): number {
  const digits = text.replace('+', '');
  const value = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  if (!(value <= 0xffffffff)) throw new OptionError(`u32: at char ${at}: not a number or out of range`);
  return value;
}

const isOperator = (token: unknown): token is Operator =>
  token === '&' || token === '<<' || token === '>>' || token === '@';

class Parser {
  private readonly tokens: readonly (number | string)[];
  private at = 0;

  constructor(text: string) {
    this.tokens = tokens(text);
  }

  tests(): U32Test[] {
    const tests: U32Test[] = [];
    do {
      if (tests.length === MAX) throw new OptionError('u32: too many "&&"s');
      const { start, steps } = this.location();
      tests.push({ start, steps, values: this.values() });
    } while (this.take('&&'));
    if (this.at < this.tokens.length) throw new OptionError('u32: expected "," or "&&"');
    return tests;
  }

  private location(): Pick<U32Test, 'start' | 'steps'> {
    const start = this.number();
    const steps: { operator: Operator; number: number }[] = [];
    for (;;) {
      const operator = this.tokens[this.at++];
      if (operator === '=') return { start, steps };
      if (!isOperator(operator)) throw new OptionError('u32: an operator or "=" was expected');
      const number = this.number();
      if (steps.length + 2 > MAX) throw new OptionError('u32: too many operators');
      if (operator !== '&' && operator !== '@' && number > 31)
        throw new OptionError('u32: the kernel refuses to shift by more than 31');
      steps.push({ operator, number });
    }
  }

  private values(): U32Test['values'] {
    const values: { min: number; max: number }[] = [];
    do {
      if (values.length === MAX) throw new OptionError('u32: too many ","s');
      const min = this.number();
      values.push({ min, max: this.take(':') ? this.number() : min });
    } while (this.take(','));
    return values;
  }

  private number(): number {
    const token = this.tokens[this.at++];
    if (typeof token !== 'number') throw new OptionError('u32: not a number or out of range');
    return token;
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }
}

function format(tests: readonly U32Test[]): string {
  return tests
    .map(({ start, steps, values }) => {
      const location = hex(start) + steps.map(({ operator, number }) => operator + hex(number)).join('');
      return `${location}=${values.map(({ min, max }) => (min === max ? hex(min) : `${hex(min)}:${hex(max)}`)).join(',')}`;
    })
    .join('&&');
}

/** Four bytes of the network layer packet; undefined: not known, false: the packet ends before them. */
function word(packet: Packet, at: number): number | undefined | false {
  const { length } = packet;
  const bytes = bytesOf(packet);
  if (length !== undefined && at + 4 > length) return false;
  if (!bytes || at + 4 > bytes.length) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}

/** net/netfilter/xt_u32.c u32_match_it, for one test; undefined: bytes are needed that are not known. */
function holds({ start, steps, values }: U32Test, packet: Packet): boolean | undefined {
  let base = 0;
  let value = word(packet, start);
  for (const { operator, number } of steps) {
    if (typeof value !== 'number') break;
    if (operator === '&') value = (value & number) >>> 0;
    else if (operator === '<<') value = (value << number) >>> 0;
    else if (operator === '>>') value >>>= number;
    else {
      base += value;
      if (base > 0xffffffff) return false;
      value = word(packet, base + number);
    }
  }
  if (typeof value !== 'number') return value;
  const found = value;
  return values.some(({ min, max }) => min <= found && found <= max);
}

function evaluate({ tests, inverted }: U32Options, packet: Packet): Truth {
  for (const test of tests) {
    const truth = holds(test, packet);
    if (truth === undefined) return unknown('the bytes of the packet that u32 asks for are not known');
    if (!truth) return inverted;
  }
  return !inverted;
}

export const u32 = match<U32Options>({
  name: 'u32',
  families: ['ip', 'ip6'],
  options: { '--u32': { args: 1, invert: true } },
  parse: given => ({ tests: new Parser(given.required('--u32')).tests(), inverted: given.inverted('--u32') }),
  print: ({ tests, inverted }) => `${inverted ? ' !' : ''} --u32 ${quoteWord(format(tests))}`,
  describe: ({ tests, inverted }) => `${inverted ? 'not ' : ''}bytes ${format(tests)}`,
  evaluate,
});
