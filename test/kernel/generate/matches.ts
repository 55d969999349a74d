import {
  addrtype,
  compared,
  conntrack,
  devgroup,
  groupSides,
  iprange,
  multiport,
  physdev,
  ports,
  recent,
  STATES,
  setMatch,
  string,
  u32,
} from './options.ts';
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
  type RuleProtocol,
  range,
  type Site,
  TOSES,
  UIDS,
} from './words.ts';

/** A match that the generator can make. `when` holds where the kernel takes it. */
export interface MatchMaker {
  readonly name: string;
  readonly weight: number;
  readonly when?: (site: Site, protocol: RuleProtocol | undefined) => boolean;
  readonly make: (site: Site, protocol: RuleProtocol | undefined) => string;
}

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
