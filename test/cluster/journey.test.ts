import { describe, expect, it } from 'vitest';
import type { TraceAnswer } from '../../src/cluster/answer.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint, type TraceRequest } from '../../src/cluster/request.ts';
import { exitCodeOf, trace } from '../../src/cluster/trace.ts';
import { C1, GW, type HostFiles, lan, nodeFiles } from './lan.ts';
import { forward, SLICES } from './namespaces.ts';

function ask(
  cluster: Cluster,
  source: string,
  destination: string,
  more: Partial<TraceRequest> = { reply: true },
): TraceAnswer {
  const { endpoint, protocol } = parseDestination(destination);
  const request = { source: parseEndpoint(source, 'source'), destination: endpoint, protocol, ...more };
  return trace(cluster, request, { version: '0' });
}

const NODES = { n1: nodeFiles(1), n2: nodeFiles(2) };
const way = ({ outcomes }: TraceAnswer, i = 0) => outcomes[i]?.hops.map(({ node, in: iif }) => `${node} ${iif ?? ''}`);
const what = (list: readonly { readonly what: string }[] | undefined) => list?.map(evidence => evidence.what);
const BALANCER = '10.0.0.240:80/udp';
const service = (by: readonly object[]) => [
  SLICES,
  {
    kind: 'ServiceList',
    items: [
      {
        metadata: { name: 'echo', namespace: 'default' },
        status: { loadBalancer: { ingress: [{ ip: '10.0.0.240' }] } },
      },
    ],
  },
  ...by,
];
const L2 = (node: string) => ({
  kind: 'ServiceL2StatusList',
  items: [{ status: { node, serviceName: 'echo', serviceNamespace: 'default' } }],
});
const event = (node: string, protocol: string, time: string) => ({
  reason: 'nodeAssigned',
  message: `announcing from node "${node}" with protocol "${protocol}"`,
  involvedObject: { kind: 'Service', name: 'echo', namespace: 'default' },
  lastTimestamp: time,
});

describe('from a client to a pod and back', () => {
  const answer = ask(lan({ c1: C1, gw: GW, ...NODES }), '10.0.0.9:5555', BALANCER);

  it('goes through the node that answers for the address, and the one that has the pod', () => {
    expect(answer.from).toEqual({ node: 'c1', kind: 'outside', local: true });
    expect(answer.outcomes.map((_, i) => way(answer, i))).toEqual([
      ['c1 ', 'n2 eth0', 'n1 eth0'],
      ['c1 ', 'n2 eth0'],
    ]);
    expect(answer.outcomes.map(({ deliveredTo, sourceSeen }) => [deliveredTo?.name, sourceSeen?.address])).toEqual([
      ['default/n1p1', '10.0.0.2'],
      ['default/n2p1', '192.168.2.1'],
    ]);
  });

  it('says what the first hop is concluded from', () => {
    expect(answer.outcomes[0]?.hops[0]?.next).toEqual({
      kind: 'node',
      name: 'n2',
      interface: 'eth0',
      mac: '02:00:00:00:00:02',
      evidence: [
        {
          what: "10.0.0.240 is at 02:00:00:00:00:02 in c1's neighbour table, eth0 of n2",
          file: 'outside/c1/ip-neigh.txt',
          line: 1,
        },
      ],
      against: [],
    });
  });

  it('comes back through every connection made on the way', () => {
    expect(answer.reply && way(answer.reply)).toEqual(['n1 veth1', 'n2 eth0', 'c1 eth0']);
    expect(answer.outcomes.map(({ answered }) => answered)).toEqual([
      { accepted: true, text: 'c1 gets its answer from 10.0.0.240:80, whom it asked' },
      { accepted: true, text: 'c1 gets its answer from 10.0.0.240:80, whom it asked' },
    ]);
  });
});

