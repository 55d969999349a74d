import { type Cluster, clusterOf } from '../../src/cluster/cluster.ts';
import { readSnapshot } from '../../src/read/snapshot.ts';
import { ECHO, SLICES } from './namespaces.ts';

/** What a host is made of: `ip addr` in short, and the outputs of other commands. */
export interface HostFiles {
  /** `eth0 02:00:00:00:00:09 10.0.0.9/24`; further words stand in the line of details (`vxlan id 1 ...`). */
  readonly links: readonly string[];
  readonly routes?: string;
  readonly neighbours?: string;
  readonly fdb?: string;
  readonly rules?: string;
  readonly sysctls?: string;
  readonly sockets?: string;
  readonly modules?: string;
  /** Any other, by its name. */
  readonly others?: Readonly<Record<string, string>>;
}

const FORWARDS = 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\n';

function filesOf(
  folder: string,
  { links, routes, neighbours, fdb, rules, sockets, modules, sysctls = '', others = {} }: HostFiles,
) {
  const lo = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n    link/loopback 00:00:00:00:00:00 promiscuity 0\n    inet 127.0.0.1/8 scope host lo\n`;
  const text = links.map((link, i) => {
    const [name = '', mac = '', address = '', ...detail] = link.split(' ');
    const [ip] = address.split('@');
    const master = address.includes('@') ? ` master ${address.split('@')[1]}` : '';
    return `${i + 2}: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500${master}
    link/ether ${mac} brd ff:ff:ff:ff:ff:ff promiscuity 0
${detail.length > 0 ? `    ${detail.join(' ')}\n` : ''}${ip === '-' ? '' : `    inet ${ip} scope global ${name}\n`}`;
  });
  const rp = links.map(link => `net.ipv4.conf.${link.split(' ')[0]?.replaceAll('.', '/')}.rp_filter = 0\n`).join('');
  return [
    { path: `${folder}/ip-addr.txt`, text: lo + text.join('') },
    { path: `${folder}/sysctl.txt`, text: FORWARDS + rp + sysctls },
    ...(routes === undefined ? [] : [{ path: `${folder}/ip-route.txt`, text: routes }]),
    ...(neighbours === undefined ? [] : [{ path: `${folder}/ip-neigh.txt`, text: neighbours }]),
    ...(fdb === undefined ? [] : [{ path: `${folder}/bridge-fdb.txt`, text: fdb }]),
    ...(modules === undefined ? [] : [{ path: `${folder}/proc-modules.txt`, text: modules }]),
    ...(sockets === undefined ? [] : [{ path: `${folder}/ss-tuane.txt`, text: sockets }]),
    ...Object.entries(others).map(([name, text]) => ({ path: `${folder}/${name}`, text })),
    ...(rules === undefined ? [] : [{ path: `${folder}/iptables-save.txt`, text: rules }]),
  ];
}

/** Clusters of hosts by their files: `n1` is a node, `n1/pods/net-1` a pod on it, any other name is of a host outside. */
export function lan(hosts: Readonly<Record<string, HostFiles>>, objects: readonly unknown[] = [SLICES]): Cluster {
  const files = Object.entries(hosts).flatMap(([name, host]) =>
    filesOf(`${/^n\d/.test(name) ? 'nodes' : 'outside'}/${name}`, host),
  );
  const { nodes, outside, pods, remarks } = readSnapshot(files);
  const inside = [...pods].flatMap(([node, group]) => [...group.values()].map(namespace => ({ node, namespace })));
  return clusterOf(nodes.values(), objects, remarks, { outside: outside.values(), pods: inside });
}

/** A service of two endpoints at a load balancer's address as well. */
export const BALANCED = ECHO.replace(
  '-A KUBE-SVC-E7KE6SYXUB7WWDMT !',
  '-A KUBE-SERVICES -d 10.0.0.240/32 -p udp -m comment --comment "default/echo:p loadbalancer IP" -m udp --dport 80 -j KUBE-SVC-E7KE6SYXUB7WWDMT\n-A KUBE-SVC-E7KE6SYXUB7WWDMT !',
).replace(
  '-A KUBE-SVC-E7KE6SYXUB7WWDMT -m comment',
  '-A KUBE-SVC-E7KE6SYXUB7WWDMT ! -s 192.168.0.0/18 -d 10.0.0.240/32 -j KUBE-MARK-MASQ\n-A KUBE-SVC-E7KE6SYXUB7WWDMT -m comment',
);

export const C1: HostFiles = {
  links: ['eth0 02:00:00:00:00:09 10.0.0.9/24'],
  routes: 'default via 10.0.0.1 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.9\n',
  neighbours: '10.0.0.240 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE\n',
};

export const GW: HostFiles = {
  links: ['eth0 02:00:00:00:00:01 10.0.0.1/24'],
  routes: '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n10.96.0.0/16 via 10.0.0.2 dev eth0\n',
};

export const nodeFiles = (number: 1 | 2, rules = BALANCED): HostFiles => {
  const other = number === 1 ? 2 : 1;
  const own = number === 1 ? '10.0.0.3' : '10.0.0.2';
  return {
    links: [
      `eth0 02:00:00:00:00:0${number === 1 ? 3 : 2} ${own}/24`,
      `cni0 02:01:00:00:00:0${number} 192.168.${number}.1/24 bridge`,
      `veth1 02:02:00:00:00:0${number} -@cni0 veth`,
    ],
    routes: `default via 10.0.0.1 dev eth0
10.0.0.0/24 dev eth0 proto kernel scope link src ${own}
192.168.${other}.0/24 via ${number === 1 ? '10.0.0.2' : '10.0.0.3'} dev eth0
192.168.${number}.0/24 dev cni0 proto kernel scope link src 192.168.${number}.1
`,
    neighbours: `192.168.${number}.10 dev cni0 lladdr 02:03:00:00:00:0${number} REACHABLE\n`,
    fdb: `02:03:00:00:00:0${number} dev veth1 master cni0\n`,
    rules,
    sysctls: 'net.bridge.bridge-nf-call-iptables = 1\n',
  };
};
