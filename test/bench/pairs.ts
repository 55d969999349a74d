import { spawnSync } from 'node:child_process';

/** A command whose whole process is timed. */
export interface Timed {
  readonly command: readonly [string, ...string[]];
  /** Milliseconds after which it is given up. */
  readonly limit?: number;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Where NODE_EXTRA_CA_CERTS is set, Node reads certificates at every start. */
export function environment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...rest } = process.env;
  return rest;
}

/** Runs it once; milliseconds of the whole process, and what it printed. Infinite: it took longer than its limit. */
export function run({ command: [program, ...args], limit }: Timed): { ms: number; out: string } {
  const start = performance.now();
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    env: environment(),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(limit !== undefined && { timeout: limit, killSignal: 'SIGKILL' }),
  });
  const ms = performance.now() - start;
  if (signal === 'SIGKILL' && limit !== undefined && ms >= limit) return { ms: Number.POSITIVE_INFINITY, out: '' };
  if (error || status === null || status > 3 || (status === 2 && stderr !== ''))
    throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.slice(0, 500)}`);
  return { ms, out: stdout };
}

/** Times all in turn, again and again: what else the machine does falls on all of them. One list for each command. */
export function inTurn(commands: readonly Timed[], rounds: number): number[][] {
  const times = commands.map((): number[] => []);
  for (const command of commands) run(command);
  for (let round = 0; round < rounds; round++)
    for (const [i, command] of commands.entries()) times[i]?.push(run(command).ms);
  return times;
}

/** The median of the ratios, pair by pair. */
export const ratio = (times: readonly number[] = [], to: readonly number[] = []): number =>
  median(times.map((ms, i) => ms / (to[i] ?? Number.NaN)));
