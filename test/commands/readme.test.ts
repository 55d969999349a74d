import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROGRAM, STORIES, shownIn, wordsOf } from './pages.ts';
import { chainwalk, ROOT } from './run.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = shownIn('README.md');
const shown = blocks.filter(({ command }) => command.startsWith(PROGRAM));

describe.each(['README.md', ...STORIES])('%s prints what the program prints', path => {
  const own = shownIn(path).filter(({ command }) => command.includes(PROGRAM) && !command.startsWith('npm '));
  it.each(own)('$command', async ({ command, output }) => {
    const { words, stdin } = wordsOf(command);
    const ran = await chainwalk(words, { stdin });
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toBe(output);
  });

  it('shows commands, but for the index', () => {
    expect(own.length > 3).toBe(!path.endsWith('stories/README.md'));
  });
});

describe('README', () => {
  it('shows the output of the command that sets everything up, too', () => {
    const first = blocks[0]?.command ?? '';
    expect(first.startsWith('npm ci && ')).toBe(true);
    expect(shown.map(({ command }) => command)).toContain(first.slice('npm ci && '.length));
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
