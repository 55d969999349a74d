import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const FIXTURE = 'fixtures/kube-proxy-1.36-iptables';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs the program in the repository's folder. */
export async function chainwalk(
  args: readonly string[],
  { stdin = '', env = {} }: { stdin?: string | Uint8Array; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  const { DEBUG: _, FORCE_COLOR: __, ...clean } = process.env;
  const child = spawn(process.execPath, ['bin/run.js', ...args], { cwd: ROOT, env: { ...clean, ...env } });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code };
}
