import type { Random } from './random.ts';
import type { GeneratedSet } from './sets.ts';
import {
  addressOrPrefix,
  anyAddress,
  hex,
  INTERFACES,
  MARKS,
  MSSES,
  masked,
  maybeNot,
  only,
  type Part,
  PORTS,
  type RuleProtocol,
  range,
  type Site,
  TOSES,
  TTLS,
  UIDS,
} from './words.ts';

/** A match that the generator can make. `when` holds where the kernel takes it. */
export interface MatchMaker {
  readonly name: string;
  readonly weight: number;
  readonly when?: (site: Site, protocol: RuleProtocol | undefined) => boolean;
  readonly make: (site: Site, protocol: RuleProtocol | undefined) => string;
}

const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const;
const ports = (protocol: RuleProtocol | undefined): boolean =>
  protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp' || protocol === 'udplite';

function conntrack(site: Site): string {
  const { random, family } = site;
  const not = maybeNot(random);
  return random.weighted<() => string>([
    [6, () => `${not}--ctstate ${random.some([...STATES, 'SNAT', 'DNAT'], 1, 3).join(',')}`],
    [1, () => `${not}--ctproto ${random.pick(['tcp', 'udp', 'icmp'])}`],
    [1, () => `${not}--ctorigsrc ${addressOrPrefix(random, family)}`],
    [1, () => `${not}--ctorigdst ${addressOrPrefix(random, family)}`],
    [1, () => `${not}--ctreplsrc ${addressOrPrefix(random, family)}`],
    [1, () => `${not}--ctrepldst ${addressOrPrefix(random, family)}`],
    [1, () => `${not}--ctorigsrcport ${range(random, PORTS)}`],
    [1, () => `${not}--ctorigdstport ${range(random, PORTS)}`],
    [1, () => `${not}--ctreplsrcport ${range(random, PORTS)}`],
    [1, () => `${not}--ctrepldstport ${range(random, PORTS)}`],
    [
      2,
      () =>
        `${not}--ctstatus ${random.some(['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'], 1, 2).join(',')}`,
    ],
    [2, () => `--ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`],
  ])();
}

function addrtype(site: Site): string {
  const { random, family } = site;
  const types =
    family === 'ip' ? ['UNICAST', 'LOCAL', 'BROADCAST', 'MULTICAST'] : ['UNICAST', 'LOCAL', 'MULTICAST', 'ANYCAST'];
  const limit = random.weighted([
    [5, ''],
    [1, only(site, 'prerouting', 'input', 'forward') ? ' --limit-iface-in' : ''],
    [1, only(site, 'postrouting', 'output', 'forward') ? ' --limit-iface-out' : ''],
  ]);
  const side = random.pick(['src', 'dst']);
  return `${maybeNot(random)}--${side}-type ${random.some(types, 1, 2).join(',')}${limit}`;
}

function multiport(site: Site): string {
  const { random } = site;
  const side = random.pick(['sports', 'dports', 'ports']);
  const list = [...new Set(random.some(PORTS, 1, 4))].map(p => (random.chance(0.2) ? `${p}:${p + 100}` : String(p)));
  return `${maybeNot(random)}--${side} ${list.join(',')}`;
}

function iprange({ random, family }: Site): string {
  const [low, high] = random.pick(
    family === 'ip'
      ? [
          ['10.10.100.1', '10.10.100.207'],
          ['192.168.1.10', '192.168.3.10'],
          ['10.96.0.1', '10.96.0.9'],
        ]
      : [
          ['fd00:10:10:100::1', 'fd00:10:10:100::207'],
          ['fd00:192:168:1::10', 'fd00:192:168:3::10'],
          ['fd00:10:96::1', 'fd00:10:96::9'],
        ],
  );
  return `${maybeNot(random)}--${random.pick(['src', 'dst'])}-range ${low}-${high}`;
}

