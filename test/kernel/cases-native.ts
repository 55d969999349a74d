import { at, at6, type Case, frame, named, nft, place, routing, type Sent, tcp, udp } from './case.ts';
import type { Via } from './observation.ts';

const toNode = { saddr: at('client'), daddr: '10.10.100.207' };
const toPod = { saddr: at('pod1'), daddr: at('pod2') };
const up = { saddr: at('pod1'), daddr: at('client') };
const fromLoopback: Via = { kind: 'raw', bind: '127.0.0.1' };

/** What tables of nft showed of the kernel. */
export const NATIVE: readonly Case[] = [
  named(
    'sockets-that-are-half-open',
    'of a connection that is half-open nft knows whether it is transparent, and neither its mark nor whom it listens for',
    'native',
    [
      nft(`table ip t {
  chain pre { type filter hook prerouting priority 0; policy accept;
    socket transparent 0 counter
    socket wildcard 0 counter
    socket wildcard 1 counter
    socket mark 0 counter
  }
}
`),
    ],
    [
      [frame('client'), tcp(toNode, 'S', 40000, 22), { kind: 'reply', to: 'handshake', flags: 'RA', seq: 1001 }],
      [frame('client'), tcp(toNode, 'S', 40001, 22), { kind: 'reply', to: 'handshake', flags: 'A', seq: 1001 }],
      [frame('client'), tcp(toNode, 'A', 40001, 22)],
    ],
  ),
  named(
    'sent-by-lo',
    'a datagram to a group from the loopback address leaves by lo, comes back, and its route takes nothing in',
    'native',
    [
      nft(`table ip t {
  chain pre { type filter hook prerouting priority 0; policy accept;
    ip daddr 224.0.0.5 counter;
  }
  chain in { type filter hook input priority 0; policy accept;
    ip daddr 224.0.0.5 counter;
  }
}
table ip n {
  chain pre { type nat hook prerouting priority -100; policy accept;
    udp dport 54 dnat to 10.10.100.207;
  }
}
`),
    ],
    [53, 54].map((port): Sent => [fromLoopback, udp({ saddr: '127.0.0.1', daddr: '224.0.0.5' }, 40000, port)]),
  ),
  named(
    'frames-below-ip',
    'egress counts the link header; of a frame for the bridge its port says that it is for another host, and the bridge that it is not',
    'native',
    [
      nft(`table netdev t {
  chain in { type filter hook ingress devices = { veth1, cni0, eth0 } priority 0; policy accept;
    meta pkttype host counter
    meta pkttype other counter
    meta pkttype broadcast counter
  }
  chain out { type filter hook egress devices = { veth2, cni0, eth0 } priority 0; policy accept;
    meta length 41 counter
    meta length 55 counter
  }
}
table bridge b {
  chain pre { type filter hook prerouting priority -10; policy accept;
    meta pkttype host counter
    meta pkttype other counter;
  }
  chain late { type filter hook prerouting priority 10; policy accept;
    meta pkttype host counter
    meta pkttype other counter;
  }
  chain up { type filter hook input priority 0; policy accept;
    meta pkttype host counter
    meta pkttype other counter;
  }
  chain across { type filter hook forward priority 10; policy accept;
    meta pkttype host counter
    meta pkttype other counter;
  }
  chain post { type filter hook postrouting priority 0; policy accept;
    meta length 41 counter
    meta length 55 counter;
  }
}
table ip i {
  chain pre { type filter hook prerouting priority 0; policy accept;
    meta pkttype host counter
    meta pkttype other counter;
  }
  chain on { type filter hook forward priority 0; policy accept;
    meta pkttype host counter
    meta pkttype other counter;
  }
}
`),
    ],
    [
      [frame('pod1', place('pod2').mac), udp(toPod, 40000, 80)],
      [frame('pod1'), udp(up, 40000, 80)],
      [frame('client'), udp({ saddr: at('client'), daddr: at('pod2') }, 40000, 80)],
      [{ kind: 'raw' }, udp({ saddr: '10.10.100.207', daddr: at('client') }, 40000, 80)],
      [{ kind: 'raw' }, udp({ saddr: '192.168.1.1', daddr: at('pod2') }, 40000, 80)],
    ],
  ),
  named(
    'routed-in-the-bridge',
    'after DNAT in a bridge a packet keeps the route that it was given there: what later chains of the bridge make of its mark changes nothing',
    'native',
    [
      ...(['-4', '-6'] as const).map(version => ({
        ...routing(
          `route add default via ${place('router2')[version === '-4' ? 'ip' : 'ip6']} dev eth1 table 100`,
          'rule add fwmark 0x1/0x1 lookup 100 pref 1000',
        ),
        argv: ['ip', version, '-b', '-'],
      })),
      nft(`table inet n {
  chain early { type filter hook prerouting priority -150; policy accept; udp dport 81 meta mark set 1; }
  chain pre { type nat hook prerouting priority -100; policy accept;
    ip daddr 203.0.113.10 dnat to 10.10.100.1
    ip6 daddr 2001:db8:113::10 dnat to fd00:10:10:100::1
  }
}
table bridge b {
  chain late { type filter hook prerouting priority 10; policy accept;
    udp dport 82 meta mark set 1
    meta pkttype host counter
  }
  chain up { type filter hook input priority 0; policy accept; udp dport 83 meta mark set 1; }
}
`),
    ],
    [80, 81, 82, 83].flatMap((port): Sent[] => [
      [frame('pod1'), udp({ saddr: at('pod1'), daddr: '203.0.113.10' }, 40000, port)],
      [frame('pod1'), udp({ saddr: at6('pod1'), daddr: '2001:db8:113::10' }, 40000, port)],
    ]),
  ),
  named(
    'reset-to-loopback',
    'a reset to ::1 goes by the device that the segment came in by, and is found where DNAT sent the first one',
    'native',
    [
      nft(`table inet t {
  chain out { type nat hook output priority -100; policy accept; meta l4proto tcp dnat ip6 to [fd00:10:96::1]:80; }
}
`),
    ],
    [
      [
        { kind: 'raw', bind: 'fd00:192:168:1::1' },
        tcp({ saddr: 'fd00:192:168:1::1', daddr: '::1' }, 'S'),
        { kind: 'reply', flags: 'SA', seq: 5000 },
      ],
    ],
  ),
  named(
    'zone-of-an-answer',
    'a zone that is set on an invalid packet goes on to the error about it: that is related before it is tracked, and is of no connection after',
    'native',
    [
      nft(`table ip t {
  chain in { type filter hook input priority 0; policy accept;
    tcp sport 40001 ct state invalid ct zone set 2
    ct state new tcp flags & (fin | syn) == fin | syn reject with icmp admin-prohibited
    ct state invalid reject with icmp admin-prohibited
  }
  chain raw { type filter hook output priority -300; policy accept;
    ct state related counter
    ct state new counter
    ct state invalid counter
  }
  chain out { type filter hook output priority 0; policy accept;
    ct state related counter
    ct state invalid counter
  }
}
`),
    ],
    [40000, 40001].flatMap((port): Sent[] => [
      [frame('client'), tcp(toNode, 'S', port, 22)],
      [frame('client'), tcp(toNode, 'SF', port, 22)],
    ]),
  ),
];