describe('who answers for an address', () => {
  const asks = (hosts: Record<string, HostFiles>, objects: readonly unknown[] = [SLICES]) => {
    const [outcome] = ask(lan({ ...hosts, ...NODES }, objects), '10.0.0.9:5555', BALANCER, {}).outcomes;
    const next = outcome?.hops[0]?.next;
    return [outcome?.disposition, next?.name, what(next?.evidence), what(next?.against)];
  };
  const mute = { ...C1, neighbours: '' };

  it("is told by another host's neighbour table", () => {
    const gw = { ...GW, neighbours: '10.0.0.240 dev eth0 lladdr 02:00:00:00:00:03 STALE\n' };
    const evidence = "10.0.0.240 is at 02:00:00:00:00:03 in gw's neighbour table, eth0 of n1";
    expect(asks({ c1: mute, gw })).toEqual(['delivered', 'n1', [evidence], []]);
  });

  it('may be two nodes: that is said', () => {
    const gw = { ...GW, neighbours: '10.0.0.240 dev eth0 lladdr 02:00:00:00:00:03 STALE\n' };
    expect(asks({ c1: C1, gw }, service([L2('n1')]))).toEqual([
      'delivered',
      'n2',
      ["10.0.0.240 is at 02:00:00:00:00:02 in c1's neighbour table, eth0 of n2"],
      [
        "10.0.0.240 is at 02:00:00:00:00:03 in gw's neighbour table, eth0 of n1",
        "MetalLB's ServiceL2Status of default/echo names n1",
      ],
    ]);
  });

  it.each([
    ['its status', [L2('n1')], "MetalLB's ServiceL2Status of default/echo names n1"],
    [
      'its events, the last one of each service',
      [
        {
          kind: 'EventList',
          items: [event('n2', 'layer2', '2026-01-01T00:00:01Z'), event('n1', 'layer2', '2026-01-01T00:00:02Z')],
        },
      ],
      "MetalLB's last event nodeAssigned of default/echo names n1 (layer2)",
    ],
  ])('is told by MetalLB, by %s', (_, objects, evidence) => {
    expect(asks({ c1: mute }, service(objects))).toEqual(['delivered', 'n1', [evidence], []]);
  });

  it.each([
    [
      'asked in vain',
      { ...C1, neighbours: '10.0.0.240 dev eth0 FAILED\n' },
      [SLICES],
      '10.0.0.240 did not answer on eth0',
    ],
    [
      'announced by BGP alone',
      mute,
      service([{ kind: 'EventList', items: [event('n1', 'bgp', '1')] }]),
      'nobody is known to answer for 10.0.0.240',
    ],
  ])('is nobody: %s', (_, c1, objects, reason) => {
    const [outcome] = ask(lan({ c1, gw: GW, ...NODES }, objects), '10.0.0.9:5555', BALANCER).outcomes;
    expect([outcome?.disposition, outcome?.hops.length]).toEqual(['neighbour-unreachable', 1]);
    expect(outcome?.reason).toContain(reason);
  });

  it('is whose interface has the address, whose entry has failed: the next packet asks again', () => {
    const c1 = { ...C1, neighbours: '10.0.0.1 dev eth0 FAILED\n' };
    const [outcome] = ask(lan({ c1, gw: GW, ...NODES }), '10.0.0.9:5555', '10.0.0.1:80').outcomes;
    expect([outcome?.disposition, outcome?.deliveredTo?.name]).toEqual(['delivered', 'gw']);
    expect(what(outcome?.hops[0]?.next?.evidence)).toEqual(['10.0.0.1 is on eth0 of gw']);
  });

  it('is nobody for a node that asks for what only itself announces', () => {
    const plain = { n1: nodeFiles(1, forward('')), n2: nodeFiles(2, forward('')) };
    const { outcomes } = ask(lan({ c1: C1, gw: GW, ...plain }), '192.168.2.10:5555', BALANCER);
    expect(outcomes[0]?.disposition).toBe('neighbour-unreachable');
    expect(outcomes[0]?.reason).toBe('n2 asks for 10.0.0.240, which only itself announces: nobody answers');
    expect(outcomes[0]?.hops[0]?.next?.kind).toBe('silent');
  });

  it('is told by the tables of others where the client was not captured', () => {
    const gw = { ...GW, neighbours: '10.0.0.240 dev eth0 lladdr 02:00:00:00:00:03 STALE\n' };
    const { from, assumptions } = ask(lan({ gw, ...NODES }), '10.0.0.77:5555', BALANCER, {});
    expect(from).toEqual({ node: 'n1', kind: 'node', interface: 'eth0', local: false });
    expect(assumptions[0]?.what).toContain("10.0.0.240 is at 02:00:00:00:00:03 in gw's neighbour table");
    const away = ask(lan({ gw, ...NODES }), '172.16.0.1:5555', BALANCER, {});
    expect(away.assumptions[0]?.what).toContain('172.16.0.1 comes by a router that was not captured');
  });
});

