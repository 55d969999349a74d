import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cut } from '../../src/capture/cut.ts';
import { captureScript, SHELL } from '../../src/capture/script.ts';

const SEPARATOR = '=chainwalk-test=';
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A PATH with these programs, made of shell text, and what the script itself needs. */
function pathOf(programs: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'chainwalk-path-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  for (const tool of ['sh', 'cat', 'grep', 'ls', 'date', 'find', 'tail', 'uname', 'sed', 'sleep', 'timeout'])
    if (programs[tool] === undefined)
      symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), join(folder, tool));
  return folder;
}

/** The script keeps to this PATH alone: its own additions are taken out. */
function run(programs: Readonly<Record<string, string>>, options: { commandSeconds?: number; nftJson?: boolean } = {}) {
  const path = pathOf({ id: 'echo 0', true: 'exit 0', ...programs });
  const script = captureScript({ separator: SEPARATOR, ...options })
    .replace(/^PATH=.*$/m, `PATH=${path}; export PATH`)
    .replaceAll('/proc/config.gz', '/dev/null');
  const { stdout, stderr } = spawnSync('/bin/sh', [], { input: script, env: { PATH: path } });
  return { ...cut(stdout, stderr, SEPARATOR), path };
}

const find = (pieces: ReturnType<typeof cut>['pieces'], name: string) => pieces.find(piece => piece.name === name);
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8');

