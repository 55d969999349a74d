import type { Family } from '../../src/net/address.ts';

/** One step of building: a tool with its input, or sysctls to write. `@` stands for the prefix of namespace names. */
export interface BuildStep {
  readonly namespace?: string;
  readonly argv: readonly string[];
  readonly input?: string;
  readonly sysctls?: Readonly<Record<string, string | number>>;
}

/** A socket that listens on the node while packets are sent. */
export interface Server {
  readonly namespace: string;
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly transparent?: boolean;
}

/** A host outside the node: where its frames enter, and what it is called there. */
export interface Place {
  readonly name: string;
  /** Far end of the link to the node. */
  readonly device: string;
  /** What the node calls its own end, and the interface that IP sees. */
  readonly port: string;
  readonly interface: string;
  readonly mac: string;
  readonly nodeMac: string;
  readonly ip: string;
  readonly ip6: string;
}

const LAN = '02:00:00:00:00:cf';
const LAN2 = '02:00:00:01:00:cf';
const CNI = '02:01:01:00:00:01';
const CALI = ['02:02:03:00:00:01', '02:02:03:00:00:02'] as const;

/** Everyone who sends to the node or is sent to: clients, gateway, another node, bridged and routed pods. */
export const PLACES: readonly Place[] = [
  ['gateway', 'lan', 'eth0', 'eth0', '02:00:00:00:00:01', LAN, '10.10.100.1', 'fd00:10:10:100::1'],
  ['client', 'lan', 'eth0', 'eth0', '02:00:00:00:00:c5', LAN, '10.10.100.197', 'fd00:10:10:100::197'],
  ['node2', 'lan', 'eth0', 'eth0', '02:00:00:00:00:d1', LAN, '10.10.100.209', 'fd00:10:10:100::209'],
  ['far', 'lan', 'eth0', 'eth0', '02:00:00:00:00:01', LAN, '192.168.127.50', '2001:db8:127::50'],
  ['router2', 'lan2', 'eth1', 'eth1', '02:00:00:01:00:01', LAN2, '172.30.5.1', 'fd00:172:30:5::1'],
  ['host2', 'lan2', 'eth1', 'eth1', '02:00:00:01:00:09', LAN2, '172.30.5.9', 'fd00:172:30:5::9'],
  ['pod1', 'pod1', 'veth1', 'cni0', '02:03:01:00:00:0a', CNI, '192.168.1.10', 'fd00:192:168:1::10'],
  ['pod2', 'pod2', 'veth2', 'cni0', '02:03:01:00:00:0b', CNI, '192.168.1.11', 'fd00:192:168:1::11'],
  ['pod3', 'pod3', 'cali1', 'cali1', '02:03:03:00:00:0a', CALI[0], '192.168.3.10', 'fd00:192:168:3::10'],
  ['pod4', 'pod4', 'cali2', 'cali2', '02:03:03:00:00:0b', CALI[1], '192.168.3.11', 'fd00:192:168:3::11'],
].map(([name = '', device = '', port = '', iface = '', mac = '', nodeMac = '', ip = '', ip6 = '']) => ({
  name,
  device,
  port,
  interface: iface,
  mac,
  nodeMac,
  ip,
  ip6,
}));

/** Addresses that the node itself holds. */
export const OWN: Readonly<Record<Family, readonly string[]>> = {
  ip: ['10.10.100.207', '10.10.100.208', '172.30.5.2', '192.168.1.1', '127.0.0.1'],
  ip6: ['fd00:10:10:100::207', 'fd00:10:10:100::208', 'fd00:172:30:5::2', 'fd00:192:168:1::1', '::1'],
};

/** Ports on which the node listens, on every address of its own. */
export const LISTENING = { udp: [53, 5353, 30080], tcp: [22, 8080, 30081] } as const;
/** The port of a transparent socket, for `socket` and TPROXY. */
export const TRANSPARENT_PORT = 9999;

