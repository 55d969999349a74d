import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { captureHost } from '../../../src/capture/host.ts';
import { SHELL } from '../../../src/capture/script.ts';
import { runProcess } from '../../../src/capture/transport/process.ts';
import { clusterOf } from '../../../src/cluster/cluster.ts';
import { trace } from '../../../src/cluster/trace.ts';
import { parseAddress } from '../../../src/net/address.ts';
import { UDP } from '../../../src/net/packet.ts';
import { readSnapshot } from '../../../src/read/snapshot.ts';

/** Two hosts with a WireGuard in user space each (wireguard-go): same protocol, routes and rules as the kernel's. */
const { CHAINWALK_LAB_PREFIX: prefix = 'cwf-' } = process.env;
const HOSTS = [1, 2] as const;
type Number = (typeof HOSTS)[number];
const space = (host: Number): string => `${prefix}wg${host}`;
/** Sockets of wireguard-go have the device's name, and one folder for the machine. */
const device = (host: Number): string => `${prefix}${host}`;
const inner = (host: Number): string => `10.9.0.${host}`;
/** Beyond the link, where only a default route leads. */
const outer = (host: Number): string => `203.0.113.${host}`;
const [SPORT, DPORT] = [5555, 7777] as const;
const LISTINGS = ['listen-port', 'fwmark', 'public-key', 'allowed-ips', 'endpoints'] as const;

interface Side {
  readonly port?: number;
  readonly fwmark?: string;
  /** Of the peer, as this side has it. */
  readonly allowed?: string;
  readonly endpoint?: string;
  readonly key?: 'other';
  /** Shell. */
  readonly more?: string;
}

interface Case {
  readonly name: string;
  readonly sides: Readonly<Record<Number, Side>>;
}

const QUICK = `ip route add default dev ${device(1)} table 51820; ip rule add not fwmark 0xca6c table 51820 priority 32765
ip rule add table main suppress_prefixlength 0 priority 32764`;
const DROP = 'iptables-nft -A';
const MARKED = { fwmark: '0xca6c', allowed: '0.0.0.0/0', more: QUICK };

const CASES: readonly Case[] = [
  { name: 'plain', sides: { 1: {}, 2: {} } },
  {
    name: 'ports that differ',
    sides: { 1: { port: 4001, endpoint: `${outer(2)}:4002` }, 2: { port: 4002, endpoint: `${outer(1)}:4001` } },
  },
  { name: 'all by the tunnel, mark', sides: { 1: MARKED, 2: {} } },
  { name: 'all by the tunnel, no mark', sides: { 1: { ...MARKED, fwmark: '0' }, 2: {} } },
  {
    name: 'OUTPUT drops the mark',
    sides: { 1: { fwmark: '0x7', more: `${DROP} OUTPUT -m mark --mark 0x7 -j DROP` }, 2: {} },
  },
  {
    name: 'OUTPUT drops another mark',
    sides: { 1: { fwmark: '0x7', more: `${DROP} OUTPUT -m mark --mark 0x8 -j DROP` }, 2: {} },
  },
  {
    name: 'a rule sends the mark astray',
    sides: {
      1: { fwmark: '0x7', more: 'ip route add blackhole default table 9; ip rule add fwmark 0x7 table 9' },
      2: {},
    },
  },
  { name: 'INPUT of the other drops', sides: { 1: {}, 2: { more: `${DROP} INPUT -p udp --dport 51820 -j DROP` } } },
  {
    name: 'INPUT of the other drops the inner',
    sides: { 1: {}, 2: { more: `${DROP} INPUT -i ${device(2)} -j DROP` } },
  },
  { name: 'endpoint with another port', sides: { 1: { endpoint: `${outer(2)}:51821` }, 2: {} } },
  {
    name: 'DNAT to the port that listens',
    sides: {
      1: { endpoint: `${outer(2)}:443` },
      2: { more: 'iptables-nft -t nat -A PREROUTING -p udp --dport 443 -j REDIRECT --to-ports 51820' },
    },
  },
  { name: 'the other learns where it is', sides: { 1: {}, 2: { endpoint: '' } } },
  {
    name: 'the other hears it from elsewhere',
    sides: {
      1: { more: `iptables-nft -t nat -A POSTROUTING -p udp --sport 51820 -j SNAT --to ${outer(1)}:6000` },
      2: {},
    },
  },
  { name: 'no peer for the destination', sides: { 1: { allowed: '10.10.0.0/24' }, 2: {} } },
  { name: 'source not allowed', sides: { 1: {}, 2: { allowed: '10.10.0.0/24' } } },
  { name: 'encrypted for another key', sides: { 1: { key: 'other' }, 2: {} } },
  { name: 'sender is no peer', sides: { 1: {}, 2: { key: 'other' } } },
];

