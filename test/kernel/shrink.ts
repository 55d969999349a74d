import { restoreText } from './generate/ruleset.ts';
import { restoreTool, type Scenario } from './generate/scenario.ts';
import type { GeneratedRule } from './generate/words.ts';
import type { Lab } from './lab.ts';
import type { LoadStep, PacketSpec, Probe } from './observation.ts';
import { type Finding, judge, type Recording, record } from './session.ts';

export interface Shrunk {
  readonly recording: Recording;
  readonly finding: Finding;
  readonly tries: number;
  readonly reduced: { readonly packets: number; readonly rules: number };
}

type Build = (scenario: Scenario) => Scenario;

/** Takes away from a case whatever the difference does not need, by asking the kernel again each time. */
export async function shrink(lab: Lab, recording: Recording, finding: Finding, milliseconds: number): Promise<Shrunk> {
  const until = performance.now() + milliseconds;
  const id = finding.probe.id;
  const kind = kindOf(finding);
  let best = { recording, finding };
  let tries = 0;
  const attempt = async (scenario: Scenario): Promise<boolean> => {
    if (performance.now() > until) return false;
    tries++;
    try {
      if (scenario.loader === 'both') await lab.build();
      const again = await record(lab, { ...scenario, fresh: false });
      const found = judge(again).findings.find(one => one.probe.id === id && kindOf(one) === kind);
      if (found) best = { recording: again, finding: found };
      return found !== undefined;
    } catch {
      await lab.build();
      return false;
    }
  };
  const list = async <T>(read: (scenario: Scenario) => readonly T[], write: (kept: readonly T[]) => Build) => {
    await minimize(read(best.recording.scenario), kept => attempt(write(kept)(best.recording.scenario)));
  };
  await lab.build();
  await attempt(withProbes(best.recording.scenario, probes => probes.slice(0, probes.findIndex(p => p.id === id) + 1)));
  await list(
    scenario => scenario.probes.slice(0, -1),
    kept => scenario => withProbes(scenario, probes => [...kept, ...probes.slice(-1)]),
  );
  await list(rulesOf, kept => scenario => withRules(scenario, new Set(kept)));
  await attempt(withoutEmptyTables(best.recording.scenario));
  await attempt(withoutUnusedSets(best.recording.scenario));
  await list(linesOf, kept => scenario => withLines(scenario, new Set(kept)));
  await list(
    ({ load }) => Object.entries(load.sysctls ?? {}),
    kept => scenario => ({ ...scenario, load: { ...scenario.load, sysctls: Object.fromEntries(kept) } }),
  );
  for (const probe of best.recording.scenario.probes)
    for (const simpler of simplifications(probe)) {
      const now = best.recording.scenario.probes.find(one => one.id === probe.id);
      if (now) await attempt(withProbes(best.recording.scenario, all => all.map(p => (p === now ? simpler(p) : p))));
    }
  const { scenario } = best.recording;
  return { ...best, tries, reduced: { packets: scenario.probes.length, rules: rulesOf(scenario).length } };
}

/** What of the difference must stay: `path`, `mark`, `fate`... */
const kindOf = ({ difference }: Finding): string => difference.what.split(' ')[0] ?? '';

/** Drops halves, quarters and so on, down to single elements, for as long as the rest still fails. */
export async function minimize<T>(all: readonly T[], fails: (kept: readonly T[]) => Promise<boolean>): Promise<T[]> {
  let kept = [...all];
  if (kept.length > 0 && (await fails([]))) return [];
  for (let size = Math.ceil(kept.length / 2); size >= 1 && kept.length > 0; size = size > 1 ? Math.ceil(size / 2) : 0)
    for (let from = 0; from < kept.length; ) {
      const less = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (less.length < kept.length && (await fails(less))) kept = less;
      else from += size;
    }
  return kept;
}

const withProbes = (scenario: Scenario, change: (probes: readonly Probe[]) => readonly Probe[]): Scenario => ({
  ...scenario,
  probes: change(scenario.probes),
});

const rulesOf = ({ rulesets }: Scenario): GeneratedRule[] =>
  rulesets.flatMap(({ tables }) => tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => [...rules])));

function withRulesets(scenario: Scenario, rulesets: Scenario['rulesets']): Scenario {
  const tools = new Map(rulesets.map(ruleset => [restoreTool(ruleset), restoreText(ruleset)]));
  const steps = scenario.load.steps.map(step => ({ ...step, input: tools.get(step.argv[0] ?? '') ?? step.input }));
  return { ...scenario, rulesets, load: { ...scenario.load, steps } };
}

