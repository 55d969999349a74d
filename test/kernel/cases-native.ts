import { at, type Case, frame, named, nft, place, type Sent, tcp, udp } from './case.ts';
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
];
