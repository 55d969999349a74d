import { unknown } from '../../model/truth.ts';
import { match, OptionError } from '../extension.ts';
import { quoteWord } from '../words.ts';

/** One instruction of classic BPF. */
interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export type BpfOptions =
  | { readonly kind: 'bytecode'; readonly program: readonly Instruction[] }
  | { readonly kind: 'pinned'; readonly path: string };

const MOST_INSTRUCTIONS = 64;

/** Runs a program over the packet from its network header on; yes where it answers another number than 0. */
export const bpf = match<BpfOptions>({
  name: 'bpf',
  families: ['ip', 'ip6'],
  options: { '--bytecode': { args: 1 }, '--object-pinned': { args: 1 } },
  parse(given) {
    given.oneOf('--bytecode', '--object-pinned');
    const path = given.value('--object-pinned');
    if (path !== undefined) return { kind: 'pinned', path };
    return { kind: 'bytecode', program: parseProgram(given.required('--bytecode')) };
  },
  print: options =>
    options.kind === 'pinned'
      ? ` --object-pinned ${quoteWord(options.path)}`
      : ` --bytecode "${options.program.length},${options.program.map(i => `${i.code} ${i.jt} ${i.jf} ${i.k}`).join(',')}"`,
  describe: options =>
    options.kind === 'pinned' ? `BPF program ${options.path}` : `BPF program of ${options.program.length} instructions`,
  evaluate(options) {
    if (options.kind === 'bytecode') {
      const [only] = options.program;
      if (only?.code === RETURN) return only.k !== 0;
    }
    return unknown('a BPF program decides');
  },
});

const RETURN = 6;

/** `2,40 0 0 12,6 0 0 1`: the number of instructions and each of them; numbers wrap as their fields do. */
function parseProgram(text: string): Instruction[] {
  const [count = '', ...rest] = text.split(',');
  const length = Number(/^\s*(\d{1,9})$/.exec(count)?.[1]);
  if (rest.length === 0 || Number.isNaN(length)) throw new OptionError('bpf: error parsing program length');
  if (length === 0) throw new OptionError('bpf: illegal zero length program');
  if (length > MOST_INSTRUCTIONS) throw new OptionError('bpf: number of instructions exceeds maximum');
  const words = rest.at(-1)?.trim() === '' ? rest.slice(0, -1) : rest;
  if (words.length !== length) throw new OptionError(`bpf: ${words.length} instructions where ${length} are announced`);
  return words.map((word, at) => {
    const [, code, jt, jf, k] = /^\s*(\d{1,9}) +(\d{1,9}) +(\d{1,9}) +(-?\d{1,10})(?!\d)/.exec(word) ?? [];
    if (k === undefined) throw new OptionError(`bpf: error at instr ${at}`);
    return { code: Number(code) & 0xffff, jt: Number(jt) & 255, jf: Number(jf) & 255, k: Number(k) >>> 0 };
  });
}