describe('where it does not end well', () => {
  it('goes round between a gateway and a node until its TTL ends', () => {
    const plain = { n1: nodeFiles(1, forward('')), n2: nodeFiles(2, forward('')) };
    const [outcome] = ask(lan({ c1: C1, gw: GW, ...plain }), '10.0.0.9:5555', '10.96.0.10:80/udp', { ttl: 9 }).outcomes;
    expect(outcome?.disposition).toBe('loop');
    expect(outcome?.loop).toEqual({ visits: 9, hosts: ['gw', 'n2'] });
    expect(outcome?.hops.map(({ node }) => node)).toEqual(['c1', 'gw', 'n2', 'gw', 'n2', 'gw', 'n2', 'gw', 'n2', 'gw']);
  });

  it('answers past the node that translated: the client rejects that', () => {
    const unmasked = nodeFiles(2).rules?.replaceAll(/^-A KUBE-SVC-\S+ !.*\n/gm, '') ?? '';
    const { outcomes } = ask(
      lan({ c1: C1, gw: GW, n1: NODES.n1, n2: nodeFiles(2, unmasked) }),
      '10.0.0.9:5555',
      BALANCER,
    );
    expect(outcomes.map(({ answered }) => answered)).toEqual([
      {
        accepted: false,
        text: 'c1 asked 10.0.0.240:80 and gets an answer from 192.168.1.10:8080: it will not take that',
      },
      { accepted: true, text: 'c1 gets its answer from 10.0.0.240:80, whom it asked' },
    ]);
  });

  describe('nobody listens, where the sockets were captured', () => {
    const SS = `Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
udp   UNCONN 0      0      127.0.0.1:323 0.0.0.0:*
tcp   LISTEN 0      128    10.0.0.2:22 0.0.0.0:*
tcp   LISTEN 0      128    *:10250 *:*
`;
    const CONNECTED = 'tcp   ESTAB  0      0      10.0.0.2:22 10.0.0.8:41000\n';
    const toNode = (destination: string, sockets: string | undefined) =>
      ask(
        lan({ c1: C1, n1: nodeFiles(1), n2: { ...nodeFiles(2), ...(sockets !== undefined && { sockets }) } }),
        '10.0.0.9:5555',
        destination,
      );

    it.each([
      ['10.0.0.2:22', SS, 'delivered', undefined],
      ['10.0.0.2:10250', SS, 'delivered', undefined],
      ['10.0.0.2:23', undefined, 'delivered', undefined],
      ['10.0.0.2:323/udp', SS.replace(/^udp.*\n/m, ''), 'delivered', undefined],
      ['10.0.0.2:23', CONNECTED, 'delivered', undefined],
      ['10.0.0.2:23', SS, 'refused', 'TCP reset'],
      ['10.0.0.2:323/udp', SS, 'refused', 'icmp-port-unreachable'],
    ])('%s', (destination, sockets, disposition, refusal) => {
      const answer = toNode(destination, sockets);
      expect(answer.outcomes[0]?.disposition).toBe(disposition);
      if (refusal === undefined) return;
      expect(answer.outcomes[0]?.reason).toMatch(new RegExp(`^n2 has no socket on .*, and answers with ${refusal}$`));
      expect(answer.reply?.outcomes[0]).toMatchObject({ disposition: 'delivered', deliveredTo: { name: 'c1' } });
    });
  });

  describe('sockets of /proc, where a socket on :: stands in tcp6', () => {
    const HEAD = '  sl  local_address rem_address   st tx_queue\n';
    const SSH = `${HEAD}   0: 00000000:0016 00000000:0000 0A 0\n`;
    const ANY = '00000000000000000000000000000000';
    const KUBELET = `${HEAD}   0: ${ANY}:280A ${ANY}:0000 0A 0\n`;
    it.each([
      ['10.0.0.2:22', { 'proc-net-tcp.txt': SSH }, 'delivered', 0],
      ['10.0.0.2:10250', { 'proc-net-tcp.txt': SSH }, 'delivered', 3],
      ['10.0.0.2:10250', { 'proc-net-tcp.txt': SSH, 'proc-net-tcp6.txt': KUBELET }, 'delivered', 0],
      ['10.0.0.2:23', { 'proc-net-tcp.txt': SSH, 'proc-net-tcp6.txt': KUBELET }, 'refused', 1],
      ['10.0.0.2:22', { 'proc-net-tcp6.txt': KUBELET }, 'delivered', 3],
    ])('%s, %o', (destination, others, disposition, exitCode) => {
      const answer = ask(lan({ c1: C1, n2: { ...nodeFiles(2), others } }), '10.0.0.9:5555', destination);
      expect(answer.outcomes[0]?.disposition).toBe(disposition);
      expect(exitCodeOf(answer)).toBe(exitCode);
      expect(answer.unknowns.map(({ howToLearn }) => howToLearn)).toEqual(exitCode === 3 ? ['ss -tuna'] : []);
    });
  });

  it('is turned away: the error is walked back to the sender', () => {
    const closed = nodeFiles(2, forward('-A FORWARD -j REJECT --reject-with icmp-port-unreachable\n'));
    const { outcomes, reply } = ask(lan({ c1: C1, gw: GW, n2: closed }), '10.0.0.9:5555', '10.96.0.10:80/udp');
    expect(outcomes[0]?.disposition).toBe('rejected');
    expect(reply?.packet).toMatchObject({ protocol: 'icmp', icmp: { type: 3, code: 3 } });
    expect(reply && way(reply)).toEqual(['n2 ', 'c1 eth0']);
    expect(reply?.outcomes[0]?.deliveredTo).toEqual({ kind: 'host', name: 'c1', address: '10.0.0.9' });
  });
});

