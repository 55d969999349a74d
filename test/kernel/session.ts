import type { ListedChain } from '../../src/model/ruleset.ts';
import type { Scenario } from './generate/scenario.ts';
import { compareConnections, type Disagreement } from './judge/connections.ts';
import type { Difference } from './judge/difference.ts';
import { DROPPED, Judge, type JudgeOptions, type Walk } from './judge/judge.ts';
import type { Lab, Sent } from './lab.ts';
import type { Probe, Snapshot } from './observation.ts';

/** What the kernel made of one scenario. */
export interface Recording {
  readonly scenario: Scenario;
  readonly snapshot: Snapshot;
  readonly sent: Sent;
  /** Taken when all packets were sent. */
  readonly after: Snapshot;
}

/** Where kernel and walk part for the first time in one journey. */
export interface Finding {
  readonly probe: Probe;
  readonly difference: Difference;
  /** Absent where the walk did not get as far. */
  readonly walk: Walk | undefined;
}

export interface Judgement {
  readonly findings: readonly Finding[];
  readonly connections: readonly Disagreement[];
  readonly skipped: ReadonlyMap<string, number>;
  /** What `nft list hooks` shows, where the kernel has it. */
  readonly listed: readonly ListedChain[];
  /** Probes that were judged in full before the first finding, it included. */
  readonly until: number | undefined;
}

/** As much of a recording as a judgement needs. */
export interface Evidence {
  readonly scenario: Pick<Scenario, 'probes'>;
  readonly snapshot: Snapshot;
  readonly sent: Pick<Sent, 'observed'>;
  readonly after: Pick<Snapshot, 'files'>;
}

export interface JudgementOptions extends JudgeOptions {
  readonly walked?: (walk: Walk) => void;
}

/** Seconds after which conntrack takes datagrams both ways for a stream and sets ASSURED: a machine too busy tries again. */
const UDP_STREAM = 1.9;
const TRIES = 3;
/** A machine that cannot send so many in that time is no good. */
const FEWEST = 20;

/**
 * Loads a scenario, sends its packets, and takes what a capture would take before and after. All is asked for at once:
 * the observer works on it while the caller judges the scenario before. On a busy machine the first of the packets have to do.
 */
export async function record(lab: Lab, scenario: Scenario, tries = TRIES): Promise<Recording> {
  const asksForSockets = scenario.load.steps.some(({ input }) =>
    /-m socket|-j TPROXY|\b(?:socket|tproxy|fib) /.test(input),
  );
  // Half of the rulesets are read from nft's JSON, half from its text; JSON leaves the devices of chains out.
  const onDevices = scenario.load.steps.some(({ input }) => /\bhook \w+ devices? /.test(input));
  const listing = scenario.seed % 2 === 0 && !onDevices ? 'json' : 'text';
  const [, , snapshot, sent, after] = await Promise.all([
    scenario.fresh ? lab.build() : undefined,
    lab.load(scenario.load),
    lab.snapshot(listing),
    lab.send(scenario.probes, asksForSockets),
    lab.snapshot(listing),
  ]);
  if (sent.seconds >= UDP_STREAM) {
    if (tries > 1) return record(lab, scenario, tries - 1);
    const { probes } = scenario;
    if (probes.length <= FEWEST)
      throw new Error(`the machine is too busy: ${probes.length} packets took ${sent.seconds.toFixed(1)} s`);
    return record(lab, { ...scenario, probes: probes.slice(0, probes.length / 2) });
  }
  return { scenario, snapshot, sent, after };
}

/**
 * Whether all that differs are drops on hooks beyond the walk's, and another run of the same packets shows none: the
 * kernel tells whose time a packet was dropped in, and not in which namespace.
 */
export async function wereOthers(
  lab: Lab,
  { scenario }: Recording,
  { findings, connections }: Judgement,
): Promise<boolean> {
  if (findings.length === 0 || connections.length > 0) return false;
  if (findings.some(({ difference }) => difference.what !== DROPPED)) return false;
  return judge(await record(lab, scenario)).findings.length === 0;
}

/** Walks everything that was recorded and gathers what differs. */
export function judge({ scenario, snapshot, sent, after }: Evidence, options: JudgementOptions = {}): Judgement {
  const findings: Finding[] = [];
  const one = new Judge(snapshot, options);
  if (one.remarks.length > 0) throw new Error(`the snapshot cannot be read: ${one.remarks.join('; ')}`);
  let until: number | undefined;
  for (const [i, observed] of sent.observed.entries()) {
    const probe = scenario.probes[i];
    if (!probe) throw new Error(`an observation of a probe that was not sent: ${observed.id}`);
    for (const difference of one.compare(probe, observed)) {
      findings.push({ probe, difference, walk: one.walks.get(difference.journey) });
      until ??= i + 1;
    }
    for (const walk of one.walks.values()) options.walked?.(walk);
  }
  const flooded = sent.observed.some(({ copies }) => copies);
  if (flooded) one.skipped.set('flooded by a bridge: connections of its ruleset', 1);
  const connections = flooded ? [] : compareConnections(after, one.connections(), sent.observed);
  return {
    findings,
    connections,
    skipped: one.skipped,
    listed: one.listed,
    until: until ?? (connections.length ? sent.observed.length : undefined),
  };
}
