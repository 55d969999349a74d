import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../src/net/packet.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';
import { enumerate } from '../../../src/walk/decide.ts';
import { Machine } from '../../../src/walk/machine.ts';
import { address } from '../node.ts';

const chain = (family: string, base: string, rule: string, policy = 'accept') =>
  `table ${family} t {\n\tchain c {\n\t\ttype filter ${base} priority filter; policy ${policy};\n${rule === '' ? '' : `\t\t${rule}\n`}\t}\n}\n`;

const LINKS = `1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
2: eth0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.2/24 scope global eth0
3: eth0.7@eth0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff promiscuity 0
    vlan protocol 802.1Q id 7 <REORDER_HDR>
    inet 10.7.0.2/24 scope global eth0.7
4: br0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP
    link/ether 02:00:00:00:00:04 brd ff:ff:ff:ff:ff:ff promiscuity 1
    bridge forward_delay 1500
    inet 10.4.0.1/24 scope global br0
5: veth1@if2: <BROADCAST,UP> mtu 1500 qdisc noqueue master br0 state UP
    link/ether 02:00:00:00:00:05 brd ff:ff:ff:ff:ff:ff promiscuity 1
    veth
    bridge_slave state forwarding
`;

const PACKET: Packet = {
  family: 'ip',
  saddr: address('10.0.0.9'),
  daddr: address('10.0.0.2'),
  protocol: 17,
  sport: 40000,
  dport: 53,
  ttl: 64,
  tos: 0,
  mark: 0,
  iif: 'eth0',
};

/** The fates of a packet, and what was not known of the chains that it may have passed. */
function fates(nft: string, change: Partial<Packet> = {}) {
  const machine = new Machine(
    readNamespace('node', [
      { path: 'nft-list-ruleset.txt', text: nft },
      { path: 'ip-d-addr.txt', text: LINKS },
    ]),
  );
  const hops = enumerate(decide => machine.walk({ packet: { ...PACKET, ...change } }, decide).hop).branches;
  return {
    dispositions: hops.map(({ value }) => value.disposition),
    unknowns: [...new Set(hops.flatMap(({ value }) => value.unknowns.map(({ why }) => why.reason)))],
  };
}

const known = (...dispositions: string[]) => ({ dispositions, unknowns: [] as string[] });

describe('chains below IP', () => {
  const ON_ETH0 = 'hook ingress device "eth0"';
  it.each([
    ['ingress of its device', chain('netdev', ON_ETH0, 'udp dport 53 drop'), {}, known('dropped')],
    ['a policy', chain('netdev', ON_ETH0, '', 'drop'), {}, known('dropped')],
    ['inet, on ingress', chain('inet', ON_ETH0, 'udp dport 53 drop'), {}, known('dropped')],
    ['a rule for others', chain('netdev', ON_ETH0, 'udp dport 54 drop'), {}, known('delivered')],
    ['ingress of another device', chain('netdev', 'hook ingress device "eth1"', 'drop'), {}, known('delivered')],
    ['several devices', chain('netdev', 'hook ingress devices = { eth1, eth0 }', 'drop'), {}, known('dropped')],
    ['devices by a pattern', chain('netdev', 'hook ingress devices = { "eth*" }', 'drop'), {}, known('dropped')],
    [
      'a dormant table',
      `table netdev t {\n\tflags dormant\n${chain('netdev', ON_ETH0, 'drop').split('\n').slice(1).join('\n')}`,
      {},
      known('delivered'),
    ],
    [
      'a VLAN, which may be above the device',
      chain('netdev', ON_ETH0, 'drop'),
      { iif: 'eth0.7', daddr: address('10.7.0.2') },
      {
        dispositions: ['dropped', 'delivered'],
        unknowns: ['whether eth0.7 is above eth0, where ingress of netdev t c hangs, is not known'],
      },
    ],
    [
      'a listing without devices',
      chain('netdev', 'hook ingress', 'drop'),
      {},
      {
        dispositions: ['dropped', 'delivered'],
        unknowns: ['on which devices ingress of netdev t c hangs is not in the listing'],
      },
    ],
    [
      'a bridge whose port is not known',
      chain('bridge', 'hook prerouting', 'iifname "veth1" drop'),
      { iif: 'br0', daddr: address('10.4.0.1') },
      {
        dispositions: ['delivered', 'undecided'],
        unknowns: ['what prerouting of bridge t c does is not known: the port of the bridge was not captured'],
      },
    ],
    [
      'a port of a bridge',
      chain('bridge', 'hook prerouting', 'iifname "veth1" drop'),
      { iif: 'veth1', daddr: address('10.4.0.1') },
      known('dropped'),
    ],
    [
      'connection tracking of a bridge',
      chain('bridge', 'hook input', 'ct state new drop'),
      { iif: 'veth1', daddr: address('10.4.0.1') },
      {
        dispositions: ['delivered', 'undecided'],
        unknowns: ['what input of bridge t c does is not known: connection tracking of bridges is not walked'],
      },
    ],
  ])('%s', (_, nft, change, expected) => {
    expect(fates(nft, change)).toEqual(expected);
  });

  it('a connection that is offloaded', () => {
    const line =
      'udp      17 src=10.0.0.9 dst=10.0.0.2 sport=40000 dport=53 src=10.0.0.2 dst=10.0.0.9 sport=53 dport=40000 [OFFLOAD] mark=0 use=3\n';
    const machine = new Machine(
      readNamespace('node', [
        { path: 'nft-list-ruleset.txt', text: chain('ip', 'hook forward', 'ct state established accept') },
        { path: 'conntrack-L.txt', text: line },
        { path: 'ip-d-addr.txt', text: LINKS },
      ]),
    );
    const hops = enumerate(decide => machine.walk({ packet: PACKET }, decide).hop).branches.map(({ value }) => value);
    expect(hops.map(({ disposition }) => disposition)).toEqual(['delivered', 'undecided']);
  });

  it('ARP that may be filtered is an assumption where no neighbour is known', () => {
    const machine = new Machine(
      readNamespace('node', [
        { path: 'nft-list-ruleset.txt', text: chain('arp', 'hook input', '', 'drop') },
        { path: 'ip-d-addr.txt', text: LINKS },
        { path: 'ip-route.txt', text: '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.2\n' },
      ]),
    );
    const packet = { ...PACKET, iif: undefined, saddr: address('10.0.0.2'), daddr: address('10.0.0.9') };
    const [hop] = enumerate(decide => machine.walk({ packet }, decide).hop).branches.map(({ value }) => value);
    expect(hop?.assumptions.map(({ what }) => what)).toContain('table arp t lets ARP pass');
  });
});
