import { dynamicSet } from './sets.ts';
import {
  anyAddress,
  hex,
  MARKS,
  masked,
  only,
  PORTS,
  placeAddresses,
  type RuleProtocol,
  type Site,
  TOSES,
  TTLS,
} from './words.ts';

/** A target that the generator can make; what it needs of the rule is in `when`. `ends`: nothing after it is reached. */
export interface TargetMaker {
  readonly name: string;
  readonly weight: number;
  readonly ends?: boolean;
  readonly when?: (site: Site, protocol: RuleProtocol | undefined) => boolean;
  readonly make: (site: Site, protocol: RuleProtocol | undefined) => string;
}

const withPorts = (protocol: RuleProtocol | undefined): boolean =>
  protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp';
const nat = (site: Site): boolean => site.table === 'nat';
const mangle = (site: Site): boolean => site.table === 'mangle';

const endpoint = ({ family }: Site, address: string, port: string): string =>
  family === 'ip6' && port ? `[${address}]${port}` : `${address}${port}`;

function natPort(site: Site, protocol: RuleProtocol | undefined): string {
  const { random } = site;
  if (!withPorts(protocol) || random.chance(0.5)) return '';
  const port = random.pick(PORTS);
  return random.chance(0.3) ? `:${port}-${port + random.pick([1, 2, 3, 20, 200])}` : `:${port}`;
}

/** A range of ports may be one for another, port by port. */
const shifted = ({ random }: Site, ports: string): string =>
  ports.includes('-') && random.chance(0.3) ? `${ports}/${random.pick(PORTS)}` : ports;

/** How an address or a port is picked; with chance the judge takes what the kernel took. */
const picking = ({ random }: Site, ...kinds: readonly string[]): string =>
  random.chance(0.15) ? ` --${random.pick(kinds)}` : '';

function destination(site: Site, protocol: RuleProtocol | undefined): string {
  const { random, family } = site;
  const address = random.chance(0.8) ? random.pick(placeAddresses(family)) : anyAddress(random, family);
  const spans =
    family === 'ip'
      ? ['192.168.1.10-192.168.1.12', '10.200.0.1-10.200.255.254', '192.168.3.10-192.168.3.11']
      : [
          'fd00:192:168:1::10-fd00:192:168:1::12',
          'fd00:10:200:1::-fd00:10:200:7::9',
          'fd00:192:168:3::10-fd00:192:168:3::11',
        ];
  const to = random.chance(0.2) ? random.pick(spans) : address;
  const ports = shifted(site, natPort(site, protocol));
  return `--to-destination ${endpoint(site, to, ports)}${picking(site, 'persistent', 'persistent', 'random')}`;
}

function source(site: Site, protocol: RuleProtocol | undefined): string {
  const { random, family } = site;
  const own =
    family === 'ip'
      ? ['10.10.100.207', '10.10.100.208', '192.168.1.1', '203.0.113.77', '203.0.113.70-203.0.113.79']
      : [
          'fd00:10:10:100::207',
          'fd00:10:10:100::208',
          'fd00:192:168:1::1',
          '2001:db8::77',
          '2001:db8::70-2001:db8:0:2::79',
        ];
  const to = endpoint(site, random.pick(own), natPort(site, protocol));
  return `--to-source ${to}${picking(site, 'persistent', 'random', 'random-fully')}`;
}

function netmap({ random, family }: Site): string {
  return `--to ${random.pick(family === 'ip' ? ['192.168.1.0/24', '10.10.100.0/24', '10.200.7.0/24'] : ['fd00:192:168:1::/64', 'fd00:10:10:100::/64', 'fd00:10:200:7::/64'])}`;
}

function connmark({ random }: Site): string {
  return random.weighted([
    [3, `--set-xmark ${masked(random, MARKS)}`],
    [2, `--set-mark ${masked(random, MARKS)}`],
    [3, '--save-mark'],
    [3, '--restore-mark'],
    [1, `--save-mark --nfmask ${hex(random.pick([0xff, 0xf0ff]))} --ctmask ${hex(random.pick([0xff, 0xffff]))}`],
    [1, `--restore-mark --nfmask ${hex(random.pick([0xff, 0xf0ff]))} --ctmask ${hex(random.pick([0xff, 0xffff]))}`],
    [1, `--${random.pick(['or', 'and', 'xor'])}-mark ${hex(random.pick(MARKS))}`],
  ]);
}

const mark = ({ random }: Site): string =>
  random.weighted([
    [3, `--set-xmark ${masked(random, MARKS)}`],
    [2, `--set-mark ${masked(random, MARKS)}`],
    [2, `--${random.pick(['or', 'and', 'xor'])}-mark ${hex(random.pick(MARKS))}`],
  ]);

function reject(site: Site, protocol: RuleProtocol | undefined): string {
  const { random, family } = site;
  const kinds =
    family === 'ip'
      ? [
          'icmp-port-unreachable',
          'icmp-host-unreachable',
          'icmp-net-unreachable',
          'icmp-proto-unreachable',
          'icmp-net-prohibited',
          'icmp-host-prohibited',
          'icmp-admin-prohibited',
        ]
      : [
          'icmp6-no-route',
          'icmp6-adm-prohibited',
          'icmp6-addr-unreachable',
          'icmp6-port-unreachable',
          'icmp6-policy-fail',
        ];
  if (protocol === 'tcp' && random.chance(0.5)) return '--reject-with tcp-reset';
  return random.chance(0.3) ? '' : `--reject-with ${random.pick(kinds)}`;
}