describe('through a tunnel', () => {
  const vxlan = (number: 1 | 2, more: Partial<HostFiles> = {}): HostFiles => {
    const base = nodeFiles(number);
    const [other, remote] = number === 1 ? [2, '10.0.0.2'] : [1, '10.0.0.3'];
    const own = number === 1 ? '10.0.0.3' : '10.0.0.2';
    return {
      ...base,
      links: [
        ...base.links,
        `flannel.1 02:0f:00:00:00:0${number} 192.168.${number}.0/32 vxlan id 1 local ${own} dev eth0 srcport 0 0 dstport 8472`,
      ],
      routes: `${base.routes?.replace(/^.* via 10.0.0.[23] .*\n/m, '')}192.168.${other}.0/24 via 192.168.${other}.0 dev flannel.1 onlink\n`,
      neighbours: `${base.neighbours}192.168.${other}.0 dev flannel.1 lladdr 02:0f:00:00:00:0${other} PERMANENT\n`,
      fdb: `${base.fdb}02:0f:00:00:00:0${other} dev flannel.1 dst ${remote} self permanent\n`,
      ...more,
    };
  };

  it('the packet around has visits of its own', () => {
    const answer = ask(lan({ n1: vxlan(1), n2: vxlan(2) }), '192.168.1.10:5555', '192.168.2.10:80/udp');
    expect(way(answer)).toEqual(['n1 veth1', 'n1 ', 'n2 eth0', 'n2 flannel.1']);
    expect(answer.outcomes[0]?.hops.map(({ around }) => around)).toEqual([
      undefined,
      'flannel.1',
      'flannel.1',
      undefined,
    ]);
    expect(answer.outcomes[0]?.hops[1]?.packet).toMatchObject({
      protocol: 'udp',
      source: { address: '10.0.0.3' },
      destination: { address: '10.0.0.2', port: 8472 },
    });
    expect(what(answer.outcomes[0]?.hops[0]?.tunnel?.evidence)).toEqual([
      "192.168.2.0 is at 02:0f:00:00:00:02 in n1's neighbour table",
      '02:0f:00:00:00:02 is behind 10.0.0.2 in the fdb of flannel.1',
    ]);
    expect(answer.outcomes[0]).toMatchObject({ disposition: 'delivered', deliveredTo: { name: 'default/n2p1' } });
    expect(answer.outcomes[0]?.answered?.accepted).toBe(true);
  });

  it("the packet around keeps the sender's socket where the host itself sends (skb->sk)", () => {
    const rules = forward('-A OUTPUT -p udp --dport 8472 -m owner --uid-owner 1000 -j DROP\n');
    const from = (source: string) => ask(lan({ n1: vxlan(1, { rules }), n2: vxlan(2) }), source, '192.168.2.10:80/udp');
    expect(from('192.168.1.10:5555').unknowns).toEqual([]);
    const own = from('192.168.1.1:5555');
    expect(own.outcomes.map(({ disposition }) => disposition).sort()).toEqual(['delivered', 'dropped']);
    expect(own.unknowns.map(unknown => unknown.what)).toEqual(['who sent the packet is not known']);
  });

  it.each([
    [
      'dropped',
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p udp --dport 8472 -j DROP\nCOMMIT\n',
      {},
    ],
    ['dropped', forward(''), { links: nodeFiles(2).links }],
  ])('is lost with it: %s', (disposition, rules, more) => {
    const n2 = { ...vxlan(2), rules, ...more };
    const [outcome] = ask(lan({ n1: vxlan(1), n2 }), '192.168.1.10:5555', '192.168.2.10:80/udp').outcomes;
    expect(outcome?.disposition).toBe(disposition);
    expect(outcome?.reason).toMatch(/^the packet around it, 10\.0\.0\.3|^n2 has no device that takes off vxlan/);
  });
});

