import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../../../src/cluster/app/app.ts';
import { exitCodeOf, trace } from '../../../src/cluster/trace.ts';
import { TCP, UDP } from '../../../src/net/packet.ts';
import { captureCluster } from './captured.ts';
import { addressOf } from './predict.ts';
import { LOADERS, type Loader, loadRules } from './rules.ts';
import { CLUSTER, COLUMNS, type Helper, LOCAL, MASQUERADED, SERVER, servicesOf } from './server.ts';
import { NODE_PLACES, PLACES, Topology } from './topology.ts';

const { CHAINWALK_LAB_PREFIX: prefix = 'cwf-' } = process.env;
const FILE = 'boot.bin';
const PATHS = [
  ['LoadBalancer, externalTrafficPolicy Local', 'c1', LOCAL],
  ['pod to ClusterIP', 'n1p2', CLUSTER],
  ['LoadBalancer, Cluster (masqueraded)', 'c1', MASQUERADED],
  ['node to ClusterIP', 'n1', CLUSTER],
] as const;
/** Real programs that fetch a file from a real server. */
interface Transfer {
  readonly app: App;
  readonly helper: Helper;
  serve(folder: string): readonly string[];
  fetch(address: string, to: string): readonly string[];
}

const TFTP: Transfer = {
  app: 'tftp',
  helper: { name: 'tftp', protocol: 'udp', port: 69 },
  serve: folder => ['in.tftpd', '-L', '-4', '--address', '0.0.0.0:69', '-u', 'root', '-s', folder],
  fetch: (address, to) => ['tftp', '-4', '-m', 'binary', address, '-c', 'get', FILE, to],
};

const ftp = (app: App, ...options: readonly string[]): Transfer => ({
  app,
  helper: { name: 'ftp', protocol: 'tcp', port: 21 },
  serve: folder => {
    const config = `${folder}.conf`;
    writeFileSync(config, `listen=YES\nbackground=NO\nanonymous_enable=YES\nanon_root=${folder}\nseccomp_sandbox=NO\n`);
    return ['vsftpd', config];
  },
  fetch: (address, to) => ['curl', '-s', '--max-time', '3', ...options, '-o', to, `ftp://${address}/${FILE}`],
});

const TRANSFERS = [
  TFTP,
  ftp('ftp', '--disable-epsv', '--no-ftp-skip-pasv-ip'),
  ftp('ftp-epsv'),
  ftp('ftp-active', '-P', '-', '--disable-eprt'),
];
const PROGRAMS = ['/usr/sbin/in.tftpd', '/usr/bin/tftp', '/usr/sbin/vsftpd', '/usr/bin/curl'];
const missing = PROGRAMS.filter(program => !existsSync(program));

if (process.platform !== 'linux' || process.getuid?.() !== 0)
  console.log('left out: transfers through network namespaces need root on Linux');
else if (missing.length > 0)
  console.log(`left out: transfers need ${missing.join(', ')} (tftpd-hpa, tftp-hpa, vsftpd, curl)`);
else process.exitCode = await main();

async function main(): Promise<number> {
  mkdirSync('/run/vsftpd/empty', { recursive: true });
  let [sessions, differences] = [0, 0];
  const asked = LOADERS.filter(loader => process.argv.length < 3 || process.argv.includes(loader));
  const folder = mkdtempSync(join(tmpdir(), 'chainwalk-transfers-'));
  writeFileSync(join(folder, FILE), Buffer.alloc(5 * 512 + 100, 'x'), { mode: 0o644 });
  chmodSync(folder, 0o755);
  try {
    for (const transfer of TRANSFERS)
      for (const loader of asked)
        for (const column of COLUMNS)
          for (const { path, works, expected } of await runColumn(transfer, column, loader, folder)) {
            sessions++;
            if (works !== expected) differences++;
            const words = [transfer.app.padEnd(10), loader.padEnd(12), column.name.padEnd(27), path.padEnd(41)];
            console.log(`${words.join(' ')} kernel ${says(works)}  walk ${says(expected)}`);
          }
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(`${folder}.conf`, { force: true });
  }
  console.log(`sessions ${sessions}, differences ${differences}`);
  return differences > 0 ? 1 : 0;
}

function says(works: boolean): string {
  return works ? 'works' : 'fails';
}

async function runColumn(
  { app, helper, serve, fetch }: Transfer,
  { assigned, noMasquerade }: (typeof COLUMNS)[number],
  loader: Loader,
  folder: string,
) {
  const topology = new Topology(prefix);
  let server: ChildProcess | undefined;
  try {
    topology.build([LOCAL, MASQUERADED]);
    const options = { helper: assigned ? helper : undefined, noMasquerade };
    for (const { name, node } of NODE_PLACES) loadRules(topology, name, node, loader, servicesOf(helper), options);
    server = spawn('ip', ['netns', 'exec', topology.space(SERVER), ...serve(folder)], { stdio: 'ignore' });
    await sleep(300);
    const cluster = await captureCluster(topology);
    return PATHS.map(([path, from, address]) => {
      const sender = PLACES.find(({ name }) => name === from);
      const request = {
        source: { address: addressOf(sender?.ip ?? ''), port: 40_000 },
        destination: { address: addressOf(address), port: helper.port },
        protocol: helper.protocol === 'udp' ? UDP : TCP,
        app,
        ...(sender?.kind === 'node' && { node: from, fromNode: true }),
      };
      const expected = exitCodeOf(trace(cluster, request, { version: 'test' })) === 0;
      const got = join(folder, 'got');
      rmSync(got, { force: true });
      spawnSync('ip', ['netns', 'exec', topology.space(from), ...fetch(address, got)], {
        timeout: 4000,
        stdio: 'ignore',
      });
      const works = existsSync(got) && readFileSync(got).equals(readFileSync(join(folder, FILE)));
      return { path, expected, works };
    });
  } finally {
    server?.kill('SIGKILL');
    topology.close();
  }
}
