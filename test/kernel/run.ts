import { CASES } from './cases.ts';
import { contradictions, listedOtherwise } from './contradictions.ts';
import { miscounts } from './counters.ts';
import { fixtureOf, writeFixture } from './fixtures.ts';
import { absences } from './generate/absent.ts';
import { generateScenario, type Loader } from './generate/scenario.ts';
import { Lab } from './lab.ts';
import { judgeMutations } from './mutants.ts';
import { type Options, readOptions } from './options.ts';
import { printFinding } from './report.ts';
import { type Finding, judge, type Recording, record, wereOthers } from './session.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';

/** Lines of the kinds that are not printed in full. */
const LINES = 20;

const OTHERS =
  'drops on hooks that another run of the same packets did not show: of others, in the time of the observer';

interface Total {
  packets: number;
  rulesets: number;
  differences: number;
  shown: number;
  /** Rulesets with a difference; what comes after the first one in a ruleset often follows from it. */
  differing: number;
  /** By what differs. */
  readonly kinds: Map<string, number>;
  first: { readonly recording: Recording; readonly finding: Finding } | undefined;
  readonly lines: string[];
}

/** Rulesets of one loader, each with its packets. A scenario's seed alone repeats it: `--seed S --packets P`. */
async function runLoader(lab: Lab, loader: Loader, options: Options, total: Total): Promise<void> {
  const { packets, perRuleset, seed } = options;
  const tally = new Tally(loader);
  const spent = new Map<string, number>();
  const skipped = new Map<string, number>();
  const began = performance.now();
  let [sent, lost, unplaced, noise, counted, compared] = [0, 0, 0, 0, 0, 0];
  let at = began;
  const lap = (name: string) => {
    const now = performance.now();
    spent.set(name, (spent.get(name) ?? 0) + now - at);
    at = now;
  };
  await lab.build();
  const start = (i: number): Promise<Recording> | undefined => {
    const size = Math.min(perRuleset, packets - sent); // fewer were sent of what a busy machine cut short
    const recording = size > 0 ? record(lab, generateScenario(seed + i, loader, size)) : undefined;
    recording?.catch(() => undefined); // told when it is waited for
    return recording;
  };
  lap('build');
  let next = start(0);
  for (let i = 0; next; i++) {
    const where = `seed ${seed + i}, loader ${loader}`;
    try {
      const recording = await next;
      const { scenario } = recording;
      const { observed } = recording.sent;
      lap('waiting for the observer');
      sent += scenario.probes.length;
      next = start(i + 1);
      total.packets += scenario.probes.length;
      total.rulesets++;
      tally.rules(scenario.rulesets);
      const judgement = judge(recording, tally);
      lap('judge');
      const { connections, skipped: left, listed } = judgement;
      const others = await wereOthers(lab, recording, judgement);
      const findings = others ? [] : judgement.findings;
      for (const [what, times] of [...left, ...(others ? [[OTHERS, 1] as const] : [])])
        skipped.set(what, (skipped.get(what) ?? 0) + times);
      for (const finding of findings)
        note(total, recording, finding, finding === findings[0] && total.shown < options.show);
      if (findings.length + connections.length > 0) total.differing++;
      for (const { connection, kernel, walk } of connections)
        total.lines.push(`${where}: connection ${connection}\n  kernel ${kernel}\n  walk   ${walk}`);
      compared += connections.length === 0 ? 1 : 0;
      // The kernel's own neighbour discovery is counted, and no probe's; of a flooded frame the legacy steps may belong to either copy.
      const isQuiet = recording.sent.noise === noise;
      if (isQuiet && (loader === 'nft' || !observed.some(one => one.copies))) {
        total.lines.push(...miscounts(recording.after, observed).map(text => `${where}: ${text}`));
        counted++;
      }
      total.lines.push(...listedOtherwise(listed, recording.snapshot.registered).map(text => `${where}: ${text}`));
      const marksInMatches = scenario.load.steps.some(step => step.input.includes('--restore-skmark'));
      for (const one of observed) {
        tally.add(one);
        total.lines.push(...contradictions(one, !marksInMatches).map(text => `${where}: ${text}`));
      }
      ({ lost, unplaced, noise } = recording.sent);
      total.differences += findings.length;
      lap('rest');
    } catch (error) {
      throw new Error(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    }
  }
  const seconds = (performance.now() - began) / 1000;
  const parts = [...spent].map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`);
  console.log(`loader ${loader}, seed ${seed}: ${sent} packets in ${seconds.toFixed(1)} s (${parts.join(', ')})`);
  console.log(
    `${tally.journeys} journeys, ${tally.steps} steps; netlink overruns ${lost}, lines without a journey ${unplaced}, noise ${noise}; counters compared of ${counted} rulesets, connections alike after ${compared}`,
  );
  for (const [what, times] of skipped) console.log(`not judged, or not in full: ${what}: ${times}`);
  console.log(`${tally.print()}\n`);
  const seldom = tally.seldom();
  console.log(`reached too seldom: ${seldom.length > 0 ? seldom.join(', ') : 'nothing'}\n`);
}

/** The cases that are made by hand; with a kernel's name their observations are written as fixtures. */
async function runCases(lab: Lab, total: Total, write: string | undefined): Promise<void> {
  for (const { name, about, scenario } of CASES) {
    const recording = await record(lab, scenario);
    const judgement = judge(recording);
    const { connections } = judgement;
    const findings = (await wereOthers(lab, recording, judgement)) ? [] : judgement.findings;
    for (const finding of findings) console.log(`case ${name}: ${printFinding(scenario, finding)}\n`);
    for (const one of connections) total.lines.push(`case ${name}: ${JSON.stringify(one)}`);
    total.differences += findings.length;
    total.packets += scenario.probes.length;
    total.rulesets++;
    if (write !== undefined) writeFixture(name, fixtureOf(about, write, recording));
  }
  console.log(`${CASES.length} cases made by hand\n`);
}

function note(total: Total, recording: Recording, finding: Finding, show: boolean): void {
  total.first ??= { recording, finding };
  const kind = finding.difference.what.replace(/ at .*/, '');
  total.kinds.set(kind, (total.kinds.get(kind) ?? 0) + 1);
  if (!show) return;
  total.shown++;
  console.log(`${printFinding(recording.scenario, finding)}\n`);
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), new Date());
  const lab = new Lab(options.prefix);
  const total: Total = {
    packets: 0,
    rulesets: 0,
    differences: 0,
    shown: 0,
    differing: 0,
    kinds: new Map(),
    first: undefined,
    lines: [],
  };
  try {
    const { missing, kernel } = await lab.check();
    if (missing.length) {
      console.log(`kernel tests: not run, for want of ${missing.join(', ')}`);
      return options.allowMissing ? 0 : 1;
    }
    console.log(`kernel ${kernel}, seed ${options.seed}`);
    if (options.mutations) return await judgeMutations(lab, options);
    await runCases(lab, total, options.write ? kernel : undefined);
    for (const loader of options.loaders) await runLoader(lab, loader, options, total);
    if (total.first && options.shrinkSeconds > 0) await shrinkFirst(lab, total.first, options, kernel);
    console.log(`not in the generator:\n${absences()}\n`);
  } finally {
    await lab.close();
  }
  for (const text of total.lines.slice(0, LINES)) console.log(text);
  for (const [kind, times] of total.kinds) console.log(`differs: ${kind}: ${times}`);
  if (total.differing > 0) console.log(`rulesets that differ: ${total.differing}`);
  const differences = total.differences + total.lines.length;
  console.log(`packets ${total.packets}, rulesets ${total.rulesets}, differences ${differences}`);
  return differences > 0 ? 1 : 0;
}

async function shrinkFirst(
  lab: Lab,
  { recording, finding }: NonNullable<Total['first']>,
  options: Options,
  kernel: string,
): Promise<void> {
  const small = await shrink(lab, recording, finding, options.shrinkSeconds * 1000);
  const { tries, reduced } = small;
  if (options.save !== undefined) {
    const about = `shrunk from seed ${recording.scenario.seed}, loader ${recording.scenario.loader}: ${small.finding.difference.what}`;
    writeFixture(options.save, fixtureOf(about, kernel, small.recording));
  }
  console.log(`shrunk in ${tries} tries; ${reduced.packets} packets and ${reduced.rules} rules are left`);
  console.log(`${printFinding(small.recording.scenario, small.finding, recording.scenario)}\n`);
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