describe.skipIf(process.platform === 'win32')('the script', () => {
  it.each(['sh', 'bash --posix', 'dash', 'busybox sh'])('is what %s understands', shell => {
    const [program = '', ...args] = shell.split(' ');
    const script = captureScript({ separator: SEPARATOR, pods: true, nftJson: true });
    const { error, status, stderr } = spawnSync(program, [...args, '-n'], { input: script });
    if (error && program !== 'sh') return console.log(`left out: ${program} is not installed`);
    expect(stderr.toString()).toBe('');
    expect(status).toBe(0);
  });

  it('does nothing where a part of it is missing', () => {
    const script = captureScript({ separator: SEPARATOR });
    for (const length of [100, 1000, script.length - 12]) {
      const { stdout } = spawnSync('/bin/sh', [], { input: script.slice(0, length) });
      expect(stdout.toString()).toBe('');
    }
  });

  it('takes the output, exit status and words of each command', () => {
    const { pieces, complete } = run({
      ip: 'echo "ip $*"',
      ipset: 'echo no set >&2; exit 3',
      conntrack: 'printf "no end of line"',
    });
    expect(complete).toBe(true);
    expect(text(find(pieces, 'ip-rule.txt')?.output)).toBe('ip rule\n');
    expect(find(pieces, 'ip-rule.txt')).toMatchObject({ status: 0, command: 'ip rule', stderr: '' });
  });

  it("takes of the kernel's configuration what is asked for", () => {
    const { pieces } = run({
      zcat: 'printf "CONFIG_HZ=250\\nCONFIG_HZ_250=y\\nCONFIG_NET=y\\nCONFIG_NF_CONNTRACK_FTP=m\\nCONFIG_NF_NAT_TFTP=y\\n"',
    });
    expect(text(find(pieces, 'kernel-config.txt')?.output)).toBe(
      'CONFIG_HZ=250\nCONFIG_NF_CONNTRACK_FTP=m\nCONFIG_NF_NAT_TFTP=y\n',
    );
  });

  it('notes what is not installed, and goes on', () => {
    const { pieces, complete } = run({});
    expect(complete).toBe(true);
    expect(find(pieces, 'ip-rule.txt')).toMatchObject({ notRun: 'ip is not installed' });
    expect(find(pieces, 'bridge-fdb.txt')).toMatchObject({ notRun: 'bridge is not installed' });
    expect(find(pieces, 'uname-a.txt')?.status).toBe(0);
  });

  it('ends a command that hangs, and goes on', () => {
    const { pieces, complete } = run({ ip: 'case $* in rule) sleep 20 ;; esac; echo x' }, { commandSeconds: 1 });
    expect(complete).toBe(true);
    expect(find(pieces, 'ip-rule.txt')?.status).toBe(124);
    expect(find(pieces, 'ip-6-rule.txt')?.status).toBe(0);
  });

  it('no command of it reads the rest of the script', () => {
    const { pieces, complete } = run({ ip: 'cat; echo x' });
    expect(complete).toBe(true);
    expect(text(find(pieces, 'ip-rule.txt')?.output)).toBe('x\n');
  });

  it('asks sudo for each command where there is no root to be had', () => {
    const { pieces } = run({
      id: 'echo 1000',
      ip: 'echo plain',
      bridge: 'echo plain',
      sudo: 'shift; case $* in *bridge*) exit 1 ;; -l*) exit 0 ;; *) echo "as root: $*" ;; esac',
    });
    expect(text(find(pieces, 'ip-rule.txt')?.output)).toBe('as root: ip rule\n');
    expect(text(find(pieces, 'bridge-fdb.txt')?.output)).toBe('plain\n');
  });

  it('never asks for keys of WireGuard', () => {
    const script = captureScript({ separator: SEPARATOR, pods: true, nftJson: true });
    expect(script).not.toMatch(/private-key|preshared|wg showconf|show all dump|xfrm state/);
    expect(script).toMatch(/wg show all/);
  });

  it('takes of each public key of WireGuard its first characters, and what pairs with it', () => {
    const KEY = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
    const { pieces } = run({
      grep: 'case $* in *wg_get_device_dump*) exit 0 ;; esac; exit 1',
      wg: `case $3 in
        public-key) printf 'wg0\\t${KEY}\\nwg1\\t(none)\\n' ;;
        allowed-ips) printf 'wg0\\t${KEY}\\t10.1.0.0/16 fd00::/64\\nwg0\\t${KEY.toLowerCase()}\\t(none)\\n' ;;
        endpoints) printf 'wg0\\t${KEY}\\t10.0.0.2:51820\\n' ;;
        *) printf "wg0\\t$3\\n" ;;
      esac`,
    });
    const all = Object.fromEntries(
      pieces.filter(({ name }) => name.startsWith('wg-')).map(({ name, output }) => [name, text(output)]),
    );
    expect(all).toEqual({
      'wg-listen-port.txt': 'wg0\tlisten-port\n',
      'wg-fwmark.txt': 'wg0\tfwmark\n',
      'wg-public-key.txt': 'wg0 xTIBA5rb \nwg1  \n',
      'wg-allowed-ips.txt': 'wg0 xTIBA5rb 10.1.0.0/16 fd00::/64\nwg0 xtiba5rb (none)\n',
      'wg-endpoints.txt': 'wg0 xTIBA5rb 10.0.0.2:51820\n',
    });
  });

  it('is all that is run: nothing that writes, loads or restarts', () => {
    const script = captureScript({ separator: SEPARATOR, pods: true, nftJson: true });
    expect(script).not.toMatch(/modprobe|insmod|sysctl -w|systemctl|mktemp|\btee\b|-restore|\brm\b|kill/);
    const unquoted = script.replace(/'[^']*'|"[^"]*"|\$\{[^}]*\}/g, "''");
    const redirections = [...unquoted.matchAll(/>+ *([^\s;|)}]+)/g)].map(([, target]) => target);
    expect(new Set(redirections)).toEqual(new Set(['/dev/null', '&2', '&1']));
  });
});

describe.skipIf(process.platform === 'win32')('the shell that reads it', () => {
  it.each([
    ['root needs no sudo', { id: 'echo 0', sudo: 'echo sudo; exit 1' }, 'shell'],
    [
      'sudo without a password',
      { id: 'echo 7', sudo: 'test "$*" = "-n sh -c :" && exit 0; shift; echo as root; exec "$@"' },
      'as root\nshell',
    ],
    ['no sudo', { id: 'echo 7' }, 'shell'],
    ['sudo asks for a password', { id: 'echo 7', sudo: 'exit 1' }, 'shell'],
  ])('%s', (_, programs, expected) => {
    const path = pathOf(programs);
    mkdirSync(join(path, 'empty'));
    const { stdout } = spawnSync('/bin/sh', ['-c', SHELL], { input: 'echo shell\n', env: { PATH: path } });
    expect(stdout.toString().trim()).toBe(expected);
  });
});
