import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chainwalk, FIXTURE, ROOT } from './run.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainwalk-snapshot-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const TRACE = ['10.10.100.197', '10.10.100.240:80/udp', '--node', 'n2', '--in', 'eth0'];

describe('a snapshot', () => {
  it('as an archive traces as the folder does', async () => {
    const archive = join(folder, 'snap.tar.gz');
    const made = await chainwalk(['capture', '-o', archive, '--from', FIXTURE]);
    expect([made.code, made.stderr]).toEqual([0, '']);
    const [whole, packed] = await Promise.all(
      [FIXTURE, archive].map(path => chainwalk(['trace', ...TRACE, '--snapshot', path])),
    );
    expect(whole?.code).toBe(0);
    expect(packed).toEqual(whole);
    expect((await chainwalk(['snapshot', 'show', archive])).stdout).toMatch(/^n2 +complete +17 files, 249 kB/m);
  });

  it('is verified', async () => {
    const { code, stdout } = await chainwalk(['snapshot', 'verify', FIXTURE]);
    expect([code, stdout]).toEqual([0, `${FIXTURE}: nothing is missing\n`]);
    const rules = readFileSync(join(ROOT, FIXTURE, 'nodes/n1/iptables-nft-save-c.txt'), 'utf8');
    writeFileSync(join(folder, 'rules.txt'), rules.slice(0, rules.length / 2));
    const half = await chainwalk(['snapshot', 'verify', folder, '--json']);
    const answer = JSON.parse(half.stdout);
    expect(half.code).toBe(4);
    expect(answer.complete).toBe(false);
    expect(answer.missing.map(({ what }: { what: string }) => what)).toEqual([
      'addresses',
      'routes',
      'routing rules',
      'neighbours',
      'connections',
      'sysctls',
    ]);
  });

  it('is redacted, in the same way with the same key', async () => {
    const key = join(folder, 'key');
    writeFileSync(key, 'x'.repeat(32));
    const runs = [];
    for (const name of ['one', 'two'])
      runs.push(await chainwalk(['snapshot', 'redact', FIXTURE, '-o', join(folder, name), '--key-file', key]));
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const rules = (name: string) => readFileSync(join(folder, name, 'nodes/n2/iptables-nft-save-c.txt'), 'utf8');
    expect(rules('one')).toBe(rules('two'));
    expect(rules('one')).not.toContain('10.10.100.240');
    expect(rules('one').split('\n').length).toBe(
      readFileSync(join(ROOT, FIXTURE, 'nodes/n2/iptables-nft-save-c.txt'), 'utf8').split('\n').length,
    );
  });

  it.each([
    [['snapshot', 'show', 'none'], 'none: there is no such file or folder'],
    [
      ['snapshot', 'verify', 'package.json'],
      'package.json: is neither a folder nor a tar archive; a single file is given with -f',
    ],
    [['snapshot', 'redact', FIXTURE, '-o', 'docs'], 'docs: is not empty; a snapshot needs a new folder (-o)'],
    [['snapshot', 'redact', FIXTURE, '-o', 'never', '--key-file', 'none'], 'none: the key cannot be read (--key-file)'],
    [
      ['capture', '-o', 'never'],
      'nothing to capture from; give --ssh HOSTS, --kubectl, --docker, --local or --from PATH',
    ],
    [['capture', '-o', 'docs', '--local'], 'docs: is not empty; a snapshot needs a new folder (-o)'],
    [['capture', '-o', 'never', '--ssh', '-oProxyCommand=x'], 'Flag --ssh expects a value (see chainwalk --help)'],
    [['capture', '-o', 'never', '--ssh', 'a;b'], "'a;b' is no host for ssh; write HOST, USER@HOST or USER@HOST:PORT"],
    [
      ['capture', '-o', 'never', '--ssh-config', '/dev/null', '--ssh-config-hosts', 'x*'],
      'no Host in the configuration of ssh is named x* (--ssh-config-hosts)',
    ],
  ])('%j: one line, exit code 2', async (args, line) => {
    const { code, stderr, stdout } = await chainwalk(args);
    expect([code, stdout, stderr]).toEqual([2, '', `chainwalk: ${line}\n`]);
  });
});
