import type { Interface } from '../../src/model/interface.ts';
import type { Namespace } from '../../src/model/namespace.ts';
import type { Route, RouteType } from '../../src/model/route.ts';
import { type Address, bitsOf, familyOf, parseAddress } from '../../src/net/address.ts';
import { type Packet, TCP_FLAG, type TcpFlag } from '../../src/net/packet.ts';
import { networkOf, parsePrefix, prefixOf } from '../../src/net/prefix.ts';
import { parseIptablesSave } from '../../src/read/iptables-save.ts';
import { type Decide, enumerate } from '../../src/walk/decide.ts';
import { type Arrival, Machine, type MachineOptions } from '../../src/walk/machine.ts';
import type { Hop } from '../../src/walk/trace.ts';

const AT = { file: 'test', line: 0 };

export function address(text: string): Address {
  const value = parseAddress(text);
  if (value === undefined) throw new Error(`not an address: ${text}`);
  return value;
}

/** `eth0 10.0.0.1/24`, further addresses behind it; a bridge as `br0 master` is written by `ports`. */
function interfaceOf(text: string, index: number, ports: Readonly<Record<string, string>>): Interface {
  const [name = '', ...addresses] = text.split(' ');
  const master = ports[name];
  return {
    index,
    name,
    flags: ['UP'],
    mtu: 1500,
    mac: `02:00:00:00:00:0${index}`,
    group: 0,
    kind: Object.values(ports).includes(name) ? 'bridge' : 'veth',
    master,
    hairpin: master === undefined ? undefined : false,
    addresses: addresses.map(text => {
      const prefix = parsePrefix(text);
      if (!prefix) throw new Error(`not a prefix: ${text}`);
      const length = Number(text.split('/')[1] ?? bitsOf(prefix.family));
      return {
        address: prefix.address,
        prefixLength: length,
        scope: name === 'lo' ? 'host' : 'global',
        secondary: false,
      };
    }),
    source: AT,
  };
}

/** `default via 10.0.0.254 dev eth0`, `blackhole 10.9.0.0/16`, `10.1.0.0/16 dev eth1 table 100`. */
function routeOf(text: string): Route {
  const words = text.split(' ');
  const types: readonly RouteType[] = ['blackhole', 'unreachable', 'prohibit', 'local', 'throw'];
  const type = types.find(t => t === words[0]);
  if (type) words.shift();
  const value = (key: string) => (words.includes(key) ? words[words.indexOf(key) + 1] : undefined);
  const gateway = value('via');
  const device = value('dev');
  const sample = gateway === undefined ? undefined : address(gateway);
  const destination =
    words[0] === 'default'
      ? prefixOf(sample !== undefined && familyOf(sample) === 'ip6' ? 0n : 0, 0)
      : parsePrefix(words[0] ?? '');
  if (!destination) throw new Error(`not a route: ${text}`);
  return {
    family: destination.family,
    type: type ?? 'unicast',
    destination: networkOf(destination),
    table: value('table') ?? 'main',
    nexthops:
      device === undefined ? [] : [{ device, ...(sample !== undefined && { gateway: sample }), weight: 1, flags: [] }],
    tos: 0,
    metric: 0,
    flags: [],
    at: AT,
  };
}

export interface NodeSpec {
  readonly rules?: string;
  readonly rules6?: string;
  readonly interfaces?: readonly string[];
  /** Ports of bridges: `{ veth1: 'br0' }`. */
  readonly ports?: Readonly<Record<string, string>>;
  readonly routes?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly namespace?: Partial<Namespace>;
}

