/** Options of the matches that need more than a line to draw them. */
import type { Random } from './random.ts';
import type { GeneratedSet } from './sets.ts';
import {
  addressOrPrefix,
  maybeNot,
  only,
  type Part,
  PORTS,
  type RuleProtocol,
  range,
  type Site,
  TTLS,
} from './words.ts';

export const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const;
export const ports = (protocol: RuleProtocol | undefined): boolean =>
  protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp' || protocol === 'udplite';

export function conntrack(site: Site): string {
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

export function addrtype(site: Site): string {
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

export function multiport(site: Site): string {
  const { random } = site;
  const side = random.pick(['sports', 'dports', 'ports']);
  const list = [...new Set(random.some(PORTS, 1, 4))].map(p => (random.chance(0.2) ? `${p}:${p + 100}` : String(p)));
  return `${maybeNot(random)}--${side} ${list.join(',')}`;
}

export function iprange({ random, family }: Site): string {
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

export function physdev(site: Site): string {
  const { random } = site;
  const inside = [`--physdev-in ${random.pick(['veth1', 'veth2', 'veth+'])}`, '--physdev-is-in'];
  const outside = only(site, 'forward', 'postrouting')
    ? [`--physdev-is-bridged --physdev-out ${random.pick(['veth1', 'veth2'])}`, '--physdev-is-bridged']
    : [];
  const choice = random.pick([...inside, ...outside]);
  return `${choice.includes(' --') ? '' : maybeNot(random)}${choice}`;
}

export function u32({ random, family }: Site): string {
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

export function string({ random }: Site): string {
  const what = random.pick(['hello', 'GET', 'chainwalk', 'abcABC', 'CWQ1']);
  const where = random.chance(0.3) ? ` --from ${random.pick([0, 20, 28, 48])} --to ${random.pick([60, 80, 200])}` : '';
  const pattern = random.chance(0.3)
    ? `${maybeNot(random)}--hex-string "|${Buffer.from(what).toString('hex')}|"`
    : `${maybeNot(random)}--string "${what}"`;
  return `${pattern} --algo ${random.pick(['bm', 'kmp'])}${where}${random.chance(0.2) ? ' --icase' : ''}`;
}

export function recent({ random }: Site): string {
  const side = random.pick(['--rsource', '--rdest']);
  const name = `--name ${random.pick(['seen1', 'seen2'])}`;
  return random.weighted([
    [3, `--set ${name} ${side}`],
    [3, `${maybeNot(random)}--rcheck ${name} ${side}`],
    [2, `--update --hitcount ${random.integer(1, 4)} ${name} ${side}`],
    [1, `--remove ${name} ${side}`],
  ]);
}

export function setMatch(sets: readonly GeneratedSet[]) {
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

export const groupSides = (site: Site): string[] => [
  ...(only(site, 'prerouting', 'input', 'forward') ? ['src'] : []),
  ...(only(site, 'forward', 'output', 'postrouting') ? ['dst'] : []),
];

export const compared = (random: Random, name: string): string => {
  const how = random.weighted([
    [2, `${maybeNot(random)}--${name}-eq`],
    [1, `--${name}-lt`],
    [1, `--${name}-gt`],
  ]);
  return `${how} ${random.pick(TTLS)}`;
};

export function devgroup(site: Site): string {
  const { random } = site;
  return `${maybeNot(random)}--${random.pick(groupSides(site))}-group ${random.pick(['0x0', '0x5'])}`;
}
