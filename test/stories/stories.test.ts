import { join, relative } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { predictStage } from './predict.ts';
import { type Run, runsOf } from './proof.ts';
import { stagesUnder } from './stage.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/stories');
const stages = stagesUnder([FOLDER]);
const problems = (stage: string, runs: readonly Run[]) =>
  predictStage(join(FOLDER, stage), runs).map(({ problem }) => problem);

describe('the programs that were run, predicted', () => {
  test.each(stages.map(stage => relative(FOLDER, stage)))('%s', stage => {
    const runs = runsOf(join(FOLDER, stage));
    expect(runs.length).toBeGreaterThan(0);
    expect(problems(stage, runs)).toEqual(runs.map(() => undefined));
  });

  it('are all that were written down', () => {
    expect(stages).toHaveLength(21);
    expect(stages.flatMap(stage => runsOf(stage))).toHaveLength(82);
  });
});

describe('a proof that says something else is a difference:', () => {
  const stage = '3-external-ip-nodeport/b-external-ip';
  const [works] = runsOf(join(FOLDER, stage));
  if (!works) throw new Error('no program');
  const [seen] = works.saw;
  if (!seen) throw new Error('nothing seen');

  test.each<[string, Run, string]>([
    ['another server', { ...works, saw: [{ ...seen, local: '10.100.9.9:80' }] }, 'no outcome is 10.100.9.9:80'],
    ['another source', { ...works, saw: [{ ...seen, client: '192.168.127.50' }] }, 'which saw 192.168.127.50'],
    ['another end', { ...works, worked: false }, 'it did not work'],
    ['another sender', { ...works, local: '192.168.127.51' }, '192.168.127.51, which the stage does not show'],
    [
      'another reason',
      { ...works, command: 'curl http://169.10.10.2/', worked: false, saw: [], failed: 'silence' },
      'silence',
    ],
    [
      'another way',
      { ...works, frames: [{ kind: 'first', at: 'ubuntu-4', device: 'ens32', from: '1.1.1.1', to: '10.100.2.7:80' }] },
      'ens32 of ubuntu-4 had 1.1.1.1',
    ],
  ])('%s', (_, run, problem) => {
    expect(problems(stage, [run])).toEqual([expect.stringContaining(problem)]);
  });
});
