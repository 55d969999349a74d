import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT } from '../commands/run.ts';

const hasScript = spawnSync('script', ['--version']).error === undefined;
if (!hasScript) console.log('left out: progress on a terminal needs script (bsdutils)');
const folder = mkdtempSync(join(tmpdir(), 'chainwalk-terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** All that came to a terminal of this size; nobody listens on port 1, so each host fails at once. */
function onTerminal(columns: number, rows: number, hosts: number): string[] {
  const targets = Array.from({ length: hosts }, () => '127.0.0.1:1').join();
  const output = join(folder, String(hosts));
  const command = `stty cols ${columns} rows ${rows}; '${process.execPath}' bin/run.js capture -o '${output}' --ssh-config /dev/null --ssh ${targets}`;
  const { CI: _, ...env } = process.env;
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd: ROOT, env, encoding: 'utf8' });
  return stripVTControlCharacters(stdout)
    .split(/\r?\n/)
    .map(line => line.trimEnd());
}

describe.skipIf(!hasScript)('progress on a terminal', () => {
  it('has a line a host, cut to the width', () => {
    const lines = onTerminal(50, 24, 2);
    const drawn = lines.filter(line => line.startsWith('✗ '));
    expect(drawn.slice(-2)).toEqual([
      expect.stringMatching(/^✗ 127\.0\.0\.1 {4}failed +127\.0\.0\.1 port.*…$/),
      expect.stringMatching(/^✗ 127\.0\.0\.1-2 {2}failed +127\.0\.0\.1 port.*…$/),
    ]);
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(50);
    expect(lines.some(line => /^127\.0\.0\.1 +failed +0 files/.test(line))).toBe(true);
  });

  it('counts the hosts that do not fit', () => {
    const lines = onTerminal(80, 8, 20);
    expect(lines).toContain('and 15 more: 15 failed');
  });

  it('is plain where standard error is none', () => {
    const output = join(folder, 'plain');
    const command = [
      process.execPath,
      'bin/run.js',
      'capture',
      '-o',
      output,
      '--ssh-config',
      '/dev/null',
      '--ssh',
      '127.0.0.1:1',
    ];
    expect(() =>
      execFileSync(command[0] ?? '', command.slice(1), { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }),
    ).toThrow(/127\.0\.0\.1: failed, 0 bytes: 127\.0\.0\.1 port 1: connection refused/);
  });
});
