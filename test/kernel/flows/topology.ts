import { execFileSync } from 'node:child_process';

/** A network namespace of the flows' cluster, with one address of each family. */
export interface Place {
  readonly name: string;
  readonly kind: 'node' | 'pod' | 'outside';
  readonly ip: string;
  readonly ip6: string;
  /** The number of the node that it is, or runs on. */
  readonly node: number;
}

const NODES = [1, 2, 3];
const node = (n: number): Place => ({
  name: `n${n}`,
  kind: 'node',
  ip: `10.77.0.1${n}`,
  ip6: `fd77::1${n}`,
  node: n,
});
const pod = (n: number, p: number): Place => ({
  name: `n${n}p${p}`,
  kind: 'pod',
  ip: `10.244.${n}.${9 + p}`,
  ip6: `fd00:244:${n}::${9 + p}`,
  node: n,
});

export const PODS = NODES.flatMap(n => [pod(n, 1), pod(n, 2)]);
export const NODE_PLACES = NODES.map(node);
/** c1 is on the nodes' LAN, c2 behind the gateway. */
export const CLIENTS: readonly Place[] = [
  { name: 'c1', kind: 'outside', ip: '10.77.0.50', ip6: 'fd77::50', node: 0 },
  { name: 'c2', kind: 'outside', ip: '10.88.0.50', ip6: 'fd88::50', node: 0 },
];
export const GATEWAY: Place = { name: 'gw', kind: 'outside', ip: '10.77.0.1', ip6: 'fd77::1', node: 0 };
export const PLACES: readonly Place[] = [...NODE_PLACES, ...PODS, ...CLIENTS, GATEWAY];

export const CLUSTER_CIDR = { ip: '10.244.0.0/16', ip6: 'fd00:244::/32' } as const;

/** The node whose neighbour entry a load balancer's address has everywhere on the LAN. */
export const leaderOf = (address: string): number =>
  ((Number.parseInt(address.split(/[.:]/).at(-1) ?? '', 10) || 0) % 3) + 1;

const MAC = (n: number) => `02:77:00:00:00:1${n}`;
const general = (forwards: boolean) =>
  [
    'net.ipv4.conf.all.rp_filter=0',
    'net.ipv4.conf.default.rp_filter=0',
    'net.ipv4.icmp_ratelimit=0',
    'net.ipv6.icmp.ratelimit=0',
    'net.ipv6.conf.all.accept_dad=0',
    'net.ipv6.conf.default.accept_dad=0',
    'net.ipv6.conf.all.accept_ra=0',
    'net.ipv6.conf.default.accept_ra=0',
    'net.ipv4.conf.all.send_redirects=0',
    'net.ipv4.conf.default.send_redirects=0',
    'net.ipv4.conf.all.accept_redirects=0',
    'net.ipv6.conf.all.accept_redirects=0',
    'net.ipv6.conf.default.accept_redirects=0',
    `net.ipv4.ip_forward=${forwards ? 1 : 0}`,
    `net.ipv6.conf.all.forwarding=${forwards ? 1 : 0}`,
  ].join(' ');

/** The namespaces of the cluster, which is gone when it is closed. */
export class Topology {
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  space(name: string): string {
    return `${this.prefix}${name}`;
  }

  /** Runs a shell's commands in one of the namespaces. */
  run(name: string, commands: string, input?: string): string {
    return sh(['ip', 'netns', 'exec', this.space(name), 'sh', '-ec', commands], input);
  }

