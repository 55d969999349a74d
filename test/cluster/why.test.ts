import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint, type TraceRequest } from '../../src/cluster/request.ts';
import { trace } from '../../src/cluster/trace.ts';
import { readNamespace, type SnapshotFile } from '../../src/read/snapshot.ts';
import { C1, GW, type HostFiles, lan, nodeFiles } from './lan.ts';
import { SLICES } from './namespaces.ts';

const ask = (cluster: Cluster, source: string, destination: string, more: Partial<TraceRequest> = {}) => {
  const { endpoint, protocol } = parseDestination(destination);
  return trace(
    cluster,
    { source: parseEndpoint(source, 'source'), destination: endpoint, protocol, ...more },
    { version: '0' },
  );
};
const reasons = (...asked: Parameters<typeof ask>) =>
  ask(...asked).outcomes[0]?.reasons.map(({ kind, text }) => [kind, text]);

const nat = (rules: string) => `*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${rules}COMMIT
`;
const filter = (rules: string) => `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-FIREWALL - [0:0]
${rules}COMMIT
`;
const ADDRESS = '10.0.0.250';
const n1 = (rules: string): HostFiles => ({ ...nodeFiles(1), rules });

describe('an address that nobody answers for', () => {
  const mute = { ...C1, neighbours: `${ADDRESS} dev eth0 FAILED\n` };
  const rule = `-A PREROUTING -d ${ADDRESS}/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.1.10:8080\n`;
  const forwards = nat(rule) + filter('');
  const item = (kind: string, name: string, spec: object, labels = {}) => ({ kind, metadata: { name, labels }, spec });
  const listed = (...items: readonly object[]) => ({ kind: 'List', items });
  const POOL = item('IPAddressPool', 'lan', { addresses: ['10.0.0.248-10.0.0.251'] }, { zone: 'a' });
  const PEER = item('BGPPeer', 'gw', { peerAddress: '10.0.0.1' });
  const BGP = item('BGPAdvertisement', 'routes', {});
  const service = {
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: '10.96.0.9', ports: [{ name: 'h', port: 80, nodePort: 30080, protocol: 'TCP' }] },
    status: { loadBalancer: { ingress: [{ ip: ADDRESS }] } },
  };
  const planned = (...items: readonly object[]) =>
    reasons(
      lan({ c1: mute, gw: GW, n1: n1(forwards) }, [SLICES, listed(service, ...items)]),
      '10.0.0.9:5555',
      `${ADDRESS}:80`,
    )
      ?.filter(([kind]) => kind === 'silent')
      .map(([, text]) => text);
  const RULES = `${ADDRESS} is on no interface that was captured; nat PREROUTING 1 of n1 is for what comes there, and rules answer no ARP`;

  it('has rules about it, and a route by their host would work: that was walked', () => {
    const cluster = lan({ c1: mute, gw: GW, n1: n1(forwards) });
    expect(reasons(cluster, '10.0.0.9:5555', `${ADDRESS}:80`)).toEqual([
      ['silent', RULES],
      ['instead', 'a route on c1 would work: `ip route add 10.0.0.250/32 via 10.0.0.3` (n1)'],
    ]);
  });

  it('has rules about it that drop what they are sent: no route would work', () => {
    const cluster = lan({ c1: mute, gw: GW, n1: n1(nat(rule) + filter('-A FORWARD -j DROP\n')) });
    const kinds = reasons(cluster, '10.0.0.9:5555', `${ADDRESS}:80`)?.map(([, text = '']) => text.slice(0, 12));
    expect(kinds).not.toContain('a route on c');
  });

  it.each([
    ['in no pool', [item('IPAddressPool', 'x', { addresses: ['10.9.0.0/24'] })], `${ADDRESS} is in no IPAddressPool`],
    ['of a pool that nothing advertises', [POOL], 'which no advertisement is about'],
    ['announced by BGP alone', [POOL, BGP], 'announced by BGP alone (BGPAdvertisement routes)'],
    ['to be announced in layer 2', [POOL, item('L2Advertisement', 'l2', {})], 'a speaker should answer, and none did'],
    [
      'of a pool that a selector takes',
      [POOL, BGP, item('L2Advertisement', 'l2', { ipAddressPoolSelectors: [{ matchLabels: { zone: 'a' } }] })],
      'a speaker should answer',
    ],
    [
      'of a pool that no selector takes',
      [POOL, BGP, item('L2Advertisement', 'l2', { ipAddressPoolSelectors: [{ matchLabels: { zone: 'b' } }] })],
      'announced by BGP alone',
    ],
    ['of another pool than is named', [POOL, item('BGPAdvertisement', 'b', { ipAddressPools: ['x'] })], 'which no adv'],
  ])('is %s', (_, items, text) => {
    expect(planned(...items)).toEqual([expect.stringContaining(text), RULES]);
  });

  it('was to be announced to a router that has learnt no route', () => {
    expect(planned(POOL, BGP, PEER)).toContain("gw, which has that peer's address, has learnt no route to 10.0.0.250");
  });

  it('would be answered for with an L2Advertisement', () => {
    const cluster = lan({ c1: mute, gw: GW, n1: n1(forwards) }, [SLICES, listed(service, POOL, BGP)]);
    expect(reasons(cluster, '10.0.0.9:5555', `${ADDRESS}:80`)).toContainEqual([
      'instead',
      "an L2Advertisement of pool lan would work: one of n1 by eth0 would answer on c1's link",
    ]);
  });
});