async function main(): Promise<number> {
  let differences = 0;
  for (const one of CASES) {
    try {
      build(one);
      spawn('ip', ['netns', 'exec', space(2), 'python3', '-c', SERVER], { stdio: 'ignore' });
      const expected = await predicted();
      const got = observed();
      const same = expected === got;
      if (!same) differences++;
      console.log(`${one.name.padEnd(36)} kernel ${got}${same ? '' : `\n${' '.repeat(36)} walk   ${expected}`}`);
    } finally {
      close();
    }
  }
  console.log(`cases ${CASES.length}, differences ${differences}`);
  return differences > 0 ? 1 : 0;
}

function sh(command: readonly string[], input = ''): string {
  const [program = '', ...args] = command;
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  return stdout;
}

const within = (host: Number, commands: string, input?: string): string =>
  sh(['ip', 'netns', 'exec', space(host), 'sh', '-ec', commands], input);

const otherOf = (host: Number): Number => (host === 1 ? 2 : 1);

function build({ sides }: Case): void {
  close();
  for (const host of HOSTS) sh(['ip', 'netns', 'add', space(host)]);
  within(1, `ip link add eth0 type veth peer name eth0 netns ${space(2)}`);
  const secrets = { 1: sh(['wg', 'genkey']), 2: sh(['wg', 'genkey']) };
  for (const host of HOSTS) {
    const { port = 51820, fwmark = '0', allowed = `${inner(otherOf(host))}/32`, key, more = 'true' } = sides[host];
    const { endpoint = `${outer(otherOf(host))}:51820` } = sides[host];
    within(
      host,
      `ip link set lo up; ip link set eth0 up; ip addr add 192.0.2.${host}/24 dev eth0; ip addr add ${outer(host)}/32 dev lo
      sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
      ip route add default via 192.0.2.${otherOf(host)} src ${outer(host)}
      wireguard-go ${device(host)} >/dev/null 2>&1; ip addr add ${inner(host)}/24 dev ${device(host)}`,
    );
    const peer = sh(['wg', 'pubkey'], key === 'other' ? sh(['wg', 'genkey']) : secrets[otherOf(host)]).trim();
    const set = `cat | wg set ${device(host)} listen-port ${port} fwmark ${fwmark} private-key /dev/stdin`;
    within(
      host,
      `${set} peer ${peer} allowed-ips ${allowed} ${endpoint === '' ? '' : `endpoint ${endpoint}`}`,
      secrets[host],
    );
    within(host, `ip link set ${device(host)} up; ${more}; ${counting(host)}`);
  }
}

/** Rules that count: who of the inner and the outer packets came where. */
const counting = (host: Number): string =>
  `iptables-nft -t raw -N SEEN; iptables-nft -t raw -A ${host === 1 ? 'OUTPUT' : 'PREROUTING'} -p udp -j SEEN
  iptables-nft -t raw -A SEEN -p udp --dport ${DPORT} -j RETURN
  iptables-nft -t raw -A SEEN -p udp -s ${outer(1)} -m mark --mark 0 -j RETURN
  iptables-nft -t raw -A SEEN -p udp -s ${outer(1)} -m mark --mark 7 -j RETURN
  iptables-nft -t raw -A SEEN -p udp -s ${outer(1)} -m mark --mark 0xca6c -j RETURN`;

function close(): void {
  for (const host of HOSTS) {
    const pids = spawnSync('ip', ['netns', 'pids', space(host)], { encoding: 'utf8' }).stdout;
    for (const pid of pids.split('\n').filter(line => line !== '')) spawnSync('kill', [pid]);
    spawnSync('ip', ['netns', 'del', space(host)]);
  }
}

