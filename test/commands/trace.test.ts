import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ECHO, forward } from '../cluster/namespaces.ts';
import { chainwalk, FIXTURE } from './run.ts';

const asked = ['trace', '10.0.0.9:5555', '192.168.2.10:80', '--in', 'eth0'];
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainwalk-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('exit codes', () => {
  it.each([
    ['delivered', '', 0],
    ['dropped', '-A FORWARD -j DROP\n', 1],
    ['dropped at times', '-A FORWARD -m statistic --mode random --probability 0.25 -j DROP\n', 1],
    ['undecided', '-A FORWARD -m nosuchmatch --x 1 -j DROP\n', 3],
  ])('%s', async (_, rules, code) => {
    const ran = await chainwalk([...asked, '-f', '-'], { stdin: forward(rules) });
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(code);
  });
});

describe('wrong use and unreadable input: one line, exit code 2', () => {
  it.each([
    [
      ['trace', '10.0.0.9', 'x:80', '-f', '-'],
      "destination: 'x:80' is not an address; write 10.0.0.1:53 or [fd00::1]:53",
    ],
    [['trace', '10.0.0.9'], 'Missing 1 required arg: DESTINATION (see chainwalk --help)'],
    [[...asked, '--bogus'], 'Nonexistent flag: --bogus (see chainwalk --help)'],
    [
      [...asked, '--ct', 'old', '-f', '-'],
      'Expected --ct=old to be one of: new, established, related, invalid, untracked (see chainwalk --help)',
    ],
    [asked, 'nothing to read; give a file with -f (iptables-save | chainwalk ... -f -) or --snapshot DIR'],
    [[...asked, '-f', 'no\x1b[31m'], 'no\\x1b[31m: there is no such file or folder'],
    [[...asked, '-f', 'a\u202etxt.exe\u200b'], 'a\\u202etxt.exe\\u200b: there is no such file or folder'],
    [[...asked, '--snapshot', 'no\x9b2J'], 'no\\x9b2J: there is no such file or folder'],
    [[...asked, '-f', 'src'], 'src: is a folder; a folder is given with --snapshot'],
    [
      [...asked, '--snapshot', 'package.json'],
      'package.json: is neither a folder nor a tar archive; a single file is given with -f',
    ],
    [[...asked, '-f', '-', '-f', '-'], '-f -: standard input can be read once'],
    [[...asked, '-f', '-'], 'stdin: is empty; was the command run as root?'],
    [
      ['trace', '10.0.0.9', '10.96.0.10:80', '--snapshot', FIXTURE],
      '10.0.0.9 could come to any of the nodes n1, n2, n3; say to which one with --node',
    ],
    [['nosuch'], 'command nosuch not found (see chainwalk --help)'],
  ])('%j', async (args, line) => {
    const ran = await chainwalk(args);
    expect(ran).toEqual({ stdout: '', stderr: `chainwalk: ${line}\n`, code: 2 });
  });

  it.each([['add table ip t\nadd chain ip t c\nadd rule ip t c drop\n'], ['flush ruleset\nadd table inet filter\n']])(
    'of commands for nft: %j',
    async stdin => {
      expect(await chainwalk([...asked, '-f', '-'], { stdin })).toEqual({
        stdout: '',
        stderr: 'chainwalk: stdin:1: has commands for nft; give the output of nft list ruleset, where they were run\n',
        code: 2,
      });
    },
  );

  it('of bytes that are no text', async () => {
    const stdin = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256);
    const ran = await chainwalk([...asked, '-f', '-'], { stdin });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/^chainwalk: stdin:1: is nothing that can be read; [^\n]*\n$/);
  });
});

describe('--json', () => {
  it('prints the answer and nothing else', async () => {
    const ran = await chainwalk([...asked, '-f', '-', '--json'], { stdin: forward('-A FORWARD -j DROP\n') });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      schema: 'chainwalk.trace/1',
      outcomes: [{ probability: 1, disposition: 'dropped', decidedBy: { chain: 'FORWARD', number: 1, line: 5 } }],
    });
    expect([ran.stderr, ran.code]).toEqual(['', 1]);
  });

  it('prints an error as JSON, too', async () => {
    const ran = await chainwalk([...asked, '-f', 'nosuch', '--json']);
    expect(JSON.parse(ran.stdout)).toEqual({
      schema: 'chainwalk.error/1',
      version: expect.stringMatching(/^\d/),
      error: { message: 'nosuch: there is no such file or folder', exitCode: 2 },
    });
    expect([ran.stderr, ran.code]).toEqual(['', 2]);
  });
});