it('a pod that asks itself asks nobody else', () => {
  expect(() => ask(lan(NODES), '192.168.2.10', '192.168.2.10:80')).toThrow('192.168.2.10 asks itself');
});

describe('pods with a namespace of their own', () => {
  const pod = (node: 1 | 2, rules = forward('')): HostFiles => ({
    links: [`eth0 02:03:00:00:00:0${node} 192.168.${node}.10/24`],
    routes: `default via 192.168.${node}.1 dev eth0\n192.168.${node}.0/24 dev eth0 proto kernel scope link src 192.168.${node}.10\n`,
    rules,
  });
  const REDIRECT = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -j REDIRECT --to-ports 15006
COMMIT
`;

  it('are visited: by the end of the veth, there and back', () => {
    const cluster = lan({ ...NODES, 'n1/pods/net-1': pod(1), 'n2/pods/net-1': pod(2) });
    const answer = ask(cluster, '192.168.1.10:5555', '192.168.2.10:80/udp');
    expect(answer.from).toEqual({ node: 'default/n1p1', kind: 'pod', local: true });
    expect(way(answer)).toEqual(['default/n1p1 ', 'n1 veth1', 'n2 eth0', 'default/n2p1 eth0']);
    expect(answer.reply && way(answer.reply)).toEqual(['default/n2p1 ', 'n2 veth1', 'n1 eth0', 'default/n1p1 eth0']);
    expect(answer.outcomes[0]?.deliveredTo).toEqual({
      kind: 'pod',
      name: 'default/n2p1',
      node: 'n2',
      address: '192.168.2.10',
      port: 80,
    });
    expect(answer.outcomes[0]?.answered?.accepted).toBe(true);
  });

  it('have rules of their own: a sidecar takes what comes in', () => {
    const cluster = lan({ ...NODES, 'n2/pods/net-1': pod(2, REDIRECT) });
    const [outcome] = ask(cluster, '192.168.1.10:5555', '192.168.2.10:80').outcomes;
    expect(outcome?.deliveredTo).toMatchObject({ name: 'default/n2p1', port: 15006 });
    expect(outcome?.translations.map(({ kind, node }) => [kind, node])).toEqual([['redirect', 'default/n2p1']]);
    expect(outcome?.answered?.accepted).toBe(true);
  });

  it('behind a route of their own, where the node answers for their gateway', () => {
    const routed: HostFiles = {
      ...nodeFiles(2),
      links: ['eth0 02:00:00:00:00:02 10.0.0.2/24', 'cali1 ee:ee:ee:ee:ee:ee - veth', 'cali2 ee:ee:ee:ee:ee:ee - veth'],
      routes: `default via 10.0.0.1 dev eth0
10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.2
192.168.1.0/24 via 10.0.0.3 dev eth0
192.168.2.9 dev cali1 scope link
192.168.2.10 dev cali2 scope link
`,
      neighbours: '',
      fdb: '',
    };
    const own: HostFiles = {
      links: ['eth0 02:03:00:00:00:02 192.168.2.10/32'],
      routes: 'default via 169.254.1.1 dev eth0\n169.254.1.1 dev eth0 scope link\n',
      neighbours: '169.254.1.1 dev eth0 lladdr ee:ee:ee:ee:ee:ee REACHABLE\n',
      rules: forward(''),
    };
    const cluster = lan({ n1: NODES.n1, n2: routed, 'n2/pods/net-1': own });
    expect(way(ask(cluster, '192.168.2.10:5555', '192.168.1.10:80/udp'))).toEqual([
      'default/n2p1 ',
      'n2 cali2',
      'n1 eth0',
    ]);
    const answer = ask(cluster, '192.168.1.10:5555', '192.168.2.10:80/udp');
    expect(way(answer)).toEqual(['n1 veth1', 'n2 eth0', 'default/n2p1 eth0']);
    expect(answer.outcomes[0]?.answered?.accepted).toBe(true);
  });
});
