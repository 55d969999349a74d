import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodeOf, trace } from '../../../src/cluster/trace.ts';
import { UDP } from '../../../src/net/packet.ts';
import { captureCluster } from './captured.ts';
import { addressOf } from './predict.ts';
import { type Loader, loadRules } from './rules.ts';
import type { Service } from './services.ts';
import { NODE_PLACES, PLACES, PODS, Topology } from './topology.ts';

const { CHAINWALK_LAB_PREFIX: prefix = 'cwf-' } = process.env;
const SERVER = 'n2p1';
const PORT = 69;
/** Node 2, where the pod is, answers for the first one, node 3 for the second. */
const [LOCAL, MASQUERADED, CLUSTER] = ['10.77.0.202', '10.77.0.200', '10.96.0.69'] as const;
const PATHS = [
  ['LoadBalancer, externalTrafficPolicy Local', 'c1', LOCAL],
  ['pod to ClusterIP', 'n1p2', CLUSTER],
  ['LoadBalancer, Cluster (masqueraded)', 'c1', MASQUERADED],
  ['node to ClusterIP', 'n1', CLUSTER],
] as const;
/** The columns of the table: without a helper, with one, with one and a CNI that leaves the LAN alone. */
const COLUMNS = [
  { name: 'no helper', helper: false, noMasquerade: [] },
  { name: 'helper', helper: true, noMasquerade: [] },
  { name: 'helper, LAN not masqueraded', helper: true, noMasquerade: ['10.77.0.0/24'] },
] as const;

const backends = PODS.filter(({ name }) => name === SERVER).map(place => ({ place, port: PORT }));
const service = (name: string, external: Service['external'], clusterIp: string, balancer: string): Service => ({
  name,
  family: 'ip',
  protocol: 'udp',
  port: PORT,
  clusterIp,
  nodePort: undefined,
  externalIps: [],
  balancerIps: [balancer],
  backends,
  external,
  sourceRanges: [],
});
const SERVICES = [service('tftp', 'Local', CLUSTER, LOCAL), service('boot', 'Cluster', '10.96.0.70', MASQUERADED)];

if (process.platform !== 'linux' || process.getuid?.() !== 0)
  console.log('left out: TFTP through network namespaces needs root on Linux');
else if (!existsSync('/usr/sbin/in.tftpd') || !existsSync('/usr/bin/tftp'))
  console.log('left out: TFTP needs tftpd-hpa and tftp-hpa');
else process.exitCode = await main();

async function main(): Promise<number> {
  let [sessions, differences] = [0, 0];
  const folder = mkdtempSync(join(tmpdir(), 'chainwalk-tftp-'));
  writeFileSync(join(folder, 'boot.bin'), Buffer.alloc(5 * 512 + 100, 'x'), { mode: 0o644 });
  try {
    for (const backend of ['nft', 'legacy'] as const)
      for (const column of COLUMNS)
        for (const { path, works, expected } of await runColumn(column, backend, folder)) {
          sessions++;
          if (works !== expected) differences++;
          console.log(
            `${backend.padEnd(7)} ${column.name.padEnd(28)} ${path.padEnd(42)} kernel ${works ? 'works' : 'fails'}  walk ${expected ? 'works' : 'fails'}`,
          );
        }
  } finally {
    rmSync(folder, { recursive: true });
  }
  console.log(`sessions ${sessions}, differences ${differences}`);
  return differences > 0 ? 1 : 0;
}

async function runColumn({ helper, noMasquerade }: (typeof COLUMNS)[number], backend: Loader, folder: string) {
  const topology = new Topology(prefix);
  let server: ChildProcess | undefined;
  try {
    topology.build([LOCAL, MASQUERADED]);
    for (const { name, node } of NODE_PLACES)
      loadRules(topology, name, node, backend, SERVICES, { helper, noMasquerade });
    server = spawn('ip', [
      'netns',
      'exec',
      topology.space(SERVER),
      'in.tftpd',
      '-L',
      '-4',
      '--address',
      `0.0.0.0:${PORT}`,
      '-u',
      'root',
      '-s',
      folder,
    ]);
    await sleep(300);
    const cluster = await captureCluster(topology);
    return PATHS.map(([path, from, address]) => {
      const sender = PLACES.find(({ name }) => name === from);
      const request = {
        source: { address: addressOf(sender?.ip ?? ''), port: 40_000 },
        destination: { address: addressOf(address), port: PORT },
        protocol: UDP,
        app: 'tftp' as const,
        ...(sender?.kind === 'node' && { node: from, fromNode: true }),
      };
      const expected = exitCodeOf(trace(cluster, request, { version: 'test' })) === 0;
      return { path, expected, works: transfer(topology, from, address, folder) };
    });
  } finally {
    server?.kill('SIGKILL');
    topology.close();
  }
}

function transfer(topology: Topology, from: string, address: string, folder: string): boolean {
  const got = join(folder, 'got');
  rmSync(got, { force: true });
  const words = [
    'netns',
    'exec',
    topology.space(from),
    'tftp',
    '-4',
    '-m',
    'binary',
    address,
    '-c',
    'get',
    'boot.bin',
    got,
  ];
  spawnSync('ip', words, { timeout: 3000, stdio: 'ignore' });
  return existsSync(got) && readFileSync(got).equals(readFileSync(join(folder, 'boot.bin')));
}
