import { unknown, usually } from '../../model/truth.ts';
import { match, OptionError } from '../extension.ts';
import { integerOption } from '../numbers.ts';
import { parseRate, periodOf, printRate } from '../rate.ts';

export interface LimitOptions {
  /** Time between two packets, in 1/10000 s. */
  readonly period: number;
  readonly burst: number;
  /** What the full bucket holds, in the same unit: the burst, less where the legacy kernel's 32 bit wrap. */
  readonly capacity: number;
}

const SCALE = 10000;
const BURST = 5;

/** A bucket that all packets of the rule share. */
interface Bucket {
  /** In 1/10000 s of the rate. */
  credit: number;
  /** Milliseconds; absent: not told yet. */
  filledAt?: number;
}

export const limit = match<LimitOptions>({
  name: 'limit',
  families: ['ip', 'ip6'],
  options: { '--limit': { args: 1 }, '--limit-burst': { args: 1 } },
  parse(given, { backend }) {
    const text = given.value('--limit') ?? '3/hour';
    const rate = parseRate(text);
    if (!rate) throw new OptionError(`bad rate "${text}"'`);
    const period = periodOf(rate, SCALE, text);
    const burst = given.has('--limit-burst') ? integerOption(given, '--limit-burst', 0, 10000) : BURST;
    const full = backend === 'legacy' ? wrapped(period, burst) : period * (burst === 0 ? BURST : burst);
    if (full < period) throw new OptionError('limit: Numerical result out of range');
    return { period, burst: burst === 0 ? BURST : burst, capacity: full };
  },
  print: ({ period, burst }) =>
    ` --limit ${printRate(period, SCALE).text}${burst === BURST ? '' : ` --limit-burst ${burst}`}`,
  describe: ({ period, burst }) => `at most ${printRate(period, SCALE).text}, burst ${burst}`,
  stateful: () => true,
  evaluate(options, _packet, world) {
    const { period, capacity } = options;
    const bucket = world.state<Bucket>(options, () => ({ credit: capacity }));
    if (!bucket) return usually(true, 'how much of the limit is left is not known');
    const now = world.clock?.getTime();
    if (now !== undefined) {
      const gained = ((now - (bucket.filledAt ?? now)) * SCALE) / 1000;
      bucket.credit = Math.min(bucket.credit + Math.max(gained, 0), capacity);
      bucket.filledAt = now;
    }
    if (bucket.credit >= period) {
      bucket.credit -= period;
      return true;
    }
    return now === undefined ? unknown('whether the limit has filled up again depends on the time') : false;
  },
});

const TICKS = 32000n;
const WRAP = 1n << 32n;

/** Ticks of the kernel for a time, with the wrap of its 32 bit (xt_limit.c user2credits). */
const ticksOf = (time: bigint): bigint =>
  time > (WRAP - 1n) / TICKS ? ((time / BigInt(SCALE)) * TICKS) % WRAP : ((time * TICKS) % WRAP) / BigInt(SCALE);

/** The burst of xt_limit as a time; below one period the kernel refuses it. */
function wrapped(period: number, burst: number): number {
  const cost = ticksOf(BigInt(period));
  const full = ticksOf((BigInt(period) * BigInt(burst)) % WRAP);
  return burst === 0 || full < cost ? 0 : (Number(full) / Number(cost)) * period;
}
