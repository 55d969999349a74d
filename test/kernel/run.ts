import { parseArgs } from 'node:util';
import { compare, contradictions, type Difference } from './compare.ts';
import { miscounts } from './counters.ts';
import { absences } from './generate/absent.ts';
import { generateScenario, type Loader } from './generate/scenario.ts';
import { Lab } from './lab.ts';
import { Tally } from './tally.ts';

const LOADERS: readonly Loader[] = ['nft', 'legacy', 'both'];

/** Of every so many rulesets the counters are held against the observation. */
const COUNTED = 5;

interface Options {
  readonly packets: number;
  readonly perRuleset: number;
  readonly seed: number;
  readonly loaders: readonly Loader[];
  readonly allowMissing: boolean;
  readonly prefix: string;
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      packets: { type: 'string', default: '2000' },
      'per-ruleset': { type: 'string', default: '200' },
      seed: { type: 'string' },
      loader: { type: 'string' },
      'allow-missing': { type: 'boolean', default: false },
    },
  });
  const { CHAINWALK_LAB_PREFIX: prefix = 'cw-' } = process.env;
  const loaders = LOADERS.filter(loader => values.loader === undefined || values.loader === loader);
  if (!loaders.length) throw new Error(`--loader is one of ${LOADERS.join(', ')}`);
  return {
    packets: count('--packets', values.packets),
    perRuleset: Math.min(count('--per-ruleset', values['per-ruleset']), 0x7fff),
    seed: values.seed === undefined ? Math.floor(Date.now() / 1000) : count('--seed', values.seed),
    loaders,
    allowMissing: values['allow-missing'],
    prefix,
  };
}

function count(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} takes a number, not ${JSON.stringify(text)}`);
  return Number(text);
}

interface Total {
  packets: number;
  rulesets: number;
  readonly differences: Difference[];
  readonly contradictions: string[];
}

/** Rulesets of one loader, each with its packets. A scenario's seed alone repeats it: `--seed S --packets P`. */
async function runLoader(
  lab: Lab,
  loader: Loader,
  { packets, perRuleset, seed }: Options,
  total: Total,
): Promise<void> {
  const tally = new Tally();
  const spent = { load: 0, snapshot: 0, send: 0, count: 0 };
  let counted = 0;
  const began = performance.now();
  let lost = 0;
  let unplaced = 0;
  let noise = 0;
  await lab.build();
  let sent = 0;
  for (let i = 0; sent < packets; i++) {
    const scenario = generateScenario(seed + i, loader, Math.min(perRuleset, packets - sent));
    let at = performance.now();
    const lap = (name: keyof typeof spent) => {
      const now = performance.now();
      spent[name] += now - at;
      at = now;
    };
    try {
      if (scenario.fresh) await lab.build();
      await lab.load(scenario.load);
      lap('load');
      const snapshot = await lab.snapshot();
      lap('snapshot');
      const answer = await lab.send(scenario.probes);
      lap('send');
      if (i % COUNTED === 0 && (loader === 'nft' || !answer.observed.some(one => one.copies))) {
        const wrong = miscounts(await lab.snapshot(), answer.observed);
        total.contradictions.push(...wrong.map(text => `seed ${scenario.seed} ${loader}: ${text}`));
        counted++;
      }
      lap('count');
      tally.rules(scenario.rulesets);
      const marksInMatches = scenario.load.steps.some(step => step.input.includes('--restore-skmark'));
      for (const [p, observed] of answer.observed.entries()) {
        tally.add(observed);
        const probe = scenario.probes[p];
        if (probe) total.differences.push(...compare(snapshot, probe, observed));
        for (const text of contradictions(observed, !marksInMatches))
          total.contradictions.push(`seed ${scenario.seed} ${loader}: ${text}`);
      }
      lost = answer.lost;
      unplaced = answer.unplaced;
      noise = answer.noise;
    } catch (error) {
      throw new Error(`loader ${loader}, seed ${scenario.seed}: ${error instanceof Error ? error.message : error}`);
    }
    sent += scenario.probes.length;
    total.packets += scenario.probes.length;
    total.rulesets++;
  }
  const seconds = (performance.now() - began) / 1000;
  const parts = Object.entries(spent).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`);
  console.log(`loader ${loader}, seed ${seed}: ${sent} packets in ${seconds.toFixed(1)} s (${parts.join(', ')})`);
  console.log(
    `${tally.journeys} journeys, ${tally.steps} steps; netlink overruns ${lost}, lines without a journey ${unplaced}, noise ${noise}, counters compared of ${counted} rulesets`,
  );
  console.log(`${tally.print()}\n`);
}

async function main(): Promise<number> {
  const wanted = options();
  const lab = new Lab(wanted.prefix);
  const total: Total = { packets: 0, rulesets: 0, differences: [], contradictions: [] };
  try {
    const { missing, kernel } = await lab.check();
    if (missing.length) {
      console.log(`kernel tests: not run, for want of ${missing.join(', ')}`);
      return wanted.allowMissing ? 0 : 1;
    }
    console.log(`kernel ${kernel}, seed ${wanted.seed}`);
    for (const loader of wanted.loaders) await runLoader(lab, loader, wanted, total);
    console.log(`not in the generator:\n${absences()}\n`);
  } finally {
    await lab.close();
  }
  for (const text of total.contradictions.slice(0, 20)) console.log(`order: ${text}`);
  for (const difference of total.differences.slice(0, 20)) console.log(JSON.stringify(difference));
  console.log(
    `packets ${total.packets}, rulesets ${total.rulesets}, differences ${total.differences.length + total.contradictions.length}`,
  );
  return total.differences.length + total.contradictions.length ? 1 : 0;
}

main().then(
  code => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  },
);
