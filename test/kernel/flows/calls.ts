import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { sip } from '../../../src/cluster/app/sip.ts';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { buildPacket } from '../../../src/cluster/packet.ts';
import { choosePlace } from '../../../src/cluster/place.ts';
import { backOf } from '../../../src/cluster/reply.ts';
import type { TraceRequest } from '../../../src/cluster/request.ts';
import { Session } from '../../../src/cluster/session.ts';
import { trace } from '../../../src/cluster/trace.ts';
import { walkAll } from '../../../src/cluster/ways.ts';
import { formatAddress, formatEndpoint } from '../../../src/net/address.ts';
import { UDP } from '../../../src/net/packet.ts';
import { Callee, phone, readLine } from './callee.ts';
import { captureCluster } from './captured.ts';
import { callId, SIP_PORT } from './phone.ts';
import { addressOf } from './predict.ts';
import { LOADERS, type Loader, loadRules } from './rules.ts';
import { CLUSTER, COLUMNS, LOCAL, MASQUERADED, SERVER, servicesOf } from './server.ts';
import { NODE_PLACES, PLACES, type Place, Topology } from './topology.ts';

const { CHAINWALK_LAB_PREFIX: prefix = 'cwf-' } = process.env;
const OUTSIDE = 'c1';
const CALLER_PORT = 40_000;
const PATHS = [
  ['LoadBalancer, externalTrafficPolicy Local', 'c1', LOCAL, SERVER],
  ['pod to ClusterIP', 'n1p2', CLUSTER, SERVER],
  ['LoadBalancer, Cluster (masqueraded)', 'c1', MASQUERADED, SERVER],
  ['node to ClusterIP', 'n1', CLUSTER, SERVER],
  ['pod to a phone outside', 'n1p2', placeOf(OUTSIDE).ip, OUTSIDE],
] as const;
const HELPER = { name: 'sip', protocol: 'udp', port: SIP_PORT } as const;

if (process.platform !== 'linux' || process.getuid?.() !== 0)
  console.log('left out: calls through network namespaces need root on Linux');
else if (!existsSync('/usr/sbin/conntrack')) console.log('left out: calls need /usr/sbin/conntrack (conntrack)');
else process.exitCode = await main();

async function main(): Promise<number> {
  let [calls, differences] = [0, 0];
  for (const loader of LOADERS.filter(one => process.argv.length < 3 || process.argv.includes(one)))
    for (const column of COLUMNS)
      for (const { path, first, kernel, walk } of await runColumn(column, loader)) {
        calls++;
        if (kernel !== walk) differences++;
        console.log(`${loader.padEnd(12)} ${column.name.padEnd(27)} ${path}, ${first === 'nobody' ? 'expectations' : `first RTP of the ${first}`}
    kernel ${kernel}
    walk   ${walk}`);
      }
  console.log(`calls ${calls}, differences ${differences}`);
  return differences > 0 ? 1 : 0;
}

function placeOf(name: string): Place {
  const place = PLACES.find(one => one.name === name);
  if (!place) throw new Error(`${name} is no place`);
  return place;
}

