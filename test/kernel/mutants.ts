import { CASES } from './cases.ts';
import { generateScenario } from './generate/scenario.ts';
import type { Lab } from './lab.ts';
import { broken, MUTATIONS, type Mutation } from './mutations.ts';
import type { Options } from './options.ts';
import { judge, type Recording, record } from './session.ts';

/** Short rulesets, so that much that is different comes within few packets. */
const PER_RULESET = 50;

/** Packets within which each mutation must be noticed. */
const SOON = 2000;

/** Records what the kernel did once, and judges every broken walk by it. Returns the exit code. */
export async function judgeMutations(lab: Lab, { packets, seed, loaders }: Options): Promise<number> {
  const recordings: Recording[] = [];
  await lab.build();
  let built = loaders[0];
  let [sent, left] = [0, 0];
  for (let i = 0; sent < packets; i++) {
    const loader = loaders[Math.floor((i * loaders.length * PER_RULESET) / packets)] ?? loaders[0] ?? 'nft';
    if (loader !== built) await lab.build();
    built = loader;
    const recording = await record(lab, generateScenario(seed + i, loader, Math.min(PER_RULESET, packets - sent)));
    sent += recording.scenario.probes.length;
    const { until } = judge(recording);
    if (until === undefined) recordings.push(recording);
    else left++;
  }
  const cases: Recording[] = [];
  for (const { scenario } of CASES) cases.push(await record(lab, scenario));
  const interleaved = recordings
    .map((recording, i) => ({ recording, turn: recordings.slice(0, i).filter(r => sameLoader(r, recording)).length }))
    .sort((a, b) => a.turn - b.turn)
    .map(({ recording }) => recording);
  if (left > 0) console.log(`${left} rulesets are left out: the walk differs from the kernel without being broken`);
  const all = [...interleaved, ...cases.filter(one => judge(one).until === undefined)];
  const after = MUTATIONS.map(mutation => caughtAfter(mutation, all));
  const soon = after.filter(count => count <= SOON);
  const judged = interleaved.reduce((sum, { scenario }) => sum + scenario.probes.length, 0);
  console.log(
    `mutations ${MUTATIONS.length}, caught within ${SOON} packets ${soon.length}, the last of them after ${Math.max(0, ...soon)}; random packets ${judged}`,
  );
  return soon.length < MUTATIONS.length || recordings.length === 0 ? 1 : 0;
}

const sameLoader = (a: Recording, b: Recording): boolean => a.scenario.loader === b.scenario.loader;

/** How many packets it took to notice; Infinity: it was not noticed. */
function caughtAfter(mutation: Mutation, recordings: readonly Recording[]): number {
  const { name, change } = mutation;
  let before = 0;
  for (const recording of recordings) {
    const { findings, connections, until } = broken(mutation, () => judge(recording, change ? { change } : {}));
    if (until !== undefined) {
      const [first] = findings;
      const how = first?.difference.what ?? `connection ${connections[0]?.connection}`;
      console.log(
        `caught after ${String(before + until).padStart(5)} packets${before + until > SOON ? ', TOO LATE' : ''}: ${name} (${how})`,
      );
      return before + until;
    }
    before += recording.scenario.probes.length;
  }
  console.log(`NOT CAUGHT by ${before} packets: ${name}`);
  return Number.POSITIVE_INFINITY;
}