  /** `balanced`: addresses that the leaders answer for. */
  build(balanced: readonly string[]): void {
    this.close();
    for (const name of ['lan', ...PLACES.map(place => place.name)]) {
      sh(['ip', 'netns', 'add', this.space(name)]);
      const forwards = /^n\d$|^gw$/.test(name);
      this.run(
        name,
        `ip link set lo up; sysctl -qw ${general(forwards)}; sysctl -qw net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=100000 2>/dev/null || true`,
      );
    }
    this.run('lan', 'ip link add br0 type bridge mcast_snooping 0; ip link set br0 up');
    for (const place of NODE_PLACES) this.buildNode(place);
    for (const place of PODS) this.buildPod(place);
    this.plug('c1', 'eth0', '');
    this.plug('gw', 'eth0', '');
    this.run(
      'gw',
      `ip link add eth1 type veth peer name eth0 netns ${this.space('c2')}; ip link set eth1 up
      ip addr add 10.77.0.1/24 dev eth0; ip addr add fd77::1/64 dev eth0; ip addr add 10.88.0.1/24 dev eth1; ip addr add fd88::1/64 dev eth1
      ip route add 10.96.0.0/16 via 10.77.0.12; ip route add fd00:10:96::/112 via fd77::12
      ip route add 203.0.113.0/24 via 10.77.0.13; ip route add 2001:db8:113::/64 via fd77::13`,
    );
    this.run(
      'c1',
      `ip addr add 10.77.0.50/24 dev eth0; ip addr add fd77::50/64 dev eth0
      ip route add default via 10.77.0.1; ip route add default via fd77::1
      ip route add 10.96.0.0/16 via 10.77.0.11; ip route add fd00:10:96::/112 via fd77::11
      ip route add 203.0.113.0/24 via 10.77.0.12; ip route add 2001:db8:113::/64 via fd77::12`,
    );
    this.run(
      'c2',
      `ip link set eth0 up; ip addr add 10.88.0.50/24 dev eth0; ip addr add fd88::50/64 dev eth0
      ip route add default via 10.88.0.1; ip route add default via fd88::1`,
    );
    for (const place of [...NODE_PLACES, ...CLIENTS.slice(0, 1), GATEWAY]) {
      const foreign = balanced.filter(address => leaderOf(address) !== place.node);
      this.run(
        place.name,
        foreign.map(a => `ip neigh add ${a} lladdr ${MAC(leaderOf(a))} dev eth0 nud permanent`).join('\n'),
      );
    }
  }

  private plug(name: string, device: string, options: string): void {
    this.run(
      'lan',
      `ip link add p-${name} type veth peer name ${device} ${options} netns ${this.space(name)}; ip link set p-${name} master br0 up`,
    );
    this.run(name, `ip link set ${device} up`);
  }

  /** n1 and n2 have a bridge for their pods, n3 routes to each of them. */
  private buildNode({ name, ip, ip6, node: n }: Place): void {
    this.plug(name, 'eth0', `address ${MAC(n)}`);
    const others = NODE_PLACES.filter(other => other.node !== n);
    this.run(
      name,
      `sysctl -qw net.ipv4.conf.all.route_localnet=1 net.netfilter.nf_conntrack_udp_timeout=600
      sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
      ip addr add ${ip}/24 dev eth0; ip addr add ${ip6}/64 dev eth0
      ip route add default via 10.77.0.1; ip route add default via fd77::1
      ${others.map(o => `ip route add 10.244.${o.node}.0/24 via ${o.ip}; ip route add fd00:244:${o.node}::/64 via ${o.ip6}`).join('\n')}
      ${n === 3 ? '' : `ip link add cni0 type bridge mcast_snooping 0; ip addr add 10.244.${n}.1/24 dev cni0; ip link set cni0 up; ip addr add fd00:244:${n}::1/64 dev cni0`}`,
    );
  }

  private buildPod({ name, ip, ip6, node: n }: Place): void {
    const host = `${n === 3 ? 'cali' : 'veth'}${name}`;
    this.run(`n${n}`, `ip link add ${host} type veth peer name eth0 netns ${this.space(name)}; ip link set ${host} up`);
    if (n !== 3) {
      this.run(`n${n}`, `ip link set ${host} master cni0; ip link set ${host} type bridge_slave hairpin on`);
      this.run(
        name,
        `ip link set eth0 up; ip addr add ${ip}/24 dev eth0; ip addr add ${ip6}/64 dev eth0
        ip route add default via 10.244.${n}.1; ip route add default via fd00:244:${n}::1`,
      );
      return;
    }
    this.run(
      `n${n}`,
      `sysctl -qw net.ipv4.conf.${host}.proxy_arp=1 net.ipv4.neigh.${host}.proxy_delay=0
      ip addr add fe80::1/64 dev ${host}; ip route add ${ip}/32 dev ${host} scope link; ip route add ${ip6}/128 dev ${host}`,
    );
    this.run(
      name,
      `ip link set eth0 up; ip addr add ${ip}/32 dev eth0; ip addr add ${ip6}/128 dev eth0
      ip route add 169.254.1.1 dev eth0 scope link; ip route add default via 169.254.1.1 dev eth0
      ip route add default via fe80::1 dev eth0`,
    );
  }

  close(): void {
    const known = sh(['ip', 'netns', 'list'])
      .split('\n')
      .map(line => line.split(' ')[0] ?? '');
    for (const name of known.filter(name => name.startsWith(this.prefix))) sh(['ip', 'netns', 'del', name]);
  }
}

function sh([program = '', ...args]: readonly string[], input?: string): string {
  return execFileSync(program, args, { encoding: 'utf8', ...(input !== undefined && { input }) });
}