describe('a packet that is marked to be dropped', () => {
  // Without a rule that translates there is no connection tracking, and nat chains are not asked.
  const marks =
    '-A PREROUTING -d 192.168.1.10/32 -j MARK --set-xmark 0x8000/0x8000\n-A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE\n';
  const drop = '-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP\n';
  const told = (rules: string) =>
    reasons(lan({ c1: C1, gw: GW, n1: n1(rules) }), '10.0.0.9:5555', '192.168.1.10:80', { node: 'n1', in: 'eth0' })
      ?.filter(([kind]) => kind === 'mark')
      .map(([, text]) => text);

  it.each([
    [
      'in a chain that forward does not call',
      `-A INPUT -j KUBE-FIREWALL\n${drop}`,
      'is called from input alone, and it passes forward',
    ],
    ['by no rule', '', 'no rule of it drops that mark'],
  ])('is not dropped %s', (_, rules, text) => {
    expect(told(nat(marks) + filter(rules))).toEqual([expect.stringContaining(text)]);
  });

  it('is dropped where the chain is called', () => {
    expect(told(nat(marks) + filter(`-A FORWARD -j KUBE-FIREWALL\n${drop}`))).toEqual([]);
  });

  it('is undecided where filter was not captured', () => {
    const cluster = lan({ c1: C1, gw: GW, n1: n1(nat(marks)) });
    const answer = ask(cluster, '10.0.0.9:5555', '192.168.1.10:80', { node: 'n1', in: 'eth0' });
    expect(answer.unknowns.map(({ what, decidesDelivery }) => [what, decidesDelivery])).toEqual([
      ['whether filter drops what is marked 0x8000: that table was not captured', true],
    ]);
    expect(answer.assumptions.map(({ what }) => what)).toContain(
      'there are no rules in filter: that table was not captured',
    );
  });
});

describe('a rule that almost matches', () => {
  const drops = filter('-A FORWARD -j DROP\n');
  it.each([
    ['another source', '-s 10.9.0.0/16 -d 192.168.7.7/32 -p tcp', 'it asks for packets from 10.9.0.0/16'],
    ['another port', '-d 192.168.7.7/32 -p tcp -m tcp --dport 81', 'it asks for packets to port 81'],
  ])('but for %s', (_, match, text) => {
    const rules = nat(`-A PREROUTING ${match} -j DNAT --to-destination 192.168.1.10\n`) + drops;
    const cluster = lan({ c1: C1, gw: GW, n1: n1(rules) });
    const [first] = reasons(cluster, '10.0.0.9:5555', '192.168.7.7:80', { node: 'n1', in: 'eth0' }) ?? [];
    expect(first?.[0]).toBe('not-translated');
    expect(first?.[1]).toContain('nat PREROUTING 1 of n1 does not match');
    expect(first?.[1]).toContain(text);
  });

  it.each([
    ['that differs in two things', '-s 10.9.0.0/16 -d 192.168.7.7/32 -p tcp -m tcp --dport 81'],
    ['about another destination', '-s 10.9.0.0/16 -d 192.168.7.8/32 -p tcp'],
  ])('is none %s', (_, match) => {
    const rules = nat(`-A PREROUTING ${match} -j DNAT --to-destination 192.168.1.10\n`) + drops;
    const cluster = lan({ c1: C1, gw: GW, n1: n1(rules) });
    expect(reasons(cluster, '10.0.0.9:5555', '192.168.7.7:80', { node: 'n1', in: 'eth0' })).toEqual([]);
  });

  it('is not asked for what the host itself sends', () => {
    const rules =
      nat('-A PREROUTING -d 192.168.7.7/32 -p tcp -j DNAT --to-destination 192.168.1.10\n') +
      filter('-A OUTPUT -j DROP\n');
    const cluster = lan({ c1: C1, gw: GW, n1: n1(rules) });
    expect(reasons(cluster, '10.0.0.3:5555', '192.168.7.7:80')?.[0]?.[1]).toBe(
      'nat PREROUTING 1 of n1 would translate it, and is called from prerouting alone: what n1 itself sends passes output',
    );
  });
});

describe('ways that are taken in turn', () => {
  const listing = (way: string): readonly SnapshotFile[] => [
    {
      path: 'nft-list-ruleset.txt',
      text: `table ip nat {\n\tchain prerouting {\n\t\ttype nat hook prerouting priority -100; policy accept;\n\t\ttcp dport 80 dnat to ${way} mod 2 map { 0 : 192.168.1.10, 1 : 192.168.1.11 }\n\t}\n}\n`,
    },
  ];
  it.each([
    ['numgen inc', ['nat prerouting 1 of node takes its 2 ways in turn']],
    ['numgen random', []],
  ])('%s', (way, texts) => {
    const cluster = clusterOf([readNamespace('node', listing(way))]);
    const { outcomes } = ask(cluster, '10.0.0.9:5555', '10.0.0.240:80', { in: 'eth0' });
    expect(outcomes.map(({ probability }) => probability)).toEqual([0.5, 0.5]);
    expect(outcomes[0]?.reasons.map(({ text }) => text)).toEqual(texts.map(text => expect.stringContaining(text)));
  });
});