function physdev(site: Site): string {
  const { random } = site;
  const inside = [`--physdev-in ${random.pick(['veth1', 'veth2', 'veth+'])}`, '--physdev-is-in'];
  const outside = only(site, 'forward', 'postrouting')
    ? [`--physdev-is-bridged --physdev-out ${random.pick(['veth1', 'veth2'])}`, '--physdev-is-bridged']
    : [];
  const choice = random.pick([...inside, ...outside]);
  return `${choice.includes(' --') ? '' : maybeNot(random)}${choice}`;
}

function u32({ random, family }: Site): string {
  const tests =
    family === 'ip'
      ? [
          '6&0xFF=6',
          '6&0xFF=1,17',
          '0>>22&0x3C@0>>16=4000:41000',
          '0>>22&0x3C@0&0xFFFF=80,8080',
          '12=0x0a0a64c5',
          '0&0xFFFF=20:60',
          '5&0xFF=64 && 6&0xFF=17',
        ]
      : ['3&0xFF=6', '3&0xFF=17,58', '40>>16=4000:41000', '40&0xFFFF=80,8080', '4&0xFF=64', '0>>28=6 && 3&0xFF=17'];
  return `${maybeNot(random)}--u32 "${random.pick(tests)}"`;
}

function string({ random }: Site): string {
  const what = random.pick(['hello', 'GET', 'chainwalk', 'abcABC', 'CWQ1']);
  const where = random.chance(0.3) ? ` --from ${random.pick([0, 20, 28, 48])} --to ${random.pick([60, 80, 200])}` : '';
  const pattern = random.chance(0.3)
    ? `${maybeNot(random)}--hex-string "|${Buffer.from(what).toString('hex')}|"`
    : `${maybeNot(random)}--string "${what}"`;
  return `${pattern} --algo ${random.pick(['bm', 'kmp'])}${where}${random.chance(0.2) ? ' --icase' : ''}`;
}

function recent({ random }: Site): string {
  const side = random.pick(['--rsource', '--rdest']);
  const name = `--name ${random.pick(['seen1', 'seen2'])}`;
  return random.weighted([
    [3, `--set ${name} ${side}`],
    [3, `${maybeNot(random)}--rcheck ${name} ${side}`],
    [2, `--update --hitcount ${random.integer(1, 4)} ${name} ${side}`],
    [1, `--remove ${name} ${side}`],
  ]);
}

function setMatch(sets: readonly GeneratedSet[]) {
  return ({ random, family }: Site): string => {
    const set = random.pick(sets.filter(one => one.family === family));
    const flags = Array.from({ length: set.dimensions }, () => random.pick(['src', 'dst'])).join(',');
    const more = set.type.startsWith('hash:net') && random.chance(0.1) ? ' --return-nomatch' : '';
    return `${maybeNot(random)}--match-set ${set.name} ${flags}${more}`;
  };
}

const ICMP = ['echo-request', 'echo-reply', '3', '3/3', '11', 'any', '8/0', '13'];
const ICMP6 = ['echo-request', 'echo-reply', '1', '1/4', '3', '128/0', '2'];
const FLAGS = [
  'SYN,RST,ACK,FIN SYN',
  'SYN,RST SYN',
  'ALL NONE',
  'ACK ACK',
  'FIN,RST FIN',
  'SYN,ACK SYN,ACK',
  'RST RST',
  'ALL SYN,ACK',
];