const SERVER = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', ${DPORT}))
while True:
  data, peer = s.recvfrom(99); s.sendto(peer[0].encode(), peer)`;
const CLIENT = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('${inner(1)}', ${SPORT})); s.settimeout(1.2)
for i in range(3):
  try:
    s.sendto(b'x', ('${inner(2)}', ${DPORT})); print(s.recv(99).decode(), end=''); break
  except OSError: pass`;

/** What the sender got, and the rules that counted. */
function observed(): string {
  const text = within(1, 'python3 -', CLIENT);
  const counted = HOSTS.flatMap(host =>
    [...within(host, 'iptables-nft-save -c -t raw').matchAll(/^\[(\d+):\d+\] -A SEEN/gm)].flatMap(([, count], i) =>
      count === '0' ? [] : [`n${host}.${i + 1}`],
    ),
  );
  return said(text, counted);
}

const said = (answer: string, counted: readonly string[]): string =>
  `${(answer === '' ? 'nothing' : `answer to ${answer}`).padEnd(20)} ${[...new Set(counted)].sort().join(' ')}`;

async function predicted(): Promise<string> {
  const files: { path: string; text: string }[] = [];
  for (const host of HOSTS) {
    const target = {
      name: `n${host}`,
      group: 'nodes' as const,
      how: 'ip netns exec',
      run: (script: string, sink: Parameters<typeof runProcess>[2], signal: AbortSignal) =>
        runProcess(['ip', 'netns', 'exec', space(host), 'sh', '-c', SHELL], script, sink, signal),
    };
    const options = { nftJson: false, pods: false, seconds: 120, commandSeconds: 60 };
    const { about, files: captured } = await captureHost(target, options, () => {});
    if (about.state === 'failed') throw new Error(`n${host} could not be captured: ${about.problem}`);
    for (const [path, bytes] of captured) files.push({ path, text: Buffer.from(bytes).toString() });
    // The capture asks a WireGuard of the kernel alone.
    for (const listing of LISTINGS) {
      const lines = sh(['wg', 'show', 'all', listing]).split('\n');
      const own = lines.filter(line => line.startsWith(`${device(host)}\t`));
      const text = own.map(line => `${line.replace(/\t([\w+/]{8})[\w+/]+=/, '\t$1')}\n`).join('');
      files.push({ path: `nodes/n${host}/wg-${listing}.txt`, text });
    }
  }
  const { nodes, remarks } = readSnapshot(files);
  const cluster = clusterOf(nodes.values(), [], remarks, {});
  const [source, destination] = [parseAddress(inner(1)), parseAddress(inner(2))];
  if (source === undefined || destination === undefined) throw new Error('no addresses');
  const ports = { source: { address: source, port: SPORT }, destination: { address: destination, port: DPORT } };
  const answer = trace(cluster, { ...ports, protocol: UDP, reply: true }, { version: '0' });
  const [outcome] = answer.outcomes;
  if (!outcome || answer.outcomes.length > 1) return `${answer.outcomes.length} outcomes`;
  const counted = outcome.hops.flatMap(({ node, steps }) =>
    steps.flatMap(step =>
      step.kind === 'rule' && step.rule.chain === 'SEEN' && step.verdict === 'return'
        ? [`${node}.${step.rule.number}`]
        : [],
    ),
  );
  const works = outcome.disposition === 'delivered' && outcome.answered?.accepted === true;
  return said(works ? (outcome.sourceSeen?.address ?? '?') : '', counted);
}

const missing = ['/usr/bin/wireguard-go', '/usr/bin/wg', '/dev/net/tun', '/usr/bin/python3'].filter(
  path => !existsSync(path),
);
if (process.platform !== 'linux' || process.getuid?.() !== 0)
  console.log('left out: WireGuard between network namespaces needs root on Linux');
else if (missing.length > 0)
  console.log(`left out: WireGuard needs ${missing.join(', ')} (wireguard-go, wireguard-tools)`);
else process.exitCode = await main();
