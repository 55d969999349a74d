import { at, at6, type Case, frame, local, named, place, routing, rules, type Sent, tcp, udp } from './case.ts';
import type { PacketSpec } from './observation.ts';

const echo = (saddr: string, daddr: string): PacketSpec => ({
  saddr,
  daddr,
  family: saddr.includes(':') ? 'ip6' : 'ip',
  protocol: saddr.includes(':') ? 'icmpv6' : 'icmp',
  type: saddr.includes(':') ? 128 : 8,
  icmpId: 7,
  ttl: 64,
});

const bad = (packet: PacketSpec): PacketSpec => ({ ...packet, badChecksum: true });
const toPod = { saddr: at('client'), daddr: at('pod3') };
const toNode = { saddr: at('client'), daddr: '10.10.100.207' };
const toNode6 = { saddr: at6('client'), daddr: 'fd00:10:10:100::207' };
const toPod6 = { saddr: at6('client'), daddr: at6('pod3') };

/** What the node says of packets that it refuses or cannot send on, and when it keeps quiet. */
export const ANSWERS: readonly Case[] = [
  named(
    'reject-keeps-quiet',
    'REJECT sends nothing about a packet whose checksum is wrong, nor about IPv6 without a transport header',
    'nft',
    [
      rules('iptables', 'nft', 'filter', '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -j REJECT'),
      rules(
        'ip6tables',
        'nft',
        'filter',
        '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset',
        '-A FORWARD -j REJECT',
      ),
    ],
    [
      tcp(toPod, 'S'),
      udp(toPod, 40000, 80),
      tcp(toPod6, 'S'),
      udp(toPod6, 40000, 80),
      echo(at('client'), at('pod3')),
      echo(at6('client'), at6('pod3')),
    ]
      .flatMap(packet => [packet, bad(packet)])
      .concat(
        { ...toPod6, family: 'ip6', protocol: 'ah', spi: 5, ttl: 64 },
        { ...toPod, family: 'ip', protocol: 'ah', spi: 5, ttl: 64 },
      )
      .map((packet): Sent => [frame('client'), packet]),
  ),
  named(
    'reject-own-echo',
    'an error about an ICMP message that the kernel itself sends is given up, one about a datagram of the node is sent',
    'legacy',
    [
      rules(
        'iptables',
        'legacy',
        'filter',
        '-A OUTPUT -p icmp --icmp-type echo-reply -j REJECT',
        '-A OUTPUT -p udp -j REJECT',
      ),
      rules(
        'ip6tables',
        'legacy',
        'filter',
        '-A OUTPUT -p icmpv6 --icmpv6-type echo-reply -j REJECT',
        '-A OUTPUT -p udp -j REJECT',
      ),
    ],
    [
      [frame('client'), echo(at('client'), '10.10.100.207')],
      [frame('client'), echo(at6('client'), 'fd00:10:10:100::207')],
      [local, udp({ saddr: '10.10.100.207', daddr: at('far') }, 40000, 80)],
      [local, udp({ saddr: 'fd00:10:10:100::207', daddr: at6('far') }, 40000, 80)],
      [local, udp({ saddr: '10.10.100.207', daddr: '0.0.0.0' }, 40000, 80)],
    ],
  ),
  named(
    'reset-by-the-bridge',
    'the reset for a pod behind a bridge leaves by the port of the bridge and passes no rule; one for a routed pod does',
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'filter',
        '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset',
        '-A INPUT -p tcp -j REJECT --reject-with tcp-reset',
        '-A OUTPUT -j MARK --set-mark 1',
      ),
    ],
    [
      [frame('pod1'), tcp({ saddr: at('pod1'), daddr: at('client') }, 'S')],
      [frame('pod1', place('pod2').mac), tcp({ saddr: at('pod1'), daddr: at('pod2') }, 'S')],
      [frame('pod1'), tcp({ saddr: at('pod1'), daddr: '192.168.1.1' }, 'S')],
      [frame('pod3'), tcp({ saddr: at('pod3'), daddr: at('client') }, 'S')],
    ],
  ),
  named(
    'error-by-its-route',
    'ICMPv6 errors come from an address of the interface the packet came in by; where DNAT in a bridge has routed it, of the route',
    'legacy',
    [
      rules(
        'ip6tables',
        'legacy',
        'nat',
        `-A PREROUTING -d fd00:10:96::1/128 -j DNAT --to-destination ${at6('host2')}`,
      ),
      rules('ip6tables', 'legacy', 'filter', '-A FORWARD -p udp --dport 81 -j REJECT'),
    ],
    ['pod1', 'pod3', 'client'].flatMap(name =>
      ['fd00:10:96::1', at6('host2')].flatMap((daddr, i): Sent[] => [
        [frame(name), udp({ saddr: at6(name), daddr }, 40000 + i, 81)],
        [frame(name), { ...udp({ saddr: at6(name), daddr }, 40002 + i, 80), ttl: 1 }],
      ]),
    ),
  ),
  named(
    'hairpin-is-bridged',
    'a frame to its own port leaves by it where the port is a hairpin: the MAC says so, whatever the IP address',
    'legacy',
    [
      rules(
        'ip6tables',
        'legacy',
        'mangle',
        '-A FORWARD -m physdev --physdev-is-bridged --physdev-out veth2 -j MARK --set-mark 1',
      ),
    ],
    [[frame('pod2', place('pod2').mac), udp({ saddr: at6('pod2'), daddr: at6('host2') }, 40000, 80)]],
  ),
  named(
    'frames-to-all',
    'nothing is said about a packet whose frame went to everybody, though its address is of one host; a reset is sent',
    'nft',
    [
      rules('iptables', 'nft', 'filter', '-A INPUT -p tcp -j REJECT --reject-with tcp-reset', '-A INPUT -j REJECT'),
      rules('ip6tables', 'nft', 'filter', '-A INPUT -p tcp -j REJECT --reject-with tcp-reset', '-A INPUT -j REJECT'),
    ],
    ['ff:ff:ff:ff:ff:ff', undefined].flatMap((dmac): Sent[] =>
      [toNode, toNode6].flatMap(ends => [
        [frame('client', dmac), udp(ends, 40000, 80)],
        [frame('client', dmac), tcp(ends, 'S')],
      ]),
    ),
  ),
  named(
    'anycast-echo',
    'the answer to an echo request for the anycast address of a network leaves by that network, even to the node itself',
    'nft',
    [
      rules(
        'ip6tables',
        'nft',
        'mangle',
        '-A POSTROUTING -o lo -j MARK --set-mark 1',
        '-A POSTROUTING -o eth0 -j MARK --set-mark 2',
      ),
    ],
    [
      [local, echo('fd00:192:168:1::1', 'fd00:10:10:100::')],
      [local, echo('fd00:192:168:1::1', 'fd00:10:10:100::207')],
      [frame('client'), echo(at6('client'), 'fd00:10:10:100::')],
    ],
  ),
  named(
    'reset-settles-a-translation',
    'the reset about a refused SYN passes the nat rules for it, in POSTROUTING too: the source of the connection is translated, and nothing of that shows on the reset',
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'nat',
        '-A POSTROUTING -p tcp --dport 40000 -j SNAT --to-source 203.0.113.77:5353-5553',
        '-A POSTROUTING -p tcp --dport 40001 -j SNAT --to-source 203.0.113.77 --random',
      ),
      rules('iptables', 'nft', 'filter', '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset'),
    ],
    [40000, 40001].map((sport): Sent => [frame('client'), tcp(toPod, 'S', sport)]),
  ),
  named(
    'answer-to-a-closed-socket',
    'who asks a server of the same node and goes away has no socket when the answer comes by lo',
    'legacy',
    [rules('iptables', 'legacy', 'filter', '-A INPUT -m socket --nowildcard -j MARK --set-mark 1')],
    [true, false].map(
      (close, i): Sent => [
        { kind: 'socket', bind: '10.10.100.207', close },
        udp({ saddr: '10.10.100.207', daddr: '10.10.100.207' }, 42000 + i, 9999),
        { kind: 'reply' },
      ],
    ),
  ),
  named(
    'reset-for-nowhere',
    'the checksum of a reset for what was sent to 0.0.0.0 is wrong, for it has another source: REJECT sends nothing about it, and it comes back invalid',
    'legacy',
    [
      rules(
        'iptables',
        'legacy',
        'filter',
        '-A OUTPUT -p tcp --tcp-flags RST RST --dport 40000:40001 -j REJECT',
        '-A INPUT -p tcp --tcp-flags RST RST -m conntrack --ctstate INVALID -j DROP',
      ),
    ],
    ['0.0.0.0', '10.10.100.207'].flatMap((daddr, i) =>
      [40000, 41000].map((sport): Sent => [local, tcp({ saddr: '10.10.100.208', daddr }, 'S', sport + i, 81)]),
    ),
  ),
  named(
    'syn-again',
    'a SYN that comes again with other options is answered as the first one was',
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'mangle',
        '-A OUTPUT -p tcp --tcp-option 4 -j MARK --set-mark 1',
        '-A OUTPUT -p tcp --tcp-option 3 -j MARK --set-mark 2',
      ),
    ],
    ([{ options: [4] }, { scale: 1 }, { options: [4] }] as const).map(
      (change): Sent => [
        frame('client'),
        { ...tcp({ saddr: at('client'), daddr: '10.10.100.207' }, 'S', 40000, 8080), ...change },
      ],
    ),
  ),
  named(
    'refused-to-nobody',
    'what comes in from 0.0.0.0 to 0.0.0.0 is a broadcast, about which nothing is said',
    'nft',
    [rules('iptables', 'nft', 'filter', '-A INPUT -p tcp -j REJECT --reject-with tcp-reset', '-A INPUT -j REJECT')],
    [
      [frame('host2'), udp({ saddr: '0.0.0.0', daddr: '0.0.0.0' }, 40000, 80)],
      [frame('host2'), tcp({ saddr: '0.0.0.0', daddr: '0.0.0.0' }, 'S')],
      [frame('host2'), udp({ saddr: at('host2'), daddr: '172.30.5.2' }, 40000, 80)],
    ],
  ),
  named(
    'error-without-way',
    'the way of an error is looked for without a source: where that finds none it is not sent, though its sources would have one',
    'legacy',
    [
      routing(
        'rule add from 192.168.3.10 lookup 100',
        'rule add from 10.10.100.207 lookup 100',
        'route add 10.66.1.0/24 via 10.10.100.1 table 100',
      ),
    ],
    ['10.66.1.9', at('client')].flatMap((saddr, i): Sent[] => [
      [frame('host2'), { ...udp({ saddr, daddr: '192.168.3.10' }, 40000 + i, 80), ttl: 1 }],
      [frame('host2'), udp({ saddr, daddr: '10.10.100.207' }, 40010 + i, 81)],
    ]),
  ),
  named(
    'socket-of-an-error',
    'an error about a datagram that left from another address finds its socket in IPv4; in IPv6 only an answer does',
    'nft',
    (['iptables', 'ip6tables'] as const).flatMap(tool => {
      const other = tool === 'iptables' ? '10.10.100.208' : 'fd00:10:10:100::208';
      return [
        rules(tool, 'nft', 'mangle', '-A PREROUTING -m socket -j MARK --set-mark 1'),
        rules(tool, 'nft', 'nat', `-A POSTROUTING -p udp --dport 80 -j SNAT --to-source ${other}`),
      ];
    }),
    [
      { saddr: '10.10.100.207', daddr: at('client'), error: { type: 3, code: 0 } },
      { saddr: 'fd00:10:10:100::207', daddr: at6('client'), error: { type: 1, code: 0 } },
    ].flatMap(({ error, ...ends }, i): Sent[] => {
      const via = { kind: 'socket', bind: ends.saddr } as const;
      return [80, 81].flatMap((dport): Sent[] => [
        [via, udp(ends, 42000 + i, dport), { kind: 'error', ...error }],
        [via, udp(ends, 42000 + i, dport), { kind: 'reply' }],
      ]);
    }),
  ),
  named(
    'refused-group-source',
    'nothing is said to a group as a source in IPv6, which a bridge lets pass as far as FORWARD; IPv4 tells the group, with a TTL of 1, and itself where the source is 0.0.0.0',
    'nft',
    (['iptables', 'ip6tables'] as const).map(tool =>
      rules(tool, 'nft', 'filter', '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -j REJECT'),
    ),
    [
      { saddr: 'ff02::9', daddr: at6('pod2') },
      { saddr: '224.0.0.9', daddr: at('pod2') },
      { saddr: '0.0.0.0', daddr: at('pod2') },
      { saddr: at6('pod1'), daddr: at6('pod2') },
      { saddr: at('pod1'), daddr: at('pod2') },
    ].flatMap((ends): Sent[] => [
      [frame('pod1', place('pod2').mac), udp(ends, 40000, 80)],
      [frame('pod1', place('pod2').mac), tcp(ends, 'S')],
    ]),
  ),
  named(
    'answers-to-loopback-6',
    'an echo goes back to ::1 by lo, whichever address was asked; a reset has to leave by the interface of its source, where ::1 is not',
    'nft',
    [],
    ['fd00:172:30:5::2', 'fd00:10:10:100::207', '::1'].flatMap((daddr, i): Sent[] => [
      [local, echo('::1', daddr)],
      [local, tcp({ saddr: '::1', daddr }, 'S', 40000 + i, 81)],
    ]),
  ),
  named(
    'refused-between-ports',
    'a frame for another port with an address of the node in it: the error has the address of the way back in IPv4, its own destination in IPv6',
    'legacy',
    (['iptables', 'ip6tables'] as const).map(tool => rules(tool, 'legacy', 'filter', '-A FORWARD -j REJECT')),
    [toNode.daddr, toNode6.daddr].map(
      (daddr): Sent => [
        frame('pod1', place('pod2').mac),
        udp({ saddr: daddr.includes(':') ? at6('pod1') : at('pod1'), daddr }, 40000, 81),
      ],
    ),
  ),
  named(
    'refused-anycast-source',
    'a reset for an anycast address has that for its source, and no error is sent about it when it is refused in turn',
    'nft',
    [
      rules(
        'ip6tables',
        'nft',
        'filter',
        '-A INPUT -p tcp -j REJECT --reject-with tcp-reset',
        '-A OUTPUT -p tcp -j REJECT',
      ),
    ],
    ['fd00:10:10:100::', 'fd00:10:10:100::207'].map(
      (daddr): Sent => [frame('pod3'), tcp({ saddr: at6('pod3'), daddr }, 'S')],
    ),
  ),
];