const withRules = (scenario: Scenario, kept: ReadonlySet<GeneratedRule>): Scenario =>
  withRulesets(
    scenario,
    scenario.rulesets.map(ruleset => ({
      ...ruleset,
      tables: ruleset.tables.map(table => ({
        ...table,
        chains: table.chains.map(chain => ({ ...chain, rules: chain.rules.filter(rule => kept.has(rule)) })),
      })),
    })),
  );

/** User chains that nobody calls, and tables that are left without rules and refuse nothing. */
const withoutEmptyTables = (scenario: Scenario): Scenario =>
  withRulesets(
    scenario,
    scenario.rulesets.map(ruleset => ({
      ...ruleset,
      tables: ruleset.tables.flatMap(table => {
        const rules = table.chains.flatMap(chain => chain.rules);
        const isCalled = (name: string) => rules.some(rule => rule.target?.text.endsWith(` ${name}`));
        const chains = table.chains.filter(
          chain => chain.policy !== '-' || chain.rules.length > 0 || isCalled(chain.name),
        );
        return rules.length > 0 || chains.some(chain => chain.policy === 'DROP') ? [{ ...table, chains }] : [];
      }),
    })),
  );

/** Lines of sets and routing, each with its step. */
const linesOf = ({ load }: Scenario): string[] =>
  load.steps.flatMap((step, i) => (isRules(step) ? [] : lines(step.input).map(line => `${i} ${line}`)));

function withLines(scenario: Scenario, kept: ReadonlySet<string>): Scenario {
  const steps = scenario.load.steps.map((step, i) => {
    if (isRules(step)) return step;
    const input = lines(step.input).filter(line => kept.has(`${i} ${line}`));
    const { undo } = step;
    const left =
      undo === undefined
        ? {}
        : { undo: join(lines(undo).filter(line => input.includes(line.replace(' del ', ' add ')))) };
    return { ...step, input: join(input), ...left };
  });
  return { ...scenario, load: { ...scenario.load, steps } };
}

/** Sets that neither a rule nor another set names. */
function withoutUnusedSets(scenario: Scenario): Scenario {
  const rules = rulesOf(scenario).map(({ text }) => text);
  const kept = linesOf(scenario).filter((line, _, all) => {
    const [, name] = /^\d+ (?:create|add -exist|add) (\S+) /.exec(line) ?? [];
    if (name === undefined) return true;
    const isNamed = (text: string) => text.split(' ').includes(name);
    return rules.some(isNamed) || all.some(other => isNamed(other) && / add list-/.test(other));
  });
  return withLines(scenario, new Set(kept));
}

const isRules = ({ argv }: LoadStep): boolean => argv[0]?.endsWith('-restore') ?? false;
const lines = (text: string): string[] => text.split('\n').filter(line => line !== '');
const join = (list: readonly string[]): string => list.map(line => `${line}\n`).join('');

/** Ways to make a packet plainer, each tried by itself. */
function simplifications({ packet, answers = [], via }: Probe): ((probe: Probe) => Probe)[] {
  const set = (change: Partial<PacketSpec>) => (probe: Probe) => ({ ...probe, packet: { ...probe.packet, ...change } });
  const without = (key: 'mss' | 'options' | 'badChecksum' | 'payload') => (probe: Probe) => {
    const { [key]: _, ...rest } = probe.packet;
    return { ...probe, packet: rest };
  };
  return [
    ...(answers.length > 0 ? [({ answers: _, ...probe }: Probe) => probe] : []),
    ...(['mss', 'options', 'badChecksum', 'payload'] as const).filter(key => packet[key] !== undefined).map(without),
    ...(packet.tos ? [set({ tos: 0 })] : []),
    ...(packet.ttl !== undefined && packet.ttl !== 64 ? [set({ ttl: 64 })] : []),
    ...(packet.flags !== undefined && packet.flags !== 'S' ? [set({ flags: 'S', ack: 0 })] : []),
    ...(packet.sport !== undefined && packet.sport !== 40000 ? [set({ sport: 40000 })] : []),
    ...(packet.dport !== undefined && packet.dport !== 80 ? [set({ dport: 80 })] : []),
    ...(packet.protocol !== 'udp' && packet.sport !== undefined && via.kind !== 'socket'
      ? [set({ protocol: 'udp' })]
      : []),
  ];
}