const zone = ({ random }: Site): string =>
  `--${random.pick(['zone', 'zone', 'zone-orig', 'zone-reply'])} ${random.integer(1, 3)}`;

function hopLimit({ random, family }: Site): string {
  const name = family === 'ip' ? 'ttl' : 'hl';
  return random.pick([
    `--${name}-set ${random.pick(TTLS)}`,
    `--${name}-inc ${random.integer(1, 3)}`,
    `--${name}-dec ${random.integer(1, 3)}`,
  ]);
}

/** Plain verdicts are made with the rule; these are the targets with options. */
export const TARGETS: readonly TargetMaker[] = [
  { name: 'ACCEPT', weight: 5, ends: true, make: () => '' },
  { name: 'DROP', weight: 2, ends: true, when: site => site.table !== 'nat', make: () => '' },
  { name: 'RETURN', weight: 3, ends: true, make: () => '' },
  { name: 'MARK', weight: 7, make: mark },
  { name: 'CONNMARK', weight: 5, make: connmark },
  { name: 'REJECT', weight: 6, ends: true, when: site => site.table === 'filter', make: reject },
  {
    name: 'DNAT',
    weight: 12,
    ends: true,
    when: site => nat(site) && only(site, 'prerouting', 'output'),
    make: destination,
  },
  { name: 'SNAT', weight: 8, ends: true, when: site => nat(site) && only(site, 'postrouting', 'input'), make: source },
  {
    name: 'MASQUERADE',
    weight: 6,
    ends: true,
    when: site => nat(site) && only(site, 'postrouting'),
    make: (site, protocol) => {
      const { random } = site;
      const ports = withPorts(protocol) && random.chance(0.3) ? `--to-ports 42000-${random.pick([42001, 42010])}` : '';
      return `${ports}${picking(site, 'random', 'random-fully')}`.trim();
    },
  },
  {
    name: 'REDIRECT',
    weight: 4,
    ends: true,
    when: site => nat(site) && only(site, 'prerouting', 'output'),
    make: (site, protocol) => {
      const { random } = site;
      if (!withPorts(protocol) || random.chance(0.3)) return '';
      const port = random.pick(PORTS);
      return `--to-ports ${port}${random.chance(0.3) ? `-${port + random.integer(1, 3)}` : ''}${picking(site, 'random')}`;
    },
  },
  { name: 'NETMAP', weight: 3, ends: true, when: site => nat(site), make: netmap },
  { name: 'NOTRACK', weight: 2, when: site => site.table === 'raw', make: () => '' },
  {
    name: 'CT',
    weight: 4,
    when: site => site.table === 'raw',
    make: site => (site.random.chance(0.4) ? '--notrack' : zone(site)),
  },
  { name: 'LOG', weight: 1, make: ({ random }) => `--log-prefix "${random.pick(['a', 'two words '])}"` },
  { name: 'NFLOG', weight: 1, make: ({ random }) => `--nflog-group ${random.integer(3, 9)}` },
  {
    name: 'CLASSIFY',
    weight: 1,
    when: site => mangle(site) && only(site, 'output', 'forward', 'postrouting'),
    make: () => '--set-class 1:2',
  },
  { name: 'TTL', weight: 3, when: site => mangle(site) && site.family === 'ip', make: hopLimit },
  { name: 'HL', weight: 3, when: site => mangle(site) && site.family === 'ip6', make: hopLimit },
  {
    name: 'TOS',
    weight: 3,
    when: mangle,
    make: ({ random }) => `--set-tos ${hex(random.pick(TOSES))}/${hex(random.pick([0xff, 0xfc]))}`,
  },
  { name: 'DSCP', weight: 3, when: mangle, make: ({ random }) => `--set-dscp ${hex(random.pick(TOSES) >> 2)}` },
  {
    name: 'TCPMSS',
    weight: 14,
    when: (site, protocol) => mangle(site) && protocol === 'tcp' && only(site, 'forward', 'output', 'postrouting'),
    // --clamp-mss-to-pmtu: the walk knows no MTU of routes, and says so.
    make: ({ random }) => `--set-mss ${random.pick([500, 1000, 1300])}`,
  },
  {
    name: 'SET',
    weight: 1,
    make: ({ random, family }) =>
      `--${random.pick(['add', 'del'])}-set ${dynamicSet(family)} ${random.pick(['src', 'dst'])}`,
  },
  {
    name: 'NFQUEUE',
    weight: 1,
    ends: true,
    when: site => site.table !== 'nat',
    make: ({ random }) => `--queue-num 7${random.chance(0.7) ? ' --queue-bypass' : ''}`,
  },
  {
    name: 'TPROXY',
    weight: 4,
    ends: true,
    when: (site, protocol) => mangle(site) && only(site, 'prerouting') && (protocol === 'udp' || protocol === 'tcp'),
    make: () => '--on-port 9999 --tproxy-mark 0x1/0x1',
  },
  { name: 'TRACE', weight: 1, when: site => site.table === 'raw', make: () => '' },
  {
    name: 'CHECKSUM',
    weight: 14,
    when: (site, protocol) => mangle(site) && protocol === 'udp' && only(site, 'postrouting'),
    make: () => '--checksum-fill',
  },
];
