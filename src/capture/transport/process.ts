import { execa } from 'execa';
import { CaptureFailure } from '../failure.ts';
import type { Sink } from '../host.ts';

/** Runs a program that reads the script from its standard input. Throws CaptureFailure where it fails on its own. */
export async function runProcess(
  command: readonly string[],
  script: string,
  sink: Sink,
  signal: AbortSignal,
): Promise<void> {
  const [program = '', ...args] = command;
  const child = execa(program, args, {
    input: script,
    buffer: false,
    encoding: 'buffer',
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 1000,
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => sink.stdout(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < 2000) said += chunk.toString('utf8');
    sink.stderr(chunk);
  });
  sink.started();
  const { failed, exitCode, signal: killedBy, cause } = await child;
  if (!failed) return;
  if (signal.aborted) throw new CaptureFailure('time is up');
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
    throw new CaptureFailure(`${program} is not installed, or not in PATH`);
  const how =
    exitCode === undefined ? `${program} was ended by ${killedBy ?? 'a signal'}` : `${program} ended with ${exitCode}`;
  throw new CaptureFailure(said.trim() === '' ? how : `${lastWords(said)} (${how})`);
}

/** The line of an error output that says most: the last one. */
const lastWords = (text: string): string => (text.trim().split('\n').at(-1) ?? '').trim().slice(0, 300);

/** What a program prints. Throws CaptureFailure with its last words where it fails. */
export async function outputOf(command: readonly string[], signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  const sink: Sink = { started() {}, stderr() {}, stdout: chunk => void chunks.push(chunk) };
  await runProcess(command, '', sink, signal);
  return Buffer.concat(chunks).toString('utf8');
}
