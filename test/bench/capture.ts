import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { capture } from '../../src/capture/capture.ts';
import { captureHost, type HostOptions, type Target } from '../../src/capture/host.ts';
import { captureScript } from '../../src/capture/script.ts';
import { SshConfig } from '../../src/capture/ssh/config.ts';
import type { Store } from '../../src/capture/store.ts';
import { localTarget } from '../../src/capture/transport/local.ts';
import { opensshTarget } from '../../src/capture/transport/openssh.ts';
import { sshTarget } from '../../src/capture/transport/ssh.ts';
import { median, ratio } from './pairs.ts';

const NODES = 50;
const AT_ONCE = 10;
const FIRST_PORT = 22_400;
const SSHD = '/usr/sbin/sshd';

export interface CaptureTimes {
  /** One node by ssh2 / by OpenSSH, the same script. */
  readonly one: number;
  /** 50 nodes, 10 at once / the script 50 times on this machine, 10 at once. */
  readonly fifty: number;
  /** In milliseconds, medians: the script alone, by ssh2, by OpenSSH, 50 by ssh2, 50 locally. */
  readonly ms: readonly number[];
  /** What the script costs a node. */
  readonly cost: string;
  /** Milliseconds that every login here spends on the start-up files of root's own shell; left out. */
  readonly startUp: number;
}

export function whyNoCapture(): string | undefined {
  if (process.getuid?.() !== 0) return 'sshd needs root';
  return existsSync(SSHD) ? undefined : 'openssh-server is not installed';
}

const OPTIONS: HostOptions = { nftJson: false, pods: false, seconds: 120, commandSeconds: 60 };
/** Writing is no part of what is compared. */
const NOWHERE: Store = { async write() {}, async finish() {} };

/**
 * 50 sshd, one a port of the loopback, and what a client needs to know of them. They end with this process, however it
 * ends. bash reads ~/.bashrc when sshd starts it: what this machine's root has there is no part of a capture, and the
 * script that runs here beside it does not have it either, so root's home is an empty one.
 */
async function servers(folder: string): Promise<{ config: string; stop: () => void }> {
  mkdirSync('/run/sshd', { recursive: true });
  for (const name of ['id', 'host'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  const own = join(folder, 'sshd_config');
  const empty = join(folder, 'home');
  mkdirSync(empty);
  writeFileSync(
    own,
    `HostKey ${folder}/host\nAuthorizedKeysFile ${folder}/id.pub\nPidFile none\nStrictModes no\nUsePAM no\nUseDNS no\nPasswordAuthentication no\nSetEnv HOME=${empty}\n`,
  );
  const key = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const ports = Array.from({ length: NODES }, (_, i) => FIRST_PORT + i);
  writeFileSync(join(folder, 'known_hosts'), ports.map(port => `[127.0.0.1]:${port} ${key}\n`).join(''));
  const config = join(folder, 'ssh_config');
  const hosts = ports.map((port, i) => `Host n${i}\n  HostName 127.0.0.1\n  Port ${port}\n`);
  writeFileSync(
    config,
    `${hosts.join('')}Host *\n  User root\n  IdentityFile ${folder}/id\n  IdentitiesOnly yes\n  UserKnownHostsFile ${folder}/known_hosts\n`,
  );
  const running = ports.map(
    (port): ChildProcess =>
      spawn(
        'setpriv',
        ['--pdeathsig', 'TERM', SSHD, '-D', '-f', own, '-p', String(port), '-o', 'ListenAddress=127.0.0.1'],
        { stdio: 'ignore' },
      ),
  );
  const stop = () => {
    for (const server of running) server.kill();
  };
  try {
    for (const port of ports) await listening(port);
  } catch (error) {
    stop();
    throw error;
  }
  return { config, stop };
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const there = await new Promise<boolean>(resolve => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (there) return;
    await sleep(50);
  }
  throw new Error(`no sshd on port ${port}`);
}

async function timed(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function one(target: Target): Promise<void> {
  const { about } = await captureHost(target, OPTIONS, () => {});
  if (about.problem !== undefined) throw new Error(`${about.name}: ${about.problem}`);
}

async function many(targets: readonly Target[]): Promise<void> {
  const { about } = await capture(
    { targets, hosts: [] },
    NOWHERE,
    { ...OPTIONS, parallel: AT_ONCE, tool: 'bench' },
    () => {},
  );
  const failed = about.hosts.find(({ state }) => state !== 'complete');
  if (failed) throw new Error(`${failed.name}: ${failed.problem}`);
}

/** Times captures in turn, so that what else the machine does falls on all of them. */
export async function captureTimes(folder: string, rounds: number): Promise<CaptureTimes> {
  const { config, stop } = await servers(folder);
  try {
    const known = new SshConfig(config);
    const place = (i: number) => ({ target: `n${i}`, name: `n${i}`, group: 'nodes' as const, connectSeconds: 15 });
    const ssh2 = Array.from({ length: NODES }, (_, i) => sshTarget(known, place(i)));
    const local = Array.from({ length: NODES }, (_, i) => localTarget(`n${i}`));
    const singles = [localTarget('n0'), sshTarget(known, place(0)), opensshTarget(place(0), config)];
    for (const target of singles) await one(target);
    const alone: number[][] = singles.map(() => []);
    for (let round = 0; round < rounds * 3; round++)
      for (const [i, target] of singles.entries()) alone[i]?.push(await timed(() => one(target)));
    const together: number[][] = [[], []];
    for (let round = 0; round < Math.max(3, Math.ceil(rounds / 3)); round++)
      for (const [i, targets] of [ssh2, local].entries()) together[i]?.push(await timed(() => many(targets)));
    return {
      one: ratio(alone[1], alone[2]),
      fifty: ratio(together[0], together[1]),
      ms: [...alone, ...together].map(times => median(times)),
      cost: costOf(),
      startUp: startUpOf(join(folder, 'home')),
    };
  } finally {
    stop();
  }
}

/** CPU and peak memory of the script with all that it runs, as GNU time says it. */
function costOf(): string {
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%U %S %M', 'sh', '-c', 'exec 2>/dev/null; exec sh'], {
    input: captureScript({ separator: '=bench=' }),
    encoding: 'utf8',
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const [, user, system, kilobytes] = /([\d.]+) ([\d.]+) (\d+)\s*$/.exec(stderr ?? '') ?? [];
  if (status !== 0 || user === undefined) return 'not measured: GNU time is not installed';
  return `${(Number(user) + Number(system)).toFixed(2)} s CPU, ${(Number(kilobytes) / 1024).toFixed(1)} MiB at most in one process`;
}

/** A shell as sshd starts it, with root's home and with an empty one, in turn. */
function startUpOf(empty: string): number {
  const { shell, homedir } = userInfo();
  const start = (HOME: string) => {
    const began = performance.now();
    spawnSync(shell ?? 'sh', ['-c', ':'], { env: { ...process.env, HOME, SHLVL: '0', SSH_CLIENT: '::1 1 22' } });
    return performance.now() - began;
  };
  return median(Array.from({ length: 9 }, () => start(homedir) - start(empty)));
}
