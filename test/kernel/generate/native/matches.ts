import { INTERFACES, MARKS, MSSES, PORTS, TOSES, TTLS, UIDS } from '../words.ts';
import { address, addresses, familyFor, listed, type NativeSite, only, relation } from './words.ts';

/** A statement of nft that asks. `when` holds where the kernel takes it. */
export interface NativeMaker {
  readonly name: string;
  readonly weight: number;
  readonly when?: (site: NativeSite) => boolean;
  readonly make: (site: NativeSite) => string;
  /** Who passes it moves a counter of the kernel. */
  readonly counts?: true;
  /** Answers anew each time; nobody sees how, but for what the rule does. */
  readonly throwsDice?: true;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
const received = (site: NativeSite): boolean => only(site, 'prerouting', 'input', 'forward');
const leaving = (site: NativeSite): boolean => only(site, 'forward', 'output', 'postrouting');
const mark = ({ random }: NativeSite): string => hex(random.pick(MARKS));

function numbers({ random }: NativeSite, values: readonly number[]): string {
  return random.weighted([
    [4, () => `${relation(random)}${random.pick(values)}`],
    [3, () => `${relation(random)}${listed(random.some(values, 1, 4))}`],
    [2, () => `${random.pick(['<', '>', '<=', '>='])} ${random.pick(values)}`],
    [
      2,
      () => {
        const [a = 0, b = 0] = random.some(values, 2, 2);
        return a === b ? `${a}` : `${relation(random)}${Math.min(a, b)}-${Math.max(a, b)}`;
      },
    ],
  ])();
}

function flags({ random }: NativeSite): string {
  const some = () => random.some(['fin', 'syn', 'rst', 'ack', 'psh'], 1, 3);
  return random.weighted([
    [3, () => some().join(',')],
    [3, () => `& (${['fin', 'syn', 'rst', 'ack'].join('|')}) == ${random.pick(['syn', 'ack', 'rst', 'syn|ack'])}`],
    [1, () => `== ${some().join('|')}`],
    [1, () => `!= ${some()[0]}`],
  ])();
}

const STATES = ['new', 'established', 'related', 'invalid', 'untracked'] as const;

export const MATCHES: readonly NativeMaker[] = [
  {
    name: 'saddr',
    weight: 6,
    make: site => {
      const family = familyFor(site);
      return `${family} saddr ${relation(site.random)}${addresses(site.random, family)}`;
    },
  },
  {
    name: 'daddr',
    weight: 6,
    make: site => {
      const family = familyFor(site);
      return `${family} daddr ${relation(site.random)}${addresses(site.random, family)}`;
    },
  },
  {
    name: 'named set',
    weight: 4,
    make: site => {
      const family = familyFor(site);
      return `${family} ${site.random.pick(['saddr', 'daddr'])} ${relation(site.random)}@${family === 'ip' ? 'a4' : 'a6'}`;
    },
  },
  {
    name: 'concatenation',
    weight: 4,
    make: site => {
      const family = familyFor(site);
      return `${family} daddr . meta l4proto . th dport ${relation(site.random)}@${family === 'ip' ? 'c4' : 'c6'}`;
    },
  },
  {
    name: 'concatenation in place',
    weight: 2,
    when: ({ protocol }) => protocol === 'tcp',
    make: ({ random }) =>
      `meta mark . tcp dport ${relation(random)}{ ${hex(random.pick(MARKS))} . ${random.pick(PORTS)}, 0x3 . 80-443 }`,
  },
  {
    name: 'l4proto',
    weight: 4,
    when: ({ protocol }) => protocol === undefined,
    make: ({ random }) =>
      `meta l4proto ${relation(random)}${listed(random.some(['tcp', 'udp', 'icmp', 'ipv6-icmp', 'sctp', 'esp', 'udplite'], 1, 4))}`,
  },
  {
    name: 'nfproto',
    weight: 1,
    when: ({ family }) => family === 'inet',
    make: ({ ruleFamily }) => `meta nfproto ${ruleFamily === 'ip' ? 'ipv4' : 'ipv6'}`,
  },
  {
    name: 'protocol',
    weight: 1,
    make: ({ ruleFamily }) => `meta protocol ${ruleFamily}`,
  },
  {
    name: 'mark',
    weight: 6,
    make: site =>
      site.random.weighted([
        [3, () => `meta mark ${relation(site.random)}${mark(site)}`],
        [3, () => `meta mark & ${mark(site)} ${site.random.pick(['==', '!='])} ${mark(site)}`],
        [1, () => `meta mark ${listed([mark(site), mark(site), '0x20-0x5000'].slice(site.random.integer(0, 1), 2))}`],
        [1, () => `meta mark < ${mark(site)}`],
      ])(),
  },
  {
    name: 'iifname',
    weight: 4,
    when: received,
    make: ({ random }) => `iifname ${relation(random)}"${random.pick(INTERFACES).replace('+', '*')}"`,
  },
  {
    name: 'oifname',
    weight: 4,
    when: leaving,
    make: ({ random }) => `oifname ${relation(random)}"${random.pick(INTERFACES).replace('+', '*')}"`,
  },
  {
    name: 'oifname where there is none',
    weight: 1,
    when: site => only(site, 'prerouting', 'input'),
    make: ({ random }) => `oifname ${relation(random)}"eth0"`,
  },
  {
    name: 'iif',
    weight: 2,
    when: received,
    make: ({ random }) => `iif ${relation(random)}"${random.pick(['eth0', 'eth1', 'cni0', 'lo'])}"`,
  },
  {
    name: 'oif',
    weight: 2,
    when: leaving,
    make: ({ random }) => `oif ${relation(random)}"${random.pick(['eth0', 'eth1', 'cni0', 'lo'])}"`,
  },
  { name: 'length', weight: 2, make: site => `meta length ${numbers(site, [28, 36, 40, 48, 60, 80, 100, 200])}` },
  {
    name: 'pkttype',
    weight: 1,
    when: received,
    make: ({ random }) => `meta pkttype ${relation(random)}${random.pick(['host', 'broadcast', 'multicast', 'other'])}`,
  },
  {
    name: 'skuid',
    weight: 2,
    when: site => only(site, 'output'),
    make: ({ random }) => `meta skuid ${relation(random)}${random.pick(UIDS)}`,
  },
  {
    name: 'skgid',
    weight: 1,
    when: site => only(site, 'output'),
    make: ({ random }) => `meta skgid ${relation(random)}${random.pick(UIDS)}`,
  },
  {
    name: 'iifgroup',
    weight: 1,
    when: received,
    make: ({ random }) => `iifgroup ${relation(random)}${random.integer(0, 3)}`,
  },
  {
    name: 'iifkind',
    weight: 1,
    when: received,
    make: ({ random }) => `meta iifkind ${relation(random)}"${random.pick(['veth', 'bridge'])}"`,
  },
  {
    name: 'tcp dport',
    weight: 4,
    when: ({ protocol }) => protocol === 'tcp',
    make: site => `tcp dport ${numbers(site, PORTS)}`,
  },
  {
    name: 'tcp sport',
    weight: 2,
    when: ({ protocol }) => protocol === 'tcp',
    make: site => `tcp sport ${numbers(site, PORTS)}`,
  },
  {
    name: 'udp dport',
    weight: 4,
    when: ({ protocol }) => protocol === 'udp',
    make: site => `udp dport ${numbers(site, PORTS)}`,
  },
  {
    name: 'sctp dport',
    weight: 1,
    when: ({ protocol }) => protocol === 'sctp',
    make: site => `sctp dport ${numbers(site, PORTS)}`,
  },
  {
    name: 'udplite dport',
    weight: 0.5,
    when: ({ protocol }) => protocol === 'udplite',
    make: site => `udplite dport ${numbers(site, PORTS)}`,
  },
  {
    name: 'th dport',
    weight: 2,
    when: ({ protocol }) => protocol === undefined,
    make: site => `meta l4proto { tcp, udp, sctp } th dport ${numbers(site, PORTS)}`,
  },
  {
    name: 'tcp flags',
    weight: 4,
    when: ({ protocol }) => protocol === 'tcp',
    make: site => `tcp flags ${flags(site)}`,
  },
  {
    name: 'tcp option maxseg',
    weight: 1,
    when: ({ protocol }) => protocol === 'tcp',
    make: site => `tcp option maxseg size ${numbers(site, MSSES)}`,
  },
  {
    name: 'tcp option exists',
    weight: 1,
    when: ({ protocol }) => protocol === 'tcp',
    make: ({ random }) =>
      `tcp option ${random.pick(['maxseg', 'window', 'sack-perm', 'timestamp'])} ${random.pick(['exists', 'missing'])}`,
  },
  {
    name: 'icmp type',
    weight: 2,
    when: ({ protocol }) => protocol === 'icmp',
    make: ({ random }) =>
      `icmp type ${relation(random)}${listed(random.some(['echo-request', 'echo-reply', 'destination-unreachable', 'time-exceeded', 'redirect'], 1, 3))}`,
  },
  {
    name: 'icmpv6 type',
    weight: 2,
    when: ({ protocol }) => protocol === 'icmpv6',
    make: ({ random }) =>
      `icmpv6 type ${relation(random)}${listed(random.some(['echo-request', 'echo-reply', 'destination-unreachable', 'packet-too-big', 'time-exceeded'], 1, 3))}`,
  },
  {
    name: 'ttl',
    weight: 2,
    make: site => (familyFor(site) === 'ip' ? `ip ttl ${numbers(site, TTLS)}` : `ip6 hoplimit ${numbers(site, TTLS)}`),
  },
  {
    name: 'dscp',
    weight: 2,
    make: site => `${familyFor(site)} dscp ${relation(site.random)}${site.random.pick(TOSES) >> 2}`,
  },
  {
    name: 'ecn',
    weight: 1,
    make: site => `${familyFor(site)} ecn ${relation(site.random)}${site.random.integer(0, 3)}`,
  },
  {
    name: 'ip protocol',
    weight: 1,
    when: ({ ruleFamily, protocol }) => ruleFamily === 'ip' && protocol === undefined,
    make: ({ random }) => `ip protocol ${relation(random)}${random.pick(['tcp', 'udp', 'icmp'])}`,
  },
  {
    name: 'ip6 nexthdr',
    weight: 1,
    when: ({ ruleFamily, protocol }) => ruleFamily === 'ip6' && protocol === undefined,
    make: ({ random }) => `ip6 nexthdr ${relation(random)}${random.pick(['tcp', 'udp', 'ipv6-icmp'])}`,
  },
  {
    name: 'ct state',
    weight: 6,
    make: ({ random }) =>
      random.weighted([
        [5, () => `ct state ${random.some(STATES, 1, 3).join(',')}`],
        [1, () => `ct state != ${random.pick(STATES)}`],
        [1, () => `ct state != { ${random.some(STATES, 1, 2).join(', ')} }`],
      ])(),
  },
  {
    name: 'ct status',
    weight: 2,
    make: ({ random }) =>
      `ct status ${random.some(['snat', 'dnat', 'seen-reply', 'assured', 'confirmed'], 1, 2).join(',')}`,
  },
  {
    name: 'ct direction',
    weight: 2,
    make: ({ random }) => `ct direction ${relation(random)}${random.pick(['original', 'reply'])}`,
  },
  { name: 'ct mark', weight: 3, make: site => `ct mark ${relation(site.random)}${mark(site)}` },
  { name: 'ct zone', weight: 0.5, make: ({ random }) => `ct zone ${relation(random)}${random.integer(0, 2)}` },
  {
    name: 'ct address',
    weight: 2,
    make: site => {
      const family = familyFor(site);
      const { random } = site;
      return `ct ${random.pick(['original', 'reply'])} ${family} ${random.pick(['saddr', 'daddr'])} ${relation(random)}${address(random, family)}`;
    },
  },
  {
    name: 'ct port',
    weight: 1,
    when: ({ protocol }) => protocol === 'tcp' || protocol === 'udp',
    make: ({ random, protocol }) =>
      `meta l4proto ${protocol} ct ${random.pick(['original', 'reply'])} proto-${random.pick(['src', 'dst'])} ${relation(random)}${random.pick(PORTS)}`,
  },
  {
    name: 'ct protocol',
    weight: 0.5,
    when: ({ protocol }) => protocol === undefined,
    // nft's listings leave one out that stands alone before a port, and name the port by it.
    make: ({ random }) => `ct protocol ${random.pick(['!= tcp', '!= udp', '{ tcp, icmp }', '{ udp, icmp }'])}`,
  },
  {
    name: 'fib type',
    weight: 4,
    make: ({ random }) =>
      `fib ${random.pick(['saddr', 'daddr'])} type ${relation(random)}${random.pick(['local', 'unicast', 'broadcast', 'multicast'])}`,
  },
  {
    name: 'fib type limited',
    weight: 1,
    when: received,
    make: ({ random }) => `fib daddr . iif type ${relation(random)}local`,
  },
  {
    name: 'fib oif',
    weight: 2,
    when: received,
    make: ({ random }) => `fib saddr . iif oif ${random.pick(['missing', 'exists'])}`,
  },
  {
    name: 'fib loose',
    weight: 1,
    when: received,
    make: ({ random }) => `fib saddr oif ${random.pick(['missing', 'exists'])}`,
  },
  {
    name: 'fib device',
    weight: 1,
    when: received,
    make: ({ random }) => `fib daddr oifname ${relation(random)}"${random.pick(['eth0', 'eth1', 'cni0', 'cali1'])}"`,
  },
  {
    name: 'fib mark',
    weight: 1,
    when: received,
    make: ({ random }) => `fib saddr . mark oif ${random.pick(['missing', 'exists'])}`,
  },
  {
    name: 'socket',
    weight: 1,
    when: site => only(site, 'prerouting'),
    make: ({ random }) => random.pick(['socket transparent 1', 'socket wildcard 0', 'socket wildcard 1']),
  },
  {
    name: 'numgen inc',
    weight: 2,
    counts: true,
    make: ({ random }) => `numgen inc mod ${random.integer(3, 4)} ${random.pick(['0', '1', '< 2'])}`,
  },
  {
    name: 'numgen random',
    weight: 1,
    throwsDice: true,
    make: ({ random }) => `numgen random mod ${random.integer(3, 10)} ${random.pick(['0', '< 2', '!= 1'])}`,
  },
  {
    name: 'jhash',
    weight: 2,
    make: site => {
      const family = familyFor(site);
      return `jhash ${family} saddr . ${family} daddr mod ${site.random.integer(2, 5)} seed 0x${site.random.integer(1, 0xffffff).toString(16)} ${site.random.integer(0, 1)}`;
    },
  },
  {
    name: 'quota',
    weight: 1,
    counts: true,
    make: ({ random }) => `quota ${random.pick(['', 'over '])}${random.pick([100, 300, 1000])} bytes`,
  },
];