/** Ports, flags and types of the rule's own protocol. */
function ofProtocol(site: Site, protocol: RuleProtocol | undefined): string {
  const { random } = site;
  const port = () => `${maybeNot(random)}--${random.pick(['sport', 'dport'])} ${range(random, PORTS)}`;
  switch (protocol) {
    case 'tcp':
      return random.weighted<() => string>([
        [4, port],
        [2, () => `${maybeNot(random)}--tcp-flags ${random.pick(FLAGS)}`],
        [1, () => `${maybeNot(random)}--tcp-option ${random.pick([2, 4, 8])}`],
        [1, () => `${maybeNot(random)}--syn`],
      ])();
    case 'icmp':
      return `${maybeNot(random)}--icmp-type ${random.pick(ICMP)}`;
    case 'icmpv6':
      return `${maybeNot(random)}--icmpv6-type ${random.pick(ICMP6)}`;
    case 'sctp':
      return random.chance(0.6)
        ? port()
        : `${maybeNot(random)}--chunk-types ${random.pick(['any', 'all', 'only'])} ${random.pick(['INIT', 'DATA', 'INIT,DATA', 'SHUTDOWN'])}`;
    case 'esp':
      return `${maybeNot(random)}--espspi ${range(random, [1, 5, 100])}`;
    case 'ah':
      return `${maybeNot(random)}--ahspi ${range(random, [1, 5, 100])}`;
    default:
      return port();
  }
}

/** Names that `matchOfProtocol` gives. */
export const PROTOCOL_MATCHES = ['tcp', 'udp', 'icmp', 'icmp6', 'sctp', 'esp', 'ah'] as const;

export const matchOfProtocol = (site: Site, protocol: RuleProtocol): Part => ({
  name: protocol === 'icmpv6' ? 'icmp6' : protocol,
  text: ofProtocol(site, protocol),
});

/** All matches beside those of a protocol, for a ruleset with these sets. */
export const matchMakers = (sets: readonly GeneratedSet[]): readonly MatchMaker[] => [
  { name: 'mark', weight: 6, make: ({ random }) => `${maybeNot(random)}--mark ${masked(random, MARKS)}` },
  { name: 'connmark', weight: 4, make: ({ random }) => `${maybeNot(random)}--mark ${masked(random, MARKS)}` },
  { name: 'conntrack', weight: 8, make: conntrack },
  {
    name: 'state',
    weight: 2,
    make: ({ random }) => `${maybeNot(random)}--state ${random.some(STATES, 1, 3).join(',')}`,
  },
  { name: 'addrtype', weight: 5, make: addrtype },
  { name: 'multiport', weight: 4, when: (_, protocol) => ports(protocol), make: multiport },
  { name: 'iprange', weight: 3, make: iprange },
  { name: 'set', weight: 6, make: setMatch(sets) },
  {
    name: 'length',
    weight: 2,
    make: ({ random }) => `${maybeNot(random)}--length ${range(random, [28, 36, 40, 48, 60, 80, 100, 200])}`,
  },
  {
    name: 'ttl',
    weight: 2,
    when: site => site.family === 'ip',
    make: ({ random }) => compared(random, 'ttl'),
  },
  {
    name: 'hl',
    weight: 2,
    when: site => site.family === 'ip6',
    make: ({ random }) => compared(random, 'hl'),
  },
  { name: 'dscp', weight: 2, make: ({ random }) => `${maybeNot(random)}--dscp ${hex(random.pick(TOSES) >> 2)}` },
  {
    name: 'tos',
    weight: 2,
    make: ({ random }) => `${maybeNot(random)}--tos ${hex(random.pick(TOSES))}/${hex(random.pick([0xff, 0xfc, 0x10]))}`,
  },
  {
    name: 'tcpmss',
    weight: 2,
    when: (_, protocol) => protocol === 'tcp',
    make: ({ random }) => `${maybeNot(random)}--mss ${range(random, MSSES)}`,
  },
  {
    name: 'statistic',
    weight: 3,
    make: ({ random }) => {
      const every = random.integer(2, 4);
      return random.chance(0.1)
        ? `--mode random ${maybeNot(random, 0.2)}--probability ${random.pick([0.25, 0.5])}`
        : `--mode nth ${maybeNot(random, 0.15)}--every ${every} --packet ${random.integer(0, every - 1)}`;
    },
  },
  {
    name: 'pkttype',
    weight: 2,
    make: ({ random }) => `${maybeNot(random)}--pkt-type ${random.pick(['unicast', 'broadcast', 'multicast'])}`,
  },
  { name: 'physdev', weight: 3, when: site => !site.hooks.includes('output'), make: physdev },
  {
    name: 'owner',
    weight: 6,
    when: site => only(site, 'output', 'postrouting'),
    make: ({ random }) =>
      random.weighted([
        [4, `${maybeNot(random)}--uid-owner ${random.pick([...UIDS, '1000-1001'])}`],
        [2, `${maybeNot(random)}--gid-owner ${random.pick(UIDS)}`],
        [1, `${maybeNot(random)}--socket-exists`],
      ]),
  },
  {
    name: 'rpfilter',
    weight: 6,
    when: site => only(site, 'prerouting') && (site.table === 'raw' || site.table === 'mangle'),
    make: ({ random }) => random.some(['--loose', '--validmark', '--accept-local', '--invert'], 0, 2).join(' '),
  },
  {
    name: 'socket',
    weight: 4,
    when: site => only(site, 'prerouting', 'input'),
    make: ({ random }) => random.some(['--transparent', '--nowildcard', '--restore-skmark'], 0, 1).join(' '),
  },
  {
    name: 'comment',
    weight: 2,
    make: ({ random }) => `--comment "${random.pick(['plain', 'two words', "it's", 'a,b:c', '100%'])}"`,
  },
  { name: 'u32', weight: 2, make: u32 },
  { name: 'string', weight: 3, make: string },
  {
    name: 'mac',
    weight: 2,
    when: site => only(site, 'prerouting', 'input', 'forward'),
    make: ({ random }) =>
      `${maybeNot(random)}--mac-source ${random.pick(['02:00:00:00:00:c5', '02:00:00:00:00:01', '02:03:01:00:00:0a', '02:00:00:01:00:09'])}`,
  },
  { name: 'ecn', weight: 1, make: ({ random }) => `${maybeNot(random)}--ecn-ip-ect ${random.integer(0, 3)}` },
  { name: 'devgroup', weight: 1, when: site => groupSides(site).length > 0, make: devgroup },
  { name: 'recent', weight: 2, make: recent },
  { name: 'quota', weight: 1, make: ({ random }) => `${maybeNot(random)}--quota ${random.pick([100, 500, 2000])}` },
];

