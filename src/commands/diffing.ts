import type { DiffAnswer } from '../diff/answer.ts';
import { type DiffOptions, diff, type Layer } from '../diff/diff.ts';
import { exitCodeOfDiff } from '../diff/exit-code.ts';
import { diffNodes } from '../diff/nodes/nodes.ts';
import type { Side } from '../diff/side.ts';
import { parseServiceQuery } from '../explain/query.ts';
import { InputError } from '../model/source.ts';
import { renderDiff } from '../render/diff.ts';
import type { RenderOptions } from '../render/theme.ts';
import { readSide } from './sides.ts';

export interface AskedDiff {
  readonly before: string;
  /** Undefined: the nodes of one snapshot are held against each other. */
  readonly after: string | undefined;
  readonly layers: readonly Layer[];
  readonly service: string | undefined;
  readonly node: string | undefined;
  readonly budget: number | undefined;
  readonly version: string;
  readonly render: RenderOptions;
  readonly progress: (text: string) => void;
}

export interface Diffed {
  readonly answer: DiffAnswer;
  readonly text: string;
  readonly exitCode: number;
}

/** Reads both sides and tells what changed. */
export async function diffSides({ before, after, node, progress, ...asked }: AskedDiff): Promise<Diffed> {
  if (before === '-' && after === '-') throw new InputError('- -: standard input can be read once');
  const service = asked.service === undefined ? undefined : parseServiceQuery(asked.service);
  const { version, layers, budget, render } = asked;
  const options: DiffOptions = { version, layers, node, service, budget, progress };
  progress(`reading ${before}`);
  const sideBefore = await readSide(before);
  if (after === undefined) {
    known(node, sideBefore);
    return done(diffNodes(sideBefore, options), render);
  }
  progress(`reading ${after}`);
  const sideAfter = await readSide(after);
  known(node, sideBefore, sideAfter);
  return done(diff(sideBefore, sideAfter, options), render);
}

const done = (answer: DiffAnswer, render: RenderOptions): Diffed => ({
  answer,
  text: renderDiff(answer, render),
  exitCode: exitCodeOfDiff(answer),
});

function known(node: string | undefined, ...sides: readonly Side[]): void {
  const names = [...new Set(sides.flatMap(({ nodes }) => [...nodes.keys()]))];
  if (node !== undefined && !names.includes(node))
    throw new InputError(`there is no node ${node}; there is ${names.join(', ')}`);
}
