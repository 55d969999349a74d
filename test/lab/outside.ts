import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Namespace } from '../../src/model/namespace.ts';
import { readNamespace, readSnapshot } from '../../src/read/snapshot.ts';
import type { LabDocument } from './document.ts';
import { filesUnder } from './state.ts';

/** Link layer addresses of the lab's hosts (labtopo.py). */
export const MACS: ReadonlyMap<string, string> = new Map([
  ['n1', '02:00:00:00:00:cf'],
  ['n2', '02:00:00:00:00:d0'],
  ['n3', '02:00:00:00:00:d1'],
  ['c1', '02:00:00:00:00:c5'],
  ['gw', '02:00:00:00:00:01'],
  ['c2', '02:00:00:7f:00:32'],
]);

/** Addresses of the lab's clients. */
export const CLIENTS: ReadonlyMap<string, string> = new Map([
  ['c1', '10.10.100.197'],
  ['c2', '192.168.127.50'],
]);

/** Device, link layer address, addresses. */
type Link = readonly [device: string, mac: string, ...addresses: readonly string[]];

const HOSTS: ReadonlyMap<string, { readonly links: readonly Link[]; readonly routes: string }> = new Map([
  [
    'c1',
    {
      links: [['eth0', '02:00:00:00:00:c5', '10.10.100.197/24', 'fd00:10:10:100::197/64', 'fe80::ff:fe00:c5/64']],
      routes: `default via 10.10.100.1 dev eth0
10.10.100.0/24 dev eth0 proto kernel scope link src 10.10.100.197
10.96.0.0/12 via 10.10.100.207 dev eth0
192.168.1.0/24 via 10.10.100.207 dev eth0
203.0.113.0/24 via 10.10.100.208 dev eth0
2001:db8:127::/64 via fd00:10:10:100::1 dev eth0 metric 1024 pref medium
2001:db8::/32 via fd00:10:10:100::208 dev eth0 metric 1024 pref medium
fd00:10:10:100::/64 dev eth0 proto kernel metric 256 pref medium
fd00:10:96::/108 via fd00:10:10:100::207 dev eth0 metric 1024 pref medium
fd00:192:168:1::/64 via fd00:10:10:100::207 dev eth0 metric 1024 pref medium
fe80::/64 dev eth0 proto kernel metric 256 pref medium
default via fd00:10:10:100::1 dev eth0 metric 1024 pref medium
`,
    },
  ],
  [
    'gw',
    {
      links: [
        ['eth0', '02:00:00:00:00:01', '10.10.100.1/24', 'fd00:10:10:100::1/64', 'fe80::ff:fe00:1/64'],
        [
          'eth1',
          '02:00:00:7f:00:01',
          '192.168.127.1/24',
          'fd00:192:168:127::1/64',
          '2001:db8:127::1/64',
          'fe80::ff:fe7f:1/64',
        ],
      ],
      routes: `10.10.100.0/24 dev eth0 proto kernel scope link src 10.10.100.1
10.96.0.0/12 via 10.10.100.208 dev eth0
192.168.127.0/24 dev eth1 proto kernel scope link src 192.168.127.1
203.0.113.0/24 via 10.10.100.209 dev eth0
2001:db8:127::/64 dev eth1 proto kernel metric 256 pref medium
2001:db8::/32 via fd00:10:10:100::209 dev eth0 metric 1024 pref medium
fd00:10:10:100::/64 dev eth0 proto kernel metric 256 pref medium
fd00:10:96::/108 via fd00:10:10:100::208 dev eth0 metric 1024 pref medium
fd00:192:168:127::/64 dev eth1 proto kernel metric 256 pref medium
`,
    },
  ],
  [
    'c2',
    {
      links: [
        [
          'eth0',
          '02:00:00:7f:00:32',
          '192.168.127.50/24',
          'fd00:192:168:127::50/64',
          '2001:db8:127::50/64',
          'fe80::ff:fe7f:32/64',
        ],
      ],
      routes: `default via 192.168.127.1 dev eth0
192.168.127.0/24 dev eth0 proto kernel scope link src 192.168.127.50
2001:db8:127::/64 dev eth0 proto kernel metric 256 pref medium
fd00:192:168:127::/64 dev eth0 proto kernel metric 256 pref medium
default via fd00:192:168:127::1 dev eth0 metric 1024 pref medium
`,
    },
  ],
]);

const SYSCTLS = `net.ipv4.ip_forward = 1
net.ipv4.conf.all.rp_filter = 0
net.ipv4.conf.default.rp_filter = 0
net.ipv4.conf.eth0.rp_filter = 0
net.ipv4.conf.eth1.rp_filter = 0
net.ipv4.conf.all.send_redirects = 0
net.ipv6.conf.all.forwarding = 1
`;

/**
 * The clients and the gateway: as they were captured, else as labtopo.py builds them. Of a capture their neighbours were
 * taken after the journeys; an address nobody outside had asked for is the leader's that the topology names.
 */
export function outsideOf(document: LabDocument, path: string): readonly Namespace[] {
  const folder = join(dirname(path), 'outside');
  const files = filesUnder(folder).map(({ path: name, text }) => ({ path: `outside/${name}`, text }));
  const captured = existsSync(folder) ? readSnapshot(files).outside : new Map<string, Namespace>();
  return [...HOSTS].map(([name, { links, routes }]) => {
    const known = captured.get(name);
    if (known) return known;
    return readNamespace(name, [
      { path: `outside/${name}/ip-addr.txt`, text: links.map(addressText).join('') },
      { path: `outside/${name}/ip-route.txt`, text: routes },
      { path: `outside/${name}/ip-neigh.txt`, text: neighbourText(document, name) },
      { path: `outside/${name}/sysctl.txt`, text: SYSCTLS },
    ]);
  });
}

function addressText([device, mac, ...addresses]: Link, index: number): string {
  const lines = addresses.map(address => {
    const scope = address.startsWith('fe80') ? 'link' : 'global';
    return `    inet${address.includes(':') ? '6' : ''} ${address} scope ${scope}${address.includes(':') ? '' : ` ${device}`}\n`;
  });
  return `${index + 2}: ${device}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether ${mac} brd ff:ff:ff:ff:ff:ff
${lines.join('')}`;
}

function neighbourText({ topology }: LabDocument, host: string): string {
  if (host === 'c2') return '192.168.127.1 dev eth0 lladdr 02:00:00:7f:00:01 REACHABLE\n';
  const answering = [...topology.nodes].map(([key, address]) => [address, key.split(' ')[0] ?? ''] as const);
  return [...topology.leaders, ...answering]
    .map(([address, node]) => `${address} dev eth0 lladdr ${MACS.get(node)} REACHABLE\n`)
    .join('');
}

/** What names addresses: the API's lists beside the document, else pods as the topology has them. */
export function objectsOf({ topology }: LabDocument, path: string): readonly unknown[] {
  const folder = join(dirname(path), 'cluster');
  if (existsSync(folder))
    return filesUnder(folder)
      .filter(file => file.path.endsWith('.json'))
      .map(file => JSON.parse(readFileSync(join(folder, file.path), 'utf8')));
  const pods = new Map<string, string[]>();
  for (const [key, address] of topology.pods) {
    const [name = ''] = key.split(' ');
    pods.set(name, [...(pods.get(name) ?? []), address]);
  }
  const items = [...pods].map(([name, addresses]) => ({
    metadata: { name, namespace: 'default' },
    spec: { nodeName: name.slice(0, 2) },
    status: { podIPs: addresses.map(ip => ({ ip })) },
  }));
  return [{ kind: 'PodList', items }];
}
