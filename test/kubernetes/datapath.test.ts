import { describe, expect, it } from 'vitest';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint } from '../../src/cluster/request.ts';
import { exitCodeOf, trace } from '../../src/cluster/trace.ts';
import { explainServices } from '../../src/explain/services.ts';
import { readNamespace, type SnapshotFile } from '../../src/read/snapshot.ts';

const save = (table: string, lines: string): SnapshotFile => ({
  path: `${table}.iptables-save`,
  text: `*${table}\n${lines}COMMIT\n`,
});
const FILTER = ':INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n';
const NAT = ':PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n';
const addresses = (...more: readonly string[]): SnapshotFile => ({
  path: 'ip-addr.txt',
  text: ['lo 127.0.0.1/8', 'eth0 10.0.0.2/24', ...more]
    .map((each, i) => {
      const [name = '', address = ''] = each.split(' ');
      return `${i + 1}: ${name}: <${name === 'lo' ? 'LOOPBACK' : 'BROADCAST'},UP,LOWER_UP> mtu 1500\n    link/ether 02:00:00:00:00:0${i}\n${address === '' ? '' : `    inet ${address} scope global ${name}\n`}`;
    })
    .join(''),
});

/** Nodes of which something handles services where netfilter does not see it: by chains, interfaces, sets or tables. */
const NODES: readonly (readonly [who: string, files: readonly SnapshotFile[], learn: string])[] = [
  ['IPVS', [save('filter', FILTER), addresses('kube-ipvs0 10.96.0.10/32')], 'ipvsadm -Ln'],
  [
    'IPVS',
    [
      save('filter', FILTER),
      save(
        'nat',
        `${NAT}:KUBE-SERVICES - [0:0]\n-A PREROUTING -j KUBE-SERVICES\n-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT\n`,
      ),
      addresses('kube-ipvs0 10.96.0.10/32'),
    ],
    'ipvsadm -Ln',
  ],
  ['IPVS', [save('filter', FILTER), addresses('kube-dummy-if 10.96.0.10/32')], 'ipvsadm -Ln'],
  [
    'Cilium',
    [save('filter', `${FILTER}:CILIUM_INPUT - [0:0]\n-A INPUT -j CILIUM_INPUT\n`), addresses()],
    'bpf lb list',
  ],
  ['Cilium', [save('filter', FILTER), addresses('cilium_host 10.1.0.1/32')], 'bpf lb list'],
  ['OVN-Kubernetes', [save('filter', FILTER), addresses('ovn-k8s-mp0 10.1.0.2/24')], 'ovn-nbctl'],
  [
    'OVN-Kubernetes',
    [
      save('filter', FILTER),
      addresses(),
      {
        path: 'nft-list-ruleset.txt',
        text: 'table inet ovn-kubernetes {\n\tchain mgmtport-snat {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n\t}\n}\n',
      },
    ],
    'ovn-nbctl',
  ],
  ['Antrea', [save('filter', FILTER), addresses('antrea-gw0 10.1.0.1/24')], 'antctl'],
  ['Calico', [save('filter', FILTER), addresses('bpfin.cali')], 'bpf nat dump'],
];

const clusterWith = (files: readonly SnapshotFile[]) => clusterOf([readNamespace('n1', files)]);

describe.each(NODES)('a node of %s', (who, files, learn) => {
  it('is told, and no service is made up', () => {
    const { nodes, services } = explainServices({ cluster: clusterWith(files), objects: [], outside: [] }, 'all', {
      version: '1',
    });
    expect(services).toEqual([]);
    expect(nodes[0]?.outside.map(each => each.who)).toEqual([who]);
    expect(nodes[0]?.outside[0]?.howToLearn).toContain(learn);
  });

  it('leaves open what becomes of a packet to a service', () => {
    const { endpoint, protocol } = parseDestination('10.96.0.10:53/udp');
    const request = { source: parseEndpoint('10.0.0.9', 's'), destination: endpoint, protocol, in: 'eth0' };
    const answer = trace(clusterWith(files), request, { version: '1' });
    const unseen = answer.unknowns.filter(({ howToLearn = '' }) => howToLearn.includes(learn));
    expect(unseen.map(({ matters, decidesDelivery }) => [matters, decidesDelivery])).toEqual([[true, true]]);
    expect(exitCodeOf(answer)).toBe(3);
  });
});

it('a packet to a node of IPVS that is for none of its virtual servers is walked', () => {
  const { endpoint, protocol } = parseDestination('10.0.0.2:22');
  const request = { source: parseEndpoint('10.0.0.9', 's'), destination: endpoint, protocol, in: 'eth0' };
  const [, files] = NODES[0] ?? [];
  const answer = trace(clusterWith(files ?? []), request, { version: '1' });
  expect([answer.outcomes[0]?.disposition, exitCodeOf(answer)]).toEqual(['delivered', 0]);
});
