import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chainwalk, ROOT } from './run.ts';

const PROGRAM = './bin/run.js ';
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
/** Commands of README and what it says that they print. */
const blocks = [...readme.matchAll(/^```console\n\$ (.+)\n([\s\S]*?)^```$/gm)].map(
  ([, command = '', output = '']) => [command, output] as const,
);
const shown = blocks.filter(([command]) => command.startsWith(PROGRAM));

describe('README prints what the program prints', () => {
  it.each(shown)('%s', async (command, output) => {
    const words = [...command.slice(PROGRAM.length).matchAll(/'([^']*)'|(\S+)/g)].map(
      ([, quoted, word = '']) => quoted ?? word,
    );
    const ran = await chainwalk(words);
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toBe(output);
  });

  it('shows the output of the command that sets everything up, too', () => {
    const first = blocks[0]?.[0] ?? '';
    expect(first.startsWith('npm ci && ')).toBe(true);
    expect(shown.map(([command]) => command)).toContain(first.slice('npm ci && '.length));
    expect(shown.length).toBeGreaterThan(3);
  });

  it('names flags that there are', async () => {
    const helps = await Promise.all(
      [['trace'], ['capture'], ['diff']].map(command => chainwalk([...command, '--help'])),
    );
    const stdout = helps.map(help => help.stdout).join('');
    const flags = new Set(
      [...readme.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag),
    );
    for (const flag of flags) expect(stdout).toContain(flag);
  });

  it('links to files that there are', () => {
    for (const [, path = ''] of readme.matchAll(/\]\(([^)]+)\)/g))
      expect(readFileSync(join(ROOT, path), 'utf8')).not.toBe('');
  });
});