const groupSides = (site: Site): string[] => [
  ...(only(site, 'prerouting', 'input', 'forward') ? ['src'] : []),
  ...(only(site, 'forward', 'output', 'postrouting') ? ['dst'] : []),
];

const compared = (random: Random, name: string): string => {
  const how = random.weighted([
    [2, `${maybeNot(random)}--${name}-eq`],
    [1, `--${name}-lt`],
    [1, `--${name}-gt`],
  ]);
  return `${how} ${random.pick(TTLS)}`;
};

function devgroup(site: Site): string {
  const { random } = site;
  return `${maybeNot(random)}--${random.pick(groupSides(site))}-group ${random.pick(['0x0', '0x5'])}`;
}

/** Addresses and interfaces. */
export function headerOptions(site: Site): string[] {
  const { random, family } = site;
  const options: string[] = [];
  if (random.chance(0.2)) options.push(`${maybeNot(random)}-s ${addressOrPrefix(random, family)}`);
  if (random.chance(0.25))
    options.push(
      `${maybeNot(random)}-d ${random.chance(0.5) ? anyAddress(random, family) : addressOrPrefix(random, family)}`,
    );
  const mayIn = site.base ? only(site, 'prerouting', 'input', 'forward') : true;
  const mayOut = site.base ? only(site, 'forward', 'output', 'postrouting') : true;
  if (mayIn && random.chance(0.12)) options.push(`${maybeNot(random)}-i ${random.pick(INTERFACES)}`);
  if (mayOut && random.chance(0.12)) options.push(`${maybeNot(random)}-o ${random.pick(INTERFACES)}`);
  return options;
}