const MAC = {
  eth0: LAN,
  eth1: LAN2,
  cali1: CALI[0],
  cali2: CALI[1],
  veth1: '02:02:01:00:00:01',
  veth2: '02:02:01:00:00:02',
};
const LINKS: readonly (readonly [keyof typeof MAC, string])[] = [
  ['eth0', 'lan'],
  ['eth1', 'lan2'],
  ['veth1', 'pod1'],
  ['veth2', 'pod2'],
  ['cali1', 'pod3'],
  ['cali2', 'pod4'],
];

const NODE_SYSCTLS = {
  'net.ipv4.ip_forward': 1,
  'net.ipv4.conf.all.rp_filter': 0,
  'net.ipv4.conf.default.rp_filter': 0,
  'net.ipv4.conf.all.send_redirects': 0,
  'net.ipv4.conf.default.send_redirects': 0,
  'net.ipv4.conf.all.accept_redirects': 0,
  'net.ipv4.icmp_ratelimit': 0,
  'net.ipv4.icmp_msgs_per_sec': 10_000_000,
  'net.ipv4.icmp_msgs_burst': 10_000_000,
  'net.ipv6.icmp.ratelimit': 0,
  'net.ipv4.tcp_synack_retries': 0,
  'net.ipv4.tcp_invalid_ratelimit': 0,
  'net.ipv4.tcp_rmem': '4096 131072 33554432',
  'net.ipv6.conf.all.forwarding': 1,
  'net.ipv6.conf.default.forwarding': 1,
  'net.ipv6.conf.all.accept_dad': 0,
  'net.ipv6.conf.default.accept_dad': 0,
  'net.ipv6.conf.default.accept_ra': 0,
  'net.ipv6.conf.default.autoconf': 0,
  'net.ipv6.conf.default.router_solicitations': 0,
  'net.ipv6.conf.default.accept_redirects': 0,
  'net.ipv6.conf.default.addr_gen_mode': 1,
  'net.ipv6.conf.default.mldv1_unsolicited_report_interval': 100_000_000,
  'net.ipv6.conf.default.mldv2_unsolicited_report_interval': 100_000_000,
  'net.ipv4.igmp_link_local_mcast_reports': 0,
  'net.bridge.bridge-nf-call-iptables': 1,
  'net.bridge.bridge-nf-call-ip6tables': 1,
  'net.bridge.bridge-nf-call-arptables': 0,
};

const lines = (list: readonly string[]): string => list.map(line => `${line}\n`).join('');

function nodeLinks(): string {
  return lines([
    'link set lo up',
    `link add cni0 address ${CNI} type bridge mcast_snooping 0`,
    ...['veth1', 'veth2'].flatMap(port => [
      `link set ${port} master cni0`,
      `link set ${port} type bridge_slave learning off`,
    ]),
    'link set veth2 type bridge_slave hairpin on',
    ...[...LINKS.map(([near]) => near), 'cni0'].map(device => `link set ${device} up`),
    'link set eth1 group 5',
    'addr add 10.10.100.207/24 brd + dev eth0',
    'addr add 10.10.100.208/24 brd + dev eth0',
    'addr add 172.30.5.2/24 brd + dev eth1',
    'addr add 192.168.1.1/24 brd + dev cni0',
    'addr add fd00:10:10:100::208/64 dev eth0 nodad',
    'addr add fd00:10:10:100::207/64 dev eth0 nodad',
    'addr add fd00:172:30:5::2/64 dev eth1 nodad',
    'addr add fd00:192:168:1::1/64 dev cni0 nodad',
    'route add default via 10.10.100.1',
    'route add 192.168.2.0/24 via 10.10.100.209 dev eth0',
    'route add 192.168.3.10/32 dev cali1 scope link',
    'route add 192.168.3.11/32 dev cali2 scope link',
    'route add 10.200.0.0/16 via 172.30.5.1 dev eth1',
    'route add blackhole 10.66.1.0/24',
    'route add unreachable 10.66.2.0/24',
    'route add prohibit 10.66.3.0/24',
    'route add throw 10.66.4.0/24',
    'route add default via fd00:10:10:100::1',
    'route add fd00:192:168:2::/64 via fd00:10:10:100::209',
    'route add fd00:192:168:3::10/128 dev cali1',
    'route add fd00:192:168:3::11/128 dev cali2',
    'route add fd00:10:200::/48 via fd00:172:30:5::1',
    'route add blackhole fd00:66:1::/64',
    'route add unreachable fd00:66:2::/64',
    'route add prohibit fd00:66:3::/64',
    ...PLACES.filter(place => place.name !== 'far').flatMap(place =>
      [place.ip, place.ip6].map(
        address => `neigh add ${address} lladdr ${place.mac} dev ${place.interface} nud permanent`,
      ),
    ),
  ]);
}

