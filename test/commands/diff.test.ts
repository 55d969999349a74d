import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { save } from '../diff/sides.ts';
import { chainwalk } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'chainwalk-diff-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const FILTER = { INPUT: 'ACCEPT', FORWARD: 'ACCEPT', OUTPUT: 'ACCEPT' };
const one = file('one.txt', save('filter', FILTER, '-A INPUT -s 10.0.0.1/32 -j DROP\n'));
const same = file('same.txt', save('filter', FILTER, '[7:8] -A INPUT -s 10.0.0.1/32 -j DROP\n'));
const other = file('other.txt', save('filter', FILTER, '-A INPUT -s 10.0.0.2/32 -j DROP\n'));
const STAGES = 'fixtures/stories/3-external-ip-nodeport';

describe('exit codes', () => {
  it.each<[string, number, string[]]>([
    ['equal', 0, [one, same]],
    ['different', 1, [one, other]],
    ['different in a layer that nobody asked for', 0, [one, other, '--only', 'meaning']],
    ['different in what becomes of packets', 1, [one, other, '--only', 'fate']],
    ['too few walks', 3, [one, other, '--only', 'fate', '--budget', '2']],
    ['no such file', 2, [one, join(folder, 'none')]],
    ['neither rules nor anything known', 2, [one, file('text.txt', 'hello\n')]],
    ['an empty file', 2, [one, file('empty.txt', '')]],
    ['a folder without a file', 2, [one, mkdtempSync(join(folder, 'empty-'))]],
    ['a node that there is not', 2, [one, other, '--node', 'n7']],
    ['no service', 2, [one, other, '--service', 'web']],
    ['a word that is no layer', 2, [one, other, '--only', 'taste']],
    ['one side', 2, [one]],
    ['nodes of one snapshot that agree', 0, ['--nodes', `${STAGES}/a-before`]],
    ['a node out of step', 1, ['--nodes', `${STAGES}/c-external-ip-masquerade-removed`]],
    ['nodes of two', 2, ['--nodes', one, other]],
    ['nodes of one file', 2, ['--nodes', one]],
    ['standard input twice', 2, ['-', '-']],
  ])('%s: %d', async (_, code, args) => {
    const ran = await chainwalk(['diff', ...args]);
    expect(ran.code).toBe(code);
    expect(ran.stderr === '').toBe(code !== 2);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
    expect(ran.stderr.split('\n').length).toBeLessThanOrEqual(2);
  });
});

describe('text', () => {
  it('of an edited rule has both', async () => {
    const { stdout } = await chainwalk(['diff', one, '-', '--only', 'rules', '--only', 'meaning'], {
      stdin: save('filter', FILTER, '-A INPUT -s 10.0.0.2/32 -j DROP\n'),
    });
    expect(stdout).toBe(`rules     filter INPUT   1 rule edited
            - -A INPUT -s 10.0.0.1/32 -j DROP
            + -A INPUT -s 10.0.0.2/32 -j DROP

equal         2 chains with 0 rules, known by their text
`);
  });

  it('says that nothing differs', async () => {
    const { stdout } = await chainwalk(['diff', one, same]);
    expect(stdout).toBe(`fate      nothing differs that a packet could get to: all are treated alike

No difference in rules, meaning, fate.
equal         3 chains with 1 rule, known by their text
`);
  });

  it('fits 80 columns, and has no escapes of a comment', async () => {
    const evil = save('filter', FILTER, '-A INPUT -m comment --comment "\x1b[31m" -j DROP\n');
    const { stdout } = await chainwalk(['diff', one, file('evil.txt', evil)]);
    expect(stdout).toContain('\\x1b[31m');
    const { stdout: story } = await chainwalk(['diff', `${STAGES}/a-before`, `${STAGES}/d-node-port`]);
    for (const line of `${stdout}${story}`.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('of one service and one node', async () => {
    const args = ['diff', `${STAGES}/a-before`, `${STAGES}/b-external-ip`, '--json'];
    const all = JSON.parse(
      (await chainwalk([...args, '--service', 'default/svc-test-1', '--node', 'ubuntu-2'])).stdout,
    );
    expect(all.rules).toHaveLength(1);
    expect(all.rules[0].nodes).toEqual(['ubuntu-2']);
    const none = JSON.parse((await chainwalk([...args, '--service', 'default/kubernetes'])).stdout);
    expect(none).toMatchObject({ different: false, rules: [], meaning: [] });
  });
});
