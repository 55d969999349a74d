import type { DiffAnswer } from '../diff/answer.ts';
import { diff, type Layer } from '../diff/diff.ts';
import { exitCodeOfDiff } from '../diff/exit-code.ts';
import { parseServiceQuery } from '../explain/query.ts';
import { InputError } from '../model/source.ts';
import { renderDiff } from '../render/diff.ts';
import type { RenderOptions } from '../render/theme.ts';
import { readSide } from './sides.ts';

export interface AskedDiff {
  readonly before: string;
  readonly after: string;
  readonly layers: readonly Layer[];
  readonly service: string | undefined;
  readonly node: string | undefined;
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
  progress(`reading ${before}`);
  const sideBefore = await readSide(before);
  progress(`reading ${after}`);
  const sideAfter = await readSide(after);
  if (node !== undefined) {
    const names = [...new Set([...sideBefore.nodes.keys(), ...sideAfter.nodes.keys()])];
    if (!names.includes(node)) throw new InputError(`there is no node ${node}; there is ${names.join(', ')}`);
  }
  const { version, layers } = asked;
  const answer = diff(sideBefore, sideAfter, { version, layers, node, service, progress });
  return { answer, text: renderDiff(answer, asked.render), exitCode: exitCodeOfDiff(answer) };
}
