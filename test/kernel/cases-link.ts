import { at, at6, type Case, frame, local, named, nft, place, type Sent, tcp, udp } from './case.ts';

/** Read from nft's text: its JSON leaves the devices out. */
const fromText = (one: Case): Case => ({ ...one, scenario: { ...one.scenario, seed: 1 } });

const WATCHED = `table ip seen {
  chain forward { type filter hook forward priority 0; policy accept; meta mark 1-9 counter; }
  chain input { type filter hook input priority 0; policy accept; meta mark 1-9 counter; }
  chain postrouting { type filter hook postrouting priority 0; policy accept; meta mark 1-9 counter; }
}
`;

const toPod = { saddr: at('client'), daddr: at('pod3') };
const toPod6 = { saddr: at6('client'), daddr: at6('pod3') };
const toNode = { saddr: at('client'), daddr: '10.10.100.207' };
const across = { saddr: at('pod1'), daddr: at('pod2') };
const upwards = { saddr: at('pod1'), daddr: at('client') };
const ports = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const viaBridge = (daddr: string) => ({ saddr: '192.168.1.1', daddr });

/** Frames from pod to pod, from a pod through the node, and from the node and a client to a pod behind the bridge. */
const BRIDGED: readonly Sent[] = ports(80, 89).flatMap((port): Sent[] => [
  [frame('pod1', place('pod2').mac), udp(across, 40000, port)],
  [frame('pod2', place('pod1').mac), udp({ saddr: across.daddr, daddr: across.saddr }, 40001, port)],
  [frame('pod1'), udp(upwards, 40002, port)],
  [frame('pod1'), udp({ ...upwards, daddr: '192.168.1.1' }, 40003, port)],
  [local, udp(viaBridge(at('pod2')), 40004, port)],
  [frame('client'), udp({ saddr: at('client'), daddr: at('pod2') }, 40005, port)],
]);

const BRIDGE_RULES = `table bridge first {
  chain pre { type filter hook prerouting priority -300; policy accept;
    iifname "veth1" udp dport 88 meta mark set 1
    ip saddr ${at('pod1')} udp dport 80 drop
    udp dport 89 meta mark set 2
  }
  chain late { type filter hook prerouting priority 10; policy accept; meta mark 2 udp dport 89 meta mark set 3; }
  chain upwards { type filter hook input priority -200; policy accept; iifname "veth1" udp dport 81 drop; }
  chain across { type filter hook forward priority -200; policy accept;
    iifname "veth1" oifname "veth2" udp dport 82 drop
    oifname "veth1" udp dport 83 drop
    udp dport { 84, 88 } meta mark set 4
  }
  chain behind { type filter hook forward priority 10; policy accept; meta mark 4 meta mark set 5; }
  chain down { type filter hook output priority -200; policy accept; oifname "veth2" udp dport 85 drop; }
  chain post { type filter hook postrouting priority 300; policy accept; oifname "veth2" udp dport 86 drop; }
}
`;