describe('--json of what goes wrong is JSON, and exit code 2', () => {
  it.each([
    [['nosuch', '--json'], 'command nosuch not found (see chainwalk --help)'],
    [['trace', '10.0.0.9', '--json'], 'Missing 1 required arg: DESTINATION (see chainwalk --help)'],
    [[...asked, '--json', '--bogus'], 'Nonexistent flag: --bogus (see chainwalk --help)'],
    [
      ['trace', 'x', '10.0.0.1:1', '-f', '-', '--json'],
      "source: 'x' is not an address; write 10.0.0.1:53 or [fd00::1]:53",
    ],
    [[...asked, '-f', '-', '--json'], 'stdin: is empty; was the command run as root?'],
    [[...asked, '-f', '\u202eno', '--json'], '\\u202eno: there is no such file or folder'],
  ])('%j', async (args, message) => {
    const ran = await chainwalk(args);
    expect(JSON.parse(ran.stdout)).toMatchObject({ schema: 'chainwalk.error/1', error: { message, exitCode: 2 } });
    expect(ran.stdout).not.toContain('\u202e');
    expect([ran.stderr, ran.code]).toEqual(['', 2]);
  });
});

describe('evidence', () => {
  it('is told apart by its content, in any order', async () => {
    const addresses = await file(
      'a.txt',
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000\n    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff\n    inet 10.0.0.2/24 brd 10.0.0.255 scope global eth0\n       valid_lft forever preferred_lft forever\n',
    );
    const rules = await file('b.txt', ECHO);
    const ran = await chainwalk(['trace', '-f', addresses, '-f', rules, '10.0.0.2', '10.96.0.10:80/udp', '--json']);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      from: { node: 'node', local: true },
      service: { namespace: 'default', name: 'echo', portName: 'p', address: 'cluster IP' },
    });
  });

  it('--local names the own addresses', async () => {
    const ran = await chainwalk(['trace', '10.0.0.9', '10.0.0.2:22', '-f', '-', '--local', '10.0.0.2', '--json'], {
      stdin: forward(''),
    });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      outcomes: [{ disposition: 'delivered', deliveredTo: { kind: 'socket', address: '10.0.0.2', port: 22 } }],
    });
  });

  it('of a truncated dump is read as far as it goes, and said so', async () => {
    const whole = forward('-A FORWARD -p tcp -j DROP\n');
    const ran = await chainwalk(['trace', '10.0.0.9', '192.168.2.10:80/udp', '-f', '-'], {
      stdin: whole.slice(0, -'COMMIT\n'.length),
    });
    expect(ran.code).toBe(3);
    expect(ran.stdout).toMatch(/not read +stdin:\d+: the file ends inside table filter/);
    expect(ran.stdout).toMatch(/not known +table filter is cut off at stdin:5: rules may be missing/);
  });
});

describe('a recorded packet', () => {
  // What the kernel did with these packets when the fixture was captured: who received them, from whom, by which node.
  it.each([
    ['10.10.100.197:42049', '10.10.100.240:80/udp', 'n2', 'default/n1p1', '10.10.100.208'],
    ['192.168.1.11:42000', '10.96.0.10:80/udp', 'n1', 'default/n2p1', '192.168.1.11'],
  ])('%s > %s', async (source, destination, node, pod, seen) => {
    const ran = await chainwalk(['trace', source, destination, '--node', node, '--snapshot', FIXTURE, '--json']);
    const { outcomes } = JSON.parse(ran.stdout);
    const names = outcomes.map(
      (o: { headedFor?: { name: string }; deliveredTo?: { name: string }; sourceSeen: { address: string } }) => [
        (o.deliveredTo ?? o.headedFor)?.name,
        o.sourceSeen.address,
      ],
    );
    expect(names).toContainEqual([pod, seen]);
    expect(ran.code).toBe(0);
  });
});

it('writes colours only where they are asked for', async () => {
  const args = [...asked, '-f', '-', '--no-color'];
  const ran = await chainwalk(args, { stdin: forward('-A FORWARD -j DROP\n'), env: { FORCE_COLOR: '1' } });
  expect(ran.stdout).not.toContain('\x1b');
});

it('helps', async () => {
  const ran = await chainwalk(['trace', '--help']);
  for (const word of [
    'SOURCE',
    '--snapshot',
    '--from-node',
    '--icmp-type',
    '--endpoint',
    '--reply',
    'EXAMPLES',
    'Exit codes',
  ])
    expect(ran.stdout).toContain(word);
  expect(ran.code).toBe(0);
});
