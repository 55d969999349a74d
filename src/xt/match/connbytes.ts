import { unknown } from '../../model/truth.ts';
import type { ConnectionEntry } from '../../model/world.ts';
import { match, OptionError } from '../extension.ts';
import { parseLong } from '../numbers-64.ts';

const MODES = ['packets', 'bytes', 'avgpkt'] as const;
const DIRECTIONS = ['original', 'reply', 'both'] as const;
type Mode = (typeof MODES)[number];
type Side = (typeof DIRECTIONS)[number];

/** Inverted where `from` is the greater of the two, as the kernel keeps it: `! 5:5` is not (libxt_connbytes.c). */
export interface ConnbytesOptions {
  readonly from: bigint;
  readonly to: bigint;
  readonly mode: Mode;
  readonly side: Side;
}

const MAX = (1n << 64n) - 1n;

export const connbytes = match<ConnbytesOptions>({
  name: 'connbytes',
  families: ['ip', 'ip6'],
  options: {
    '--connbytes': { args: 1, invert: true },
    '--connbytes-dir': { args: 1 },
    '--connbytes-mode': { args: 1 },
  },
  parse(given) {
    const text = given.required('--connbytes');
    const colon = text.indexOf(':');
    const first = colon < 0 ? text : text.slice(0, colon);
    const last = colon < 0 ? '' : text.slice(colon + 1);
    const low = first === '' ? 0n : parseLong(first);
    const high = last === '' ? MAX : parseLong(last);
    if (low === undefined || high === undefined)
      throw new OptionError(`connbytes: bad value for option "--connbytes": ${text}`);
    if (low > high) throw new OptionError(`${low} should be less than ${high}`);
    const [from, to] = given.inverted('--connbytes') ? [high, low] : [low, high];
    return {
      from,
      to,
      mode: one(given.required('--connbytes-mode'), MODES),
      side: one(given.required('--connbytes-dir'), DIRECTIONS),
    };
  },
  print: ({ from, to, mode, side }) =>
    `${from > to ? ' !' : ''} --connbytes ${range(from, to)} --connbytes-mode ${mode} --connbytes-dir ${side}`,
  describe: ({ from, to, mode, side }) => `connection's ${mode} (${side}) ${from > to ? 'not ' : ''}${range(from, to)}`,
  evaluate({ from, to, mode, side }, _packet, { connection: { entry } }) {
    if (!entry) return false;
    const count = countOf(entry, mode, side);
    if (count === undefined) return unknown("the connection's counters are not known", 'conntrack -L');
    return to >= from ? count >= from && count <= to : count < to || count > from;
  },
});

function range(from: bigint, to: bigint): string {
  const [low, high] = from > to ? [to, from] : [from, to];
  return high === MAX || high === 0n ? `${low}` : `${low}:${high}`;
}

function one<T extends string>(text: string, all: readonly T[]): T {
  const found = all.find(word => word === text);
  if (found === undefined) throw new OptionError(`connbytes: \`${text}' is none of ${all.join(', ')}`);
  return found;
}

function countOf({ packets, bytes }: ConnectionEntry, mode: Mode, side: Side): bigint | undefined {
  const sum = (counters: { readonly original: bigint; readonly reply: bigint }) =>
    side === 'both' ? counters.original + counters.reply : counters[side];
  if (mode === 'packets') return packets && sum(packets);
  if (mode === 'bytes') return bytes && sum(bytes);
  if (!packets || !bytes) return undefined;
  const count = sum(packets);
  return count === 0n ? 0n : sum(bytes) / count;
}
