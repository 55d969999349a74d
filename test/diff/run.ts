import { parseArgs } from 'node:util';
import { Random } from '../kernel/generate/random.ts';
import { Lab } from '../kernel/lab.ts';
import { bruteForce } from './fate/brute.ts';
import { confirm } from './fate/kernel.ts';
import { generatePair } from './fate/pairs.ts';
import { partOf } from './fate/part.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    pairs: { type: 'string', default: '20' },
    packets: { type: 'string', default: '20000' },
    budget: { type: 'string', default: '20000' },
    kernel: { type: 'string', default: '0' },
    show: { type: 'string', default: '3' },
    whole: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const [first, pairs, packets, budget, show] = [
  values.seed,
  values.pairs,
  values.packets,
  values.budget,
  values.show,
].map(Number);
if (first === undefined || !pairs || !packets || !budget || show === undefined)
  throw new Error('--seed, --pairs, --packets and --budget take numbers');

const sum = { packets: 0, classes: 0, changed: 0, undecided: 0, differing: 0, equal: 0, different: 0, incomplete: 0 };
let shown = 0;
for (let seed = first; seed < first + pairs; seed++) {
  const pair = generatePair(seed);
  const started = performance.now();
  const random = new Random(seed);
  const within = values.whole ? {} : { within: [partOf(random.fork('part'), pair)] };
  const held = bruteForce({ before: pair.before, after: pair.after, budget, ...within }, random, packets);
  const { answer, wrong } = held;
  sum.packets += held.packets;
  sum.classes += answer.classes;
  sum.changed += answer.changed.length;
  sum.undecided += held.undecided;
  sum.differing += held.differing;
  sum.equal += wrong.filter(({ kind }) => kind === 'equal').length;
  sum.different += wrong.filter(({ kind }) => kind === 'different').length;
  if (!answer.complete) sum.incomplete++;
  if (values.verbose || wrong.length > 0) {
    console.log(
      `seed ${seed} ${pair.language}: ${answer.classes} classes, ${answer.changed.length} changes, ${answer.undecided.length} undecided (${held.undecided} packets), ${held.differing} differing packets, ${wrong.length} wrong, ${Math.round(performance.now() - started)} ms`,
    );
    if (values.verbose) for (const { why } of answer.undecided) console.log(`  undecided: ${why}`);
  }
  if (wrong.length > 0 && shown++ < show) {
    for (const line of pair.edits) console.log(`  ${line}`);
    for (const { kind, packet, before, after } of wrong.slice(0, 2))
      console.log(
        `  wrongly ${kind}: ${JSON.stringify(packet, (_, v) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v))}\n    before ${before}\n    after  ${after}`,
      );
  }
}
console.log(
  `pairs ${pairs}, packets ${sum.packets}, classes ${sum.classes}, changes ${sum.changed}, differing packets ${sum.differing}\n` +
    `wrongly equal ${sum.equal}, wrongly different ${sum.different}, undecided ${((100 * sum.undecided) / sum.packets).toFixed(2)} %, incomplete ${sum.incomplete}`,
);

const { CHAINWALK_LAB_PREFIX: prefix = 'cwdiff-' } = process.env;
const unconfirmed = await onTheKernel(Number(values.kernel), first, prefix);
process.exitCode = sum.equal + sum.different + unconfirmed > 0 ? 1 : 0;

/** Classes whose two fates the kernel did not show, of so many that were reported. */
async function onTheKernel(wanted: number, seed: number, prefix: string): Promise<number> {
  if (wanted === 0) {
    console.log('left out: reported classes on the kernel (--kernel N, as root)');
    return 0;
  }
  const lab = new Lab(prefix);
  const { missing, kernel } = await lab.check();
  if (missing.length > 0) {
    await lab.close();
    console.log(`left out: reported classes on the kernel; missing: ${missing.join(', ')}`);
    return 0;
  }
  let [asked, confirmed] = [0, 0];
  try {
    await lab.build();
    for (let at = seed; asked < wanted && at < seed + 10 * wanted; at++) {
      const pair = generatePair(at);
      for (const one of await confirm(lab, pair, Math.min(4, wanted - asked))) {
        asked++;
        if (one.confirmed) confirmed++;
        else console.log(`seed ${at}: ${one.packets}: ${one.reported}\n  kernel: ${one.before} > ${one.after}`);
      }
    }
  } finally {
    await lab.close();
  }
  console.log(`kernel ${kernel}: ${confirmed} of ${asked} reported classes confirmed`);
  return asked - confirmed;
}