/** What stands below IP: chains of devices and of bridges. */
export const LINKS: readonly Case[] = [
  named(
    'chains-of-devices',
    'ingress stands before all of IP, egress behind all of it; of equal priorities the newest chain runs first; inet hangs there, too',
    'native',
    [
      nft(`${WATCHED}table netdev lan {
  chain in { type filter hook ingress device "eth0" priority 0; policy accept;
    udp dport 81 drop
    ip saddr ${at('client')} udp dport 82 meta mark set 1
    ip6 saddr ${at6('client')} udp dport 83 drop
    meta protocol ip6 udp dport 84 drop
    udp dport 85 meta mark set meta mark | 1
    iifname "eth1" drop
    oifname "cali1" drop
    fib daddr type local udp dport 87 drop
  }
  chain later { type filter hook ingress device "eth0" priority 0; policy accept; udp dport 85 meta mark set 2; }
  chain others { type filter hook ingress devices = { eth1, cali2 } priority -500; policy drop; }
  chain out { type filter hook egress device "cali1" priority 0; policy accept;
    udp dport 86 drop
    iifname "eth0" drop
    oifname "cali1" udp dport 88 drop
    ip ttl 63 udp dport 89 drop
  }
}
table inet both {
  chain in { type filter hook ingress device "eth0" priority 5; policy accept; tcp dport 23 drop; ct state invalid udp dport 90 drop; }
}
`),
    ],
    [toPod, toPod6, toNode]
      .flatMap(ends => [
        ...ports(80, 90).map((port): Sent => [frame('client'), udp(ends, 40000, port)]),
        [frame('client'), tcp(ends, 'S', 40000, 23)] satisfies Sent,
      ])
      .concat([
        [frame('router2'), udp({ saddr: at('router2'), daddr: at('pod3') }, 40000, 80)],
        [frame('pod4'), udp({ saddr: at('pod4'), daddr: at('pod3') }, 40000, 80)],
        [frame('pod3'), udp({ saddr: at('pod3'), daddr: at('client') }, 40000, 81)],
        [local, udp({ saddr: '10.10.100.207', daddr: at('pod3') }, 40000, 86)],
        [local, udp({ saddr: '10.10.100.207', daddr: at('pod3') }, 40000, 89)],
      ]),
  ),
  named(
    'chains-of-lo',
    'what the node sends to itself passes egress and ingress of lo',
    'native',
    [
      nft(`${WATCHED}table netdev lo {
  chain out { type filter hook egress device "lo" priority 0; policy accept; udp dport 5353 drop; udp dport 53 meta mark set 1; }
  chain in { type filter hook ingress device "lo" priority 0; policy accept; udp dport 30080 drop; meta mark 1 meta mark set 2; }
}
`),
    ],
    [53, 5353, 30080].flatMap((port): Sent[] => [
      [local, udp({ saddr: '10.10.100.207', daddr: '10.10.100.208' }, 40000, port)],
      [frame('client'), udp(toNode, 40000, port)],
    ]),
  ),
  named(
    'chains-of-a-bridge',
    'chains of the family bridge stand around those of IP: those of a priority below 0 before them, others behind',
    'native',
    [nft(WATCHED + BRIDGE_RULES)],
    BRIDGED,
  ),
  named(
    'chains-of-a-bridge-alone',
    'without br_netfilter frames from port to port pass the chains of the bridge alone',
    'native',
    [nft(WATCHED + BRIDGE_RULES)],
    BRIDGED,
    { 'net.bridge.bridge-nf-call-iptables': 0, 'net.bridge.bridge-nf-call-ip6tables': 0 },
  ),
  named(
    'chains-of-ports',
    'a frame passes ingress of the port and, where it goes up, that of the bridge; on its way down egress of both',
    'native',
    [
      nft(`${WATCHED}table netdev ports {
  chain port { type filter hook ingress device "veth1" priority 0; policy accept; udp dport 80 drop; udp dport 81 meta mark set 1; }
  chain upper { type filter hook ingress device "cni0" priority 0; policy accept; udp dport 82 drop; meta mark 1 meta mark set 2; }
  chain down { type filter hook egress device "cni0" priority 0; policy accept; udp dport 83 drop; }
  chain out { type filter hook egress device "veth2" priority 0; policy accept; udp dport 84 drop; }
}
`),
    ],
    BRIDGED,
  ),
  named(
    'tcp-options-taken-out',
    'reset tcp option puts no-operations in its place; of a packet without it nothing changes, of another protocol the rule ends',
    'native',
    [
      nft(`table ip t {
  chain pre { type filter hook prerouting priority 0; policy accept;
    tcp dport 80 reset tcp option maxseg reset tcp option sack-perm meta mark set 1;
    ip daddr ${at('pod3')} reset tcp option window meta mark set meta mark | 2;
  }
  chain fwd-end { type filter hook forward priority 0; policy accept;
    tcp option maxseg missing counter;
    tcp option maxseg size 1460 counter;
    tcp option sack-perm exists counter;
    tcp option window exists counter;
  }
}
`),
    ],
    [80, 81].flatMap((port): Sent[] => [
      [frame('client'), { ...tcp(toPod, 'S', 40000, port), mss: 1460, scale: 7, options: [4, 1, 1] }],
      [frame('client'), tcp(toPod, 'S', 40001, port)],
      [frame('client'), udp(toPod, 40002, port)],
    ]),
  ),
].map(fromText);
