import type { Family } from '../../../src/net/address.ts';
import type { PacketSpec, Probe, Via } from '../observation.ts';
import { OWN, PLACES, type Place } from '../topology.ts';
import { further, opening, SEQ, wishes } from './further.ts';
import type { Random } from './random.ts';
import { MARKS, MSSES, PORTS, SERVICES, TEXTS, TOSES, TTLS, UIDS } from './words.ts';

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ODD: Readonly<Record<Family, readonly string[]>> = {
  ip: [
    '10.10.100.255',
    '192.168.1.255',
    '255.255.255.255',
    '224.0.0.5',
    '127.0.0.1',
    '127.0.0.5',
    '0.0.0.0',
    '240.0.0.1',
    '10.66.1.9',
    '10.66.2.9',
    '10.66.3.9',
    '10.66.4.9',
    '10.10.100.77',
    '192.168.2.30',
    '10.200.7.7',
    '198.51.100.7',
    '8.8.8.8',
  ],
  ip6: [
    'ff02::5',
    'ff05::2',
    '::1',
    'fd00:66:1::9',
    'fd00:66:2::9',
    'fd00:66:3::9',
    'fd00:10:10:100::77',
    'fd00:192:168:2::30',
    'fd00:10:200::7',
    'fd00:10:10:100::',
    '2001:db8:51::7',
    '2001:4860::8',
  ],
};
/** No broadcast address: what answers it is for everybody, and comes back to the node as well. */
const FORGED: Readonly<Record<Family, readonly string[]>> = {
  ip: [
    '10.10.100.207',
    '192.168.1.10',
    '192.168.3.10',
    '172.30.5.9',
    '127.0.0.1',
    '0.0.0.0',
    '224.0.0.9',
    '255.255.255.255',
    '10.66.1.9',
    '8.8.8.8',
  ],
  ip6: [
    'fd00:10:10:100::207',
    'fd00:192:168:1::10',
    'fd00:192:168:3::10',
    'fd00:172:30:5::9',
    '::1',
    'ff02::9',
    'fd00:66:1::9',
    '2001:4860::8',
  ],
};

interface Flow {
  readonly via: Via;
  readonly packet: PacketSpec;
  turn: number;
}

/** Packets for one ruleset: new ones, and further ones of connections that they began. */
export function generateProbes(random: Random, families: readonly Family[], count: number): Probe[] {
  const flows: Flow[] = [];
  return Array.from({ length: count }, (_, i) => {
    const flow = flows.length && random.chance(0.3) ? random.pick(flows) : begin(random, random.pick(families));
    if (flow.turn === 0) flows.push(flow);
    const packet = flow.turn++ === 0 ? flow.packet : further(random, flow.packet, flow.turn);
    const answers = wishes(random, packet);
    const back = flow.turn > 1 && random.chance(0.15) ? turned(random, packet) : undefined;
    return { id: i + 1, ...(back ?? { via: flow.via, packet }), ...(answers.length && { answers }) };
  });
}

function begin(random: Random, family: Family): Flow {
  const from = random.pick(PLACES);
  const kind = random.weighted<Via['kind']>([
    [7, 'frame'],
    [1.4, 'raw'],
    [1.6, 'socket'],
  ]);
  // A broadcast of the node's own comes back to it as well: two packets that cannot be told apart.
  const daddr = random.pick(
    random.weighted([
      [6, PLACES.map(place => place[family])],
      [5, SERVICES[family]],
      [4, OWN[family]],
      [2, kind === 'socket' ? ODD[family].filter(address => !isBroadcast(address)) : ODD[family]],
    ]),
  );
  if (kind === 'frame') {
    const forged = random.chance(0.08);
    const saddr = forged ? random.pick(FORGED[family]) : from[family];
    return { via: frame(random, from, family, daddr), packet: transport(random, { family, saddr, daddr }), turn: 0 };
  }
  const saddr = random.pick(
    OWN[family].filter(address => isLoopback(address) === isLoopback(daddr) || random.chance(0.05)),
  );
  const sender = {
    uid: random.pick(UIDS),
    gid: random.pick(UIDS),
    ...(random.chance(0.25) && { mark: random.pick(MARKS) }),
  };
  const bound = kind === 'raw' || random.chance(0.3) ? { bind: saddr } : {};
  const via: Via =
    kind === 'raw'
      ? { kind, ...sender, ...bound }
      : { kind, ...sender, ...bound, ...(random.chance(0.3) && { close: true }) };
  const packet = transport(random, { family, saddr, daddr });
  return { via, packet: kind === 'socket' ? asDatagram(random, packet) : packet, turn: 0 };
}

/** The same from whom it was sent to, as if nothing translated it; undefined: nobody outside has that address. */
function turned(random: Random, packet: PacketSpec): Pick<Probe, 'via' | 'packet'> | undefined {
  const { family, saddr, daddr, sport, dport, seq, ack } = packet;
  const from = PLACES.find(place => place[family] === daddr);
  if (!from || packet.inner) return undefined;
  const ports = { ...(dport !== undefined && { sport: dport }), ...(sport !== undefined && { dport: sport }) };
  const numbers = { ...(ack !== undefined && { seq: ack }), ...(seq !== undefined && { ack: seq }) };
  const back = { ...packet, saddr: daddr, daddr: saddr, ...ports, ...numbers };
  return { via: frame(random, from, family, saddr), packet: back };
}

