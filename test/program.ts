import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const BUNDLE = join(ROOT, 'dist', 'chainwalk.cjs');
const SOURCES = ['src', 'scripts', 'package-lock.json'];

/** Milliseconds since 1970; 0: there is no such file. */
function changed(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map(name => changed(join(path, name))));
}

/** Before the tests: the program that they run is the bundle that users get, made of the sources as they are. */
export function setup(): void {
  if (SOURCES.every(source => changed(join(ROOT, source)) < changed(BUNDLE))) return;
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'bundle.js')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the program could not be built: see above');
}