async function runColumn({ assigned, noMasquerade }: (typeof COLUMNS)[number], loader: Loader) {
  const topology = new Topology(prefix);
  const callees = new Map<string, Callee>();
  try {
    topology.build([LOCAL, MASQUERADED]);
    const options = { helper: assigned ? HELPER : undefined, noMasquerade };
    for (const { name, node } of NODE_PLACES) loadRules(topology, name, node, loader, servicesOf(HELPER), options);
    for (const name of [SERVER, OUTSIDE]) callees.set(name, await Callee.start(topology, placeOf(name)));
    const cluster = await captureCluster(topology);
    const results = [];
    for (const [path, from, address, to] of PATHS)
      for (const first of ['callee', 'caller'] as const) {
        flush(topology);
        const { ip } = placeOf(from);
        const words = phone(topology, from, 'caller', ip, String(CALLER_PORT), address, first);
        const { stdout } = spawnSync('ip', words, { encoding: 'utf8', timeout: 10_000 });
        const caller = readLine(stdout);
        const callee = caller.named === undefined ? {} : await callees.get(to)?.heard(callId(ip, address, first));
        const kernel = `${says('callee', callee?.named, caller.from)}, ${says('caller', caller.named, callee?.from)}`;
        results.push({ path, first, kernel, walk: walked(cluster, from, address, first) });
      }
    for (const [path, from, address] of PATHS) {
      flush(topology);
      const words = phone(topology, from, 'caller', placeOf(from).ip, String(CALLER_PORT), address, 'nobody');
      spawnSync('ip', words, { timeout: 10_000 });
      const kernel = expectedBy(name => listed(topology.run(name, 'conntrack -L expect 2>/dev/null')));
      const walk = expectedBy(expectations(cluster, requestOf(from, address)));
      results.push({ path, first: 'nobody', kernel, walk });
    }
    return results;
  } finally {
    for (const callee of callees.values()) callee.stop();
    topology.close();
  }
}

/** What the SDP that a side got names for its RTP, and the address that the other side heard it from. */
function says(side: string, named: string | undefined, from: string | undefined): string {
  return `${side} to ${named ?? 'nobody'} ${from === undefined ? 'lost' : `from ${from}`}`;
}

function walked(cluster: Cluster, from: string, address: string, order: 'callee' | 'caller'): string {
  const { outcomes } = trace(cluster, requestOf(from, address), { version: 'test' });
  const { media = [] } = outcomes[0]?.answered ?? {};
  const streams = (['callee', 'caller'] as const).map(side => {
    const { to, sourceSeen } = media.find(({ first, from: sender }) => first === order && sender === side) ?? {};
    return says(side, to && `${to.address}:${to.port}`, sourceSeen?.address);
  });
  return streams.join(', ');
}

function requestOf(from: string, address: string) {
  const place = placeOf(from);
  return {
    source: { address: addressOf(place.ip), port: CALLER_PORT },
    destination: { address: addressOf(address), port: SIP_PORT },
    protocol: UDP,
    app: 'sip' as const,
    ...(place.kind === 'node' && { node: from, fromNode: true }),
  };
}

function flush(topology: Topology): void {
  for (const { name } of NODE_PLACES) topology.run(name, 'conntrack -F 2>&1; conntrack -F expect 2>&1');
}

function expectedBy(of: (node: string) => readonly string[]): string {
  return NODE_PLACES.map(({ name }) => `${name}: ${[...of(name)].sort().join(', ') || 'expects nothing'}`).join('; ');
}

function listed(text: string): string[] {
  const lines = text.matchAll(/proto=17 src=(\S+) dst=(\S+) sport=0 dport=(\d+) .*helper=sip/g);
  return [...lines].map(([, from, to, port]) => `${from} to ${to}:${port}`);
}

/** What the helpers of the walked nodes wait for once INVITE and answer have passed. */
function expectations(cluster: Cluster, request: TraceRequest): (node: string) => readonly string[] {
  const { host, iif } = choosePlace(cluster, request);
  const { packet } = buildPacket(request);
  const start = { host, packet: { ...packet, ...(iif !== undefined && { iif }) } };
  const invite = walkAll(cluster, Session.of(), start).folded.outcomes[0]?.value;
  const back = invite && backOf(invite);
  const session =
    back && !back.error
      ? walkAll(cluster, invite.session, sip.answer(back).start).folded.outcomes[0]?.value.session
      : invite?.session;
  return name => {
    const node = cluster.hosts.find(one => one.kind === 'node' && one.name === name);
    const waiting = (node && session?.machine(node).expectations) ?? [];
    return waiting.map(({ tuple }) => `${formatAddress(tuple.saddr)} to ${formatEndpoint(tuple.daddr, tuple.dport)}`);
  };
}
