import { MARKS, PORTS, SERVICES } from '../words.ts';
import type { NativeMaker } from './matches.ts';
import { address, familyFor, hasPorts, type NativeSite, only, withPorts } from './words.ts';

/** A statement that acts. `ends`: nothing may stand behind it. */
export interface NativeActor extends NativeMaker {
  readonly ends?: true;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
const mark = ({ random }: NativeSite): string => hex(random.pick(MARKS));
const isNat = ({ type }: NativeSite): boolean => type === 'nat';
const isFilter = ({ type }: NativeSite): boolean => type !== 'nat';
const rejects = (site: NativeSite): boolean =>
  isFilter(site) && !site.below && only(site, 'input', 'forward', 'output');
const before = (site: NativeSite): boolean => isNat(site) && only(site, 'prerouting', 'output');
const after = (site: NativeSite): boolean => isNat(site) && only(site, 'postrouting', 'input');

function verdictMap(site: NativeSite): string {
  const { random, callees } = site;
  const verdict = () =>
    callees.length > 0 && random.chance(0.6)
      ? `${random.pick(['jump', 'goto'])} ${random.pick(callees)}`
      : random.pick(isNat(site) ? ['accept', 'return', 'continue'] : ['accept', 'return', 'continue', 'drop']);
  const ports = random.some(PORTS, 2, 4);
  return random.weighted([
    [
      site.protocol === 'tcp' ? 3 : 0,
      () => `tcp dport vmap { ${ports.map(port => `${port} : ${verdict()}`).join(', ')} }`,
    ],
    [
      site.protocol === 'udp' ? 3 : 0,
      () => `udp dport vmap { ${ports.map(port => `${port} : ${verdict()}`).join(', ')} }`,
    ],
    [
      site.protocol === undefined ? 2 : 0,
      () => `meta l4proto vmap { tcp : ${verdict()}, udp : ${verdict()}, icmp : ${verdict()} }`,
    ],
    [2, () => `meta mark vmap { 0x0 : ${verdict()}, 0x1-0x20 : ${verdict()} }`],
    [
      site.below ? 0 : 2,
      () => `ct state vmap { established : ${verdict()}, new : ${verdict()}, invalid : ${verdict()} }`,
    ],
    [1, () => `numgen inc mod 3 vmap { 0 : ${verdict()}, 1 : ${verdict()}, 2 : ${verdict()} }`],
  ])();
}

function verdictByChance({ random, type, callees }: NativeSite): string {
  const verdict = () =>
    callees.length > 0 && random.chance(0.7)
      ? `${random.pick(['jump', 'goto'])} ${random.pick(callees)}`
      : random.pick(type === 'nat' ? ['accept', 'return', 'continue'] : ['accept', 'return', 'continue', 'drop']);
  return `numgen random mod 3 vmap { 0 : ${verdict()}, 1 : ${verdict()}, 2 : ${verdict()} }`;
}

function destinationByChance(site: NativeSite): string {
  const family = familyFor(site);
  const [a = '', b = ''] =
    family === 'ip' ? ['192.168.1.10', '192.168.3.11'] : ['fd00:192:168:1::10', 'fd00:192:168:3::11'];
  return site.random.pick([
    `${withPorts(site)}dnat ${family} to numgen random mod 2 map { 0 : ${a} . 8080, 1 : ${b} . 80 }`,
    `${site.family === 'inet' ? `dnat ${family}` : 'dnat'} to numgen random mod 2 map { 0 : ${a}, 1 : ${b} }`,
  ]);
}

function setMark(site: NativeSite): string {
  const { random } = site;
  return random.weighted([
    [4, () => `meta mark set ${mark(site)}`],
    [2, () => `meta mark set meta mark | ${mark(site)}`],
    [2, () => `meta mark set meta mark ^ ${mark(site)}`],
    [2, () => `meta mark set meta mark & ${mark(site)}`],
    [1, () => `meta mark set meta mark & 0xffff01ff | ${mark(site)}`],
    [site.below ? 0 : 1, () => 'meta mark set ct mark'],
    [
      site.protocol === 'tcp' ? 2 : 0,
      () => `meta mark set tcp dport map { 80 : ${mark(site)}, 443 : ${mark(site)}, 8000-9000 : ${mark(site)} }`,
    ],
    [1, () => `meta mark set jhash ${site.ruleFamily} saddr mod 4 seed 0xbeef offset 16`],
  ])();
}

function destination(site: NativeSite): string {
  const { random, family: own } = site;
  const family = familyFor(site);
  const word = own === 'inet' ? `dnat ${family} to` : 'dnat to';
  const to = address(random, family);
  const bracket = (text: string) => (family === 'ip6' ? `[${text}]` : text);
  return random.weighted([
    [4, () => `${word} ${to}`],
    [hasPorts(site) ? 3 : 0, () => `${withPorts(site)}${word} ${bracket(to)}:${random.pick(PORTS)}`],
    [hasPorts(site) ? 1 : 0, () => `${withPorts(site)}${word} ${bracket(to)}:${random.pick(['8000-8100', '1-1000'])}`],
    [1, () => (family === 'ip' ? `${word} 192.168.1.10-192.168.1.11` : `${word} fd00:192:168:1::a-fd00:192:168:1::b`)],
    [
      2,
      () => {
        const [a = '', b = ''] =
          family === 'ip' ? ['192.168.1.10', '192.168.3.11'] : ['fd00:192:168:1::10', 'fd00:192:168:3::11'];
        return `${withPorts(site)}dnat ${family} to numgen inc mod 2 map { 0 : ${a} . 8080, 1 : ${b} . 80 }`;
      },
    ],
    [
      1,
      () =>
        `${word} ${family} daddr map { ${random
          .some(SERVICES[family], 2, 3)
          .map(service => `${service} : ${to}`)
          .join(', ')} }`,
    ],
  ])();
}

function source(site: NativeSite): string {
  const { random, family: own } = site;
  const family = familyFor(site);
  const word = own === 'inet' ? `snat ${family} to` : 'snat to';
  const to =
    family === 'ip'
      ? random.pick(['10.10.100.207', '10.10.100.208', '172.30.5.2'])
      : random.pick(['fd00:10:10:100::207', 'fd00:172:30:5::2']);
  const bracket = family === 'ip6' ? `[${to}]` : to;
  return random.weighted([
    [4, () => `${word} ${to}`],
    [hasPorts(site) ? 2 : 0, () => `${withPorts(site)}${word} ${bracket}:${random.pick(['1024-2048', '5000-5003'])}`],
    [
      1,
      () =>
        family === 'ip' ? `${word} 10.10.100.207-10.10.100.208` : `${word} fd00:10:10:100::207-fd00:10:10:100::208`,
    ],
  ])();
}

function reject(site: NativeSite): string {
  const { random } = site;
  return random.weighted([
    [3, () => 'reject'],
    [site.protocol === undefined || site.protocol === 'tcp' ? 2 : 0, () => 'meta l4proto tcp reject with tcp reset'],
    [
      site.family === 'inet' ? 1 : 0,
      () =>
        `reject with icmpx ${random.pick(['no-route', 'port-unreachable', 'host-unreachable', 'admin-prohibited'])}`,
    ],
    [
      site.ruleFamily === 'ip' ? 1 : 0,
      () =>
        `reject with icmp ${random.pick(['net-unreachable', 'host-unreachable', 'prot-unreachable', 'admin-prohibited'])}`,
    ],
    [
      site.ruleFamily === 'ip6' ? 1 : 0,
      () => `reject with icmpv6 ${random.pick(['no-route', 'admin-prohibited', 'addr-unreachable'])}`,
    ],
  ])();
}

function mangle(site: NativeSite): string {
  const family = familyFor(site);
  const { random } = site;
  return random.pick([
    `${family} dscp set ${random.pick([0, 4, 46])}`,
    family === 'ip' ? 'ip ttl set 33' : 'ip6 hoplimit set 33',
    `${family} ecn set ${random.pick([0, 3])}`,
  ]);
}

export const ACTIONS: readonly NativeActor[] = [
  { name: 'counter', weight: 4, make: () => 'counter' },
  { name: 'meta mark set', weight: 10, make: setMark },
  {
    name: 'ct mark set',
    weight: 4,
    make: site =>
      site.random.pick([`ct mark set ${mark(site)}`, 'ct mark set meta mark', `ct mark set meta mark & ${mark(site)}`]),
  },
  { name: 'meta priority set', weight: 0.5, make: () => 'meta priority set 1:2' },
  { name: 'payload set', weight: 2, when: isFilter, make: mangle },
  {
    name: 'add @d',
    weight: 2,
    make: site => (familyFor(site) === 'ip' ? 'add @d4 { ip saddr }' : 'add @d6 { ip6 saddr }'),
  },
  {
    name: 'delete @d',
    weight: 0.5,
    make: site => (familyFor(site) === 'ip' ? 'delete @d4 { ip saddr }' : 'delete @d6 { ip6 saddr }'),
  },
  { name: 'notrack', weight: 2, when: site => isFilter(site) && site.early, make: () => 'notrack' },
  {
    name: 'ct zone set',
    weight: 1,
    when: site => isFilter(site) && site.early,
    make: ({ random }) => `ct zone set ${random.integer(1, 2)}`,
  },
  { name: 'accept', weight: 4, ends: true, make: () => 'accept' },
  { name: 'drop', weight: 1.5, ends: true, when: isFilter, make: () => 'drop' },
  { name: 'return', weight: 2, ends: true, make: () => 'return' },
  { name: 'continue', weight: 0.5, ends: true, make: () => 'continue' },
  { name: 'vmap', weight: 5, ends: true, make: verdictMap },
  { name: 'vmap by chance', weight: 1, ends: true, throwsDice: true, make: verdictByChance },
  {
    name: 'meta mark set by chance',
    weight: 1,
    throwsDice: true,
    make: ({ random }) =>
      `meta mark set ${random.pick(['numgen random mod 4 offset 16', 'symhash mod 4 offset 32', 'numgen random mod 3 map { 0 : 0x1, 1 : 0x2, 2 : 0x4 }'])}`,
  },
  { name: 'dnat by chance', weight: 3, ends: true, throwsDice: true, when: before, make: destinationByChance },
  {
    name: 'jump',
    weight: 4,
    ends: true,
    when: ({ callees }) => callees.length > 0,
    make: ({ random, callees }) => `jump ${random.pick(callees)}`,
  },
  {
    name: 'goto',
    weight: 1.5,
    ends: true,
    when: ({ callees }) => callees.length > 0,
    make: ({ random, callees }) => `goto ${random.pick(callees)}`,
  },
  {
    name: 'reject',
    weight: 2,
    ends: true,
    when: rejects,
    make: reject,
  },
  { name: 'dnat', weight: 14, ends: true, when: before, make: destination },
  {
    name: 'redirect',
    weight: 5,
    ends: true,
    when: before,
    make: site =>
      site.random.pick([
        'redirect',
        hasPorts(site) ? `${withPorts(site)}redirect to :${site.random.pick(PORTS)}` : 'redirect',
      ]),
  },
  { name: 'snat', weight: 9, ends: true, when: after, make: source },
  {
    name: 'masquerade',
    weight: 9,
    ends: true,
    when: site => isNat(site) && only(site, 'postrouting'),
    make: site =>
      site.random.pick([
        'masquerade',
        'masquerade',
        hasPorts(site) ? `${withPorts(site)}masquerade to :1024-2048` : 'masquerade',
        'masquerade fully-random',
      ]),
  },
];
