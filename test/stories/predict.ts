import type { Outcome, TraceAnswer } from '../../src/cluster/answer.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { parseDestination } from '../../src/cluster/request.ts';
import { senderOf } from '../../src/cluster/sender.ts';
import { trace } from '../../src/cluster/trace.ts';
import { destinationOf, type Run, type Seen } from './proof.ts';
import { behindVeth, clusterAt, stageFiles, stateOf } from './stage.ts';
import { unforeseen } from './wire.ts';

/** A program's fate as chainwalk predicts it, held against what it was. */
export interface Told {
  readonly run: Run;
  readonly answer?: TraceAnswer;
  /** What was put into the captured state, for no file of the stage has it. */
  readonly given?: string;
  readonly problem?: string;
}

/** Predicts what became of each program of a stage from the snapshot of that stage, with no node said. */
export function predictStage(stage: string, runs: readonly Run[]): readonly Told[] {
  const files = stageFiles(stage);
  const cluster = clusterAt(files);
  return runs.map(run => {
    const state = stateOf(files, cluster, run);
    if (state === 'not known') return { run, problem: `it sent from ${run.local}, which the stage does not show` };
    if (state === 'as captured') return { run, ...predict(cluster, stage, run) };
    return { run, given: state.what, ...predict(clusterAt(state.files), stage, run) };
  });
}

function predict(cluster: Cluster, stage: string, run: Run): Omit<Told, 'run'> {
  const destination = destinationOf(run.command);
  if (!destination) return { problem: 'what is asked for is not understood' };
  try {
    const { endpoint, protocol } = parseDestination(destination.text);
    const sender = behindVeth(cluster, stage, run.from) ?? run.from;
    const { source, host } = senderOf(cluster, sender, endpoint.address);
    const { app } = destination;
    const request = { source, destination: endpoint, protocol, reply: true, ...(host && { node: host.name }) };
    const answer = trace(cluster, { ...request, ...(app && { app }) }, { version: '0' });
    const problem = problemOf(run, answer, new Set(cluster.hosts.map(({ name }) => name)));
    return { answer, ...(problem !== undefined && { problem }) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function problemOf(run: Run, answer: TraceAnswer, hosts: ReadonlySet<string>): string | undefined {
  const { outcomes } = answer;
  if (outcomes.length === 0) return 'no outcome';
  const { address } = answer.packet.source;
  if (run.local !== undefined && run.local !== '0' && address !== run.local)
    return `it sent from ${run.local}, and ${address} is predicted`;
  for (const seen of run.saw)
    if (!outcomes.some(outcome => isSeen(outcome, seen)))
      return `no outcome is ${seen.local ?? seen.server ?? 'the server'}, which saw ${seen.client}`;
  if (outcomes.some(outcome => works(outcome) !== run.worked))
    return `it ${run.worked ? 'worked' : 'did not work'} for the program`;
  if (run.failed !== undefined && failureOf(answer) !== run.failed)
    return `the program met ${run.failed}, and ${failureOf(answer)} is predicted`;
  const frame = unforeseen(run.frames, answer, hosts);
  return frame?.kind === 'first'
    ? `${frame.device} of ${frame.at} had ${frame.from} > ${frame.to}, which no outcome passes there`
    : undefined;
}

const works = ({ disposition, answered }: Outcome): boolean =>
  disposition === 'delivered' && answered?.accepted === true;

/** What the program is to meet: an error that its kernel learns at once or of a neighbour that is silent, or nothing. */
function failureOf({ from, outcomes, reply }: TraceAnswer): Run['failed'] {
  const [first] = outcomes;
  if (!first || first.answered) return 'silence';
  const [only, ...further] = first.hops;
  if (from.local && further.length === 0 && first.disposition === 'neighbour-unreachable') return 'no neighbour';
  if (from.local && only && further.length === 0 && first.disposition === 'no-route') return 'at once';
  return reply?.outcomes[0]?.disposition === 'delivered' ? 'at once' : 'silence';
}

export function isSeen({ disposition, deliveredTo, sourceSeen }: Outcome, { server, local, client }: Seen): boolean {
  if (disposition !== 'delivered' || !deliveredTo || sourceSeen?.address !== client) return false;
  if (local !== undefined) return `${deliveredTo.address}:${deliveredTo.port}` === local;
  const names = [deliveredTo.name, deliveredTo.node].map(name => name?.replace(/^.*\//, ''));
  return server === undefined || names.includes(server);
}