const isBroadcast = (address: string): boolean => address.endsWith('.255');
const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

function frame(random: Random, from: Place, family: Family, daddr: string): Via {
  const neighbour = PLACES.find(
    place => place.interface === from.interface && place[family] === daddr && place.port !== from.port,
  );
  // A port does not send a frame back where it came from, unless it is a hairpin.
  const bridged = from.port !== from.interface;
  const itself = bridged && (daddr === from[family] || random.chance(0.08)) ? from.mac : undefined;
  const grouped = /^(224\.|ff0|255\.|.*\.255$)/.test(daddr)
    ? groupMac(daddr)
    : (neighbour?.mac ?? itself ?? from.nodeMac);
  const wanted = random.chance(0.03) ? BROADCAST : grouped;
  // A bridge floods group frames: several packets at once, whose counts nobody can tell apart.
  const floods = bridged && (Number.parseInt(wanted.slice(0, 2), 16) & 1) === 1;
  return { kind: 'frame', device: from.device, smac: from.mac, dmac: floods ? from.nodeMac : wanted };
}

function groupMac(daddr: string): string {
  if (daddr.startsWith('224.')) return `01:00:5e:00:00:0${daddr.slice(-1)}`;
  return daddr.startsWith('ff') ? `33:33:00:00:00:0${daddr.slice(-1)}` : BROADCAST;
}

type Ends = Pick<PacketSpec, 'family' | 'saddr' | 'daddr'>;

function transport(random: Random, ends: Ends): PacketSpec {
  const base = {
    ...ends,
    sport: random.pick([4000, 40000, 41000, random.pick(PORTS), random.integer(1024, 60000)]),
    dport: random.pick(PORTS),
    ttl: random.chance(0.6) ? 64 : random.pick(TTLS),
    tos: random.chance(0.6) ? 0 : random.pick(TOSES),
    payload: random.chance(0.5) ? '' : random.pick(TEXTS),
    ...(random.chance(0.02) && { badChecksum: true }),
  };
  const icmp = ends.family === 'ip' ? 'icmp' : 'icmpv6';
  return random.weighted<() => PacketSpec>([
    [10, () => tcp(random, base)],
    [10, () => ({ ...base, protocol: 'udp' })],
    [4, () => ({ ...base, protocol: icmp, type: icmp === 'icmp' ? 8 : 128, icmpId: random.integer(1, 50) })],
    [0.7, () => oddIcmp(random, base, icmp)],
    [
      2,
      () => ({
        ...base,
        protocol: 'sctp',
        chunk: random.weighted([
          [5, 1],
          [1, 0],
          [1, 4],
          [1, 7],
          [1, 8],
        ]),
        tag: 0,
      }),
    ],
    [0.5, () => ({ ...base, protocol: 'gre' })],
    [0.3, () => ({ ...base, protocol: 89 })],
    [0.5, () => ({ ...base, protocol: 'udplite' })],
    [1, () => ({ ...base, protocol: 'esp', spi: random.pick([1, 5, 100]) })],
    [1, () => ({ ...base, protocol: 'ah', spi: random.pick([1, 5, 100]) })],
  ])();
}

function tcp(random: Random, base: Omit<PacketSpec, 'protocol'>): PacketSpec {
  const flags = random.weighted([
    [12, 'S'],
    [1, 'SA'],
    [1, 'A'],
    [1, 'PA'],
    [0.7, 'R'],
    [0.7, 'FA'],
    [0.4, ''],
    [0.4, 'FPU'],
    [0.3, 'SF'],
    [0.3, 'SEC'],
  ]);
  const mss = random.chance(0.6) ? { mss: random.pick(MSSES) } : {};
  const payload = flags.includes('P') ? base.payload : '';
  return {
    ...base,
    protocol: 'tcp',
    flags,
    seq: SEQ.client,
    ack: flags.includes('A') ? SEQ.server + 1 : 0,
    ...mss,
    ...opening(random),
    ...(payload !== undefined && { payload }),
  };
}

function oddIcmp(random: Random, base: Omit<PacketSpec, 'protocol'>, icmp: 'icmp' | 'icmpv6'): PacketSpec {
  const { family, saddr, daddr, sport, dport } = base;
  const type = icmp === 'icmp' ? random.pick([0, 3, 11, 13, 40]) : random.pick([129, 1, 3, 2]);
  const error = icmp === 'icmp' ? type === 3 || type === 11 : type < 128;
  const ports = { ...(sport !== undefined && { sport }), ...(dport !== undefined && { dport }) };
  const inner: PacketSpec = { family, saddr: daddr, daddr: saddr, protocol: 'udp', ...ports };
  return {
    ...base,
    protocol: icmp,
    type,
    code: random.pick([0, 1, 3]),
    icmpId: random.integer(1, 50),
    ...(error && { inner }),
  };
}

function asDatagram(random: Random, packet: PacketSpec): PacketSpec {
  const { family, saddr, daddr, dport = 0, tos = 0, payload = '', ttl = 64 } = packet;
  return { family, saddr, daddr, protocol: 'udp', sport: random.integer(42000, 60000), dport, ttl, tos, payload };
}