const fdb = (): string =>
  lines(
    PLACES.filter(place => place.interface === 'cni0').map(
      place => `fdb add ${place.mac} dev ${place.port} master static`,
    ),
  );

/** Nobody answers ARP here: an address without an entry is unreachable at once, and silently. */
function deviceSysctls(): Record<string, number> {
  const devices = [...LINKS.map(([near]) => near), 'cni0'];
  return Object.fromEntries(
    devices.flatMap(device =>
      ['ipv4', 'ipv6'].flatMap(family =>
        ['mcast_solicit', 'ucast_solicit'].map(key => [`net.${family}.neigh.${device}.${key}`, 0] as const),
      ),
    ),
  );
}

const CUSTOM = ['rule @ fwmark 0x7777 lookup 77 pref 77', 'route @ local 198.51.100.77/32 dev lo table 77'];

/** The request that builds the node under test, and the far ends of its links in a namespace without a stack. */
export function buildRequest() {
  const steps: BuildStep[] = [
    { namespace: 'node', argv: [], sysctls: NODE_SYSCTLS },
    {
      namespace: 'far',
      argv: [],
      sysctls: { 'net.ipv6.conf.default.disable_ipv6': 1, 'net.ipv6.conf.all.disable_ipv6': 1 },
    },
    {
      argv: ['ip', '-b', '-'],
      input: lines(
        LINKS.map(
          ([near, far]) => `link add ${near} netns @node address ${MAC[near]} type veth peer name ${far} netns @far`,
        ),
      ),
    },
    { namespace: 'far', argv: ['ip', '-b', '-'], input: lines(LINKS.map(([, far]) => `link set ${far} up`)) },
    { namespace: 'node', argv: ['ip', '-b', '-'], input: nodeLinks() },
    // The kernel never forgets that it had a rule or a local route of somebody's: all rulesets shall find it so.
    { namespace: 'node', argv: ['ip', '-b', '-'], input: lines(CUSTOM.map(what => `${what.replace('@', 'add')}`)) },
    { namespace: 'node', argv: ['ip', '-b', '-'], input: lines(CUSTOM.map(what => `${what.replace('@', 'del')}`)) },
    { namespace: 'node', argv: [], sysctls: deviceSysctls() },
    { namespace: 'node', argv: ['bridge', '-b', '-'], input: fdb() },
  ];
  return {
    operation: 'build',
    namespaces: ['node', 'far'],
    observe: ['node'],
    far: 'far',
    steps,
    servers: servers(),
  } as const;
}

function servers(): Server[] {
  const every = ['0.0.0.0', '::'];
  const listening = (protocol: 'udp' | 'tcp') =>
    LISTENING[protocol].flatMap(port => every.map(address => ({ namespace: 'node', protocol, address, port })));
  const transparent = every.map(address => ({
    namespace: 'node',
    protocol: 'udp' as const,
    address,
    port: TRANSPARENT_PORT,
    transparent: true,
  }));
  return [...listening('udp'), ...listening('tcp'), ...transparent];
}