/** A node with eth0 10.0.0.1/24 to the outside and eth1 10.1.0.1/24 to pods; rows change what they are about. */
export function nodeOf(spec: NodeSpec = {}): Namespace {
  const { interfaces = ['lo 127.0.0.1/8', 'eth0 10.0.0.1/24', 'eth1 10.1.0.1/24'] } = spec;
  const links = interfaces.map((text, i) => interfaceOf(text, i + 1, spec.ports ?? {}));
  const connected = links.flatMap(({ name, addresses }) =>
    name === 'lo'
      ? []
      : addresses.map(a => ({
          ...routeOf(`0.0.0.0/0 dev ${name}`),
          family: familyOf(a.address),
          destination: networkOf(prefixOf(a.address, a.prefixLength)),
        })),
  );
  const { routes = ['default via 10.0.0.254 dev eth0'] } = spec;
  const tables = [
    ...(spec.rules === undefined
      ? []
      : parseIptablesSave(spec.rules, 'rules', { family: 'ip', owner: 'iptables-nft' }).tables),
    ...(spec.rules6 === undefined
      ? []
      : parseIptablesSave(spec.rules6, 'rules6', { family: 'ip6', owner: 'iptables-nft' }).tables),
  ];
  return {
    name: 'node',
    ruleset: { tables },
    interfaces: links,
    routes: [...connected, ...routes.map(routeOf)],
    rules: undefined,
    neighbours: [],
    fdb: [],
    conntrack: [],
    sets: new Map(),
    sysctls: new Map(
      Object.entries({ 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1', ...spec.sysctls }),
    ),
    recent: new Map(),
    localAddresses: [],
    remarks: [],
    ...spec.namespace,
  };
}

const FLAGS: readonly TcpFlag[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];

/** `tcp 10.0.0.9:40000 > 10.1.0.2:80`, with flags as FSRPAU behind (a SYN where there are none). */
export function packet(text: string, change: Partial<Packet> = {}): Packet {
  const [protocol = '', from = '', , to = '', flags = 'S'] = text.split(' ');
  const endpoint = (text: string) => {
    const found = /^(?:\[(.*)\]|([^:[\]]+))(?::(\d+))?$/.exec(text);
    const port = found?.[3];
    return { address: address(found?.[1] ?? found?.[2] ?? text), port: port === undefined ? undefined : Number(port) };
  };
  const source = endpoint(from);
  const destination = endpoint(to);
  const family = familyOf(source.address);
  const number = { tcp: 6, udp: 17, icmp: family === 'ip' ? 1 : 58 }[protocol] ?? Number(protocol);
  const bit = (letter: string) => FLAGS.find(name => name[0] === letter);
  const bits = [...flags].map(bit).reduce((sum, name) => sum + (name ? TCP_FLAG[name] : 0), 0);
  return {
    family,
    saddr: source.address,
    daddr: destination.address,
    protocol: number,
    ...(source.port !== undefined && { sport: source.port }),
    ...(destination.port !== undefined && { dport: destination.port }),
    ...(number === 6 && { tcp: { flags: bits } }),
    ...(protocol === 'icmp' && { icmp: { type: family === 'ip' ? 8 : 128, code: 0, id: 1 } }),
    ttl: 64,
    tos: 0,
    mark: 0,
    iif: 'eth0',
    ...change,
  };
}

/** Answers no question: a walk that asks one fails the test. */
export const decided: Decide = {
  choose(choice) {
    throw new Error(`the walk asked: ${JSON.stringify(choice, (_, v) => (typeof v === 'bigint' ? String(v) : v))}`);
  },
};

export const machineOf = (spec: NodeSpec = {}, options: MachineOptions = {}): Machine =>
  new Machine(nodeOf(spec), options);

/** Walks packets one after the other through one node; each leaves its connection behind. */
export function walkAll(machine: Machine, arrivals: readonly Arrival[], decide: Decide = decided): Hop[] {
  return arrivals.map(arrival => {
    const walked = machine.walk(arrival, decide);
    walked.commit();
    return walked.hop;
  });
}

/** All outcomes of one packet. */
export const outcomes = (machine: Machine, arrival: Arrival) => enumerate(decide => machine.walk(arrival, decide).hop);

/** The rules a hop went by, as `nat PREROUTING 1`. */
export const ruleList = (hop: Hop): string[] =>
  hop.steps.flatMap(step => (step.kind === 'rule' ? [`${step.at.table} ${step.at.chain} ${step.at.rule.number}`] : []));
