import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { Outcome } from '../../src/cluster/answer.ts';
import { predictStage } from './predict.ts';
import { runsOf } from './proof.ts';
import { stagesUnder } from './stage.ts';

const USAGE = 'usage: npm run test:stories -- [--verbose] PATH...';

process.exitCode = main(process.argv.slice(2));

/** A line a stage; what differs, and with --verbose everything, is told beneath it. */
function main(args: readonly string[]): number {
  const paths = args.filter(arg => !arg.startsWith('--'));
  const missing = paths.find(path => !existsSync(path));
  if (paths.length === 0 || missing !== undefined) {
    console.error(missing === undefined ? USAGE : `${missing}: no such file or folder`);
    return 2;
  }
  const stages = stagesUnder(paths);
  let [predictions, differences] = [0, 0];
  for (const stage of stages) {
    const all = predictStage(stage, runsOf(stage));
    const wrong = all.filter(({ problem }) => problem !== undefined);
    const frames = all.flatMap(({ run }) => run.frames.filter(({ kind }) => kind === 'first'));
    predictions += all.length;
    differences += wrong.length;
    console.log(
      `${relative('.', stage)}: ${all.length} predictions, ${frames.length} frames, ${wrong.length} differences`,
    );
    for (const { run, answer, given, problem } of all) {
      if (given !== undefined) console.log(`    ${run.from} was given what no file has: ${given}`);
      if (problem === undefined && !args.includes('--verbose')) continue;
      console.log(`    ${run.from}: ${run.command}`);
      for (const outcome of answer?.outcomes ?? []) console.log(`        ${outcomeText(outcome)}`);
      if (problem !== undefined) console.log(`        DIFFERENCE: ${problem}`);
    }
  }
  console.log(`stages ${stages.length}, predictions ${predictions}, differences ${differences}`);
  return stages.length === 0 || differences > 0 ? 1 : 0;
}

function outcomeText({ disposition, reason, deliveredTo, sourceSeen, answered, decidedBy, hops }: Outcome): string {
  return [
    disposition,
    deliveredTo
      ? `to ${deliveredTo.name ?? deliveredTo.node ?? ''} ${deliveredTo.address}:${deliveredTo.port}`
      : `at ${hops.at(-1)?.node}: ${reason}`,
    ...(sourceSeen ? [`which sees ${sourceSeen.address}`] : []),
    ...(decidedBy ? [`by ${decidedBy.table} ${decidedBy.chain} ${decidedBy.number} of ${decidedBy.node}`] : []),
    ...(answered ? [answered.text] : []),
  ].join('; ');
}
