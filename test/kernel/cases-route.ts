import { at, at6, type Case, frame, local, named, routing, rules, type Sent, tcp, udp } from './case.ts';

const toPod = { saddr: at('client'), daddr: at('pod3') };
const own4 = '10.10.100.207';
const toEth1 = (family: '-4' | '-6', selector: string) => ({
  ...routing(
    `route add default via ${family === '-4' ? '172.30.5.1' : 'fd00:172:30:5::1'} dev eth1 table 100`,
    `rule add ${selector} lookup 100 pref 1000`,
  ),
  argv: ['ip', family, '-b', '-'],
});
const service = '10.96.0.1';
const service6 = 'fd00:10:96::1';

/** Where a packet goes, and where an error about it comes from. */
export const ROUTES: readonly Case[] = [
  ...(['nft', 'legacy'] as const).map(backend =>
    named(
      `queued-past-the-route-${backend}`,
      'a mark before a queue that nobody listens on: the legacy mangle table routes the packet again, nf_tables does not',
      backend,
      [
        toEth1('-4', 'fwmark 0x1'),
        toEth1('-6', 'fwmark 0x1'),
        ...(['iptables', 'ip6tables'] as const).map(tool =>
          rules(
            tool,
            backend,
            'mangle',
            '-A OUTPUT -j MARK --set-mark 1',
            '-A OUTPUT -p udp --dport 80 -j NFQUEUE --queue-num 7 --queue-bypass',
          ),
        ),
      ],
      [
        { saddr: own4, daddr: at('far') },
        { saddr: 'fd00:10:10:100::207', daddr: at6('far') },
      ].flatMap(ends => [80, 81].map((dport): Sent => [local, udp(ends, 40000, dport)])),
    ),
  ),
  named(
    'rpfilter-asks-as-the-node',
    'rpfilter looks the way back up as for a packet of the node: rules of iif lo hold, IPv6 takes the device for an oif',
    'nft',
    [
      toEth1('-4', 'iif lo'),
      toEth1('-6', 'iif lo'),
      rules('iptables', 'nft', 'raw', '-A PREROUTING -m rpfilter', '-A PREROUTING -m rpfilter --loose'),
      rules('ip6tables', 'nft', 'raw', '-A PREROUTING -m rpfilter', '-A PREROUTING -m rpfilter --loose'),
    ],
    [
      [frame('client'), udp(toPod, 40000, 80)],
      [frame('router2'), udp({ saddr: at('far'), daddr: at('pod3') }, 40000, 80)],
      [frame('pod3'), udp({ saddr: at6('pod3'), daddr: at6('client') }, 40000, 80)],
      [frame('router2'), udp({ saddr: at6('far'), daddr: at6('pod3') }, 40000, 80)],
      [frame('pod1'), udp({ saddr: 'ff02::9', daddr: at6('pod3') }, 40000, 80)],
    ],
  ),
  named(
    'output-routed-again-by-nobody',
    'after OUTPUT changed a packet IPv4 looks it up as root, IPv6 as its sender: rules by uid',
    'legacy',
    [
      toEth1('-4', 'uidrange 1000-1000'),
      toEth1('-6', 'uidrange 1000-1000'),
      rules('iptables', 'legacy', 'mangle', '-A OUTPUT -p udp --dport 81 -j TOS --set-tos 0x08'),
      rules('ip6tables', 'legacy', 'mangle', '-A OUTPUT -p udp --dport 81 -j TOS --set-tos 0x08'),
    ],
    [80, 81].flatMap(dport => [
      [{ ...local, uid: 1000 }, udp({ saddr: own4, daddr: at('far') }, 40000, dport)] as const,
      [{ ...local, uid: 1000 }, udp({ saddr: 'fd00:10:10:100::207', daddr: at6('far') }, 40000, dport)] as const,
    ]),
  ),
  named(
    'bridged-dnat-to-nobody',
    'DNAT in a bridge to an address on it that has no neighbour entry, where nobody is asked: it ends before forward',
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'nat',
        `-A PREROUTING -d ${service}/32 -p udp --dport 80 -j DNAT --to-destination 192.168.1.77`,
        `-A PREROUTING -d ${service}/32 -p udp --dport 81 -j DNAT --to-destination 10.66.2.1`,
        `-A PREROUTING -d ${service}/32 -p udp --dport 82 -j DNAT --to-destination 10.66.1.1`,
      ),
      rules(
        'ip6tables',
        'nft',
        'nat',
        `-A PREROUTING -d ${service6}/128 -p udp --dport 80 -j DNAT --to-destination fd00:192:168:1::77`,
        `-A PREROUTING -d ${service6}/128 -p udp --dport 81 -j DNAT --to-destination fd00:66:2::1`,
      ),
    ],
    [80, 81, 82].flatMap(dport => [
      [frame('pod1'), udp({ saddr: at('pod1'), daddr: service }, 40000, dport)] as const,
      [frame('pod1'), udp({ saddr: at6('pod1'), daddr: service6 }, 40000, dport)] as const,
    ]),
  ),
  named(
    'bridged-dnat-without-forwarding',
    'DNAT in a bridge to a neighbour on it, where the bridge does not forward: the packet is lost',
    'nft',
    [rules('iptables', 'nft', 'nat', `-A PREROUTING -d ${service}/32 -p udp -j DNAT --to-destination ${at('pod2')}`)],
    [
      [frame('pod1'), udp({ saddr: at('pod1'), daddr: service }, 40000, 80)],
      [frame('pod1', '02:03:01:00:00:0b'), udp({ saddr: at('pod1'), daddr: at('pod2') }, 40000, 80)],
    ],
    { 'net.ipv4.conf.cni0.forwarding': 0 },
  ),
  named(
    'error-source-6',
    'which address an IPv6 error has: of the device that the packet came in by, after DNAT in a bridge of the device that it leaves by, between ports of the way back',
    'nft',
    [
      toEth1('-6', 'iif lo'),
      rules(
        'ip6tables',
        'nft',
        'nat',
        `-A PREROUTING -d ${service6}/128 -p udp -j DNAT --to-destination ${at6('client')}`,
      ),
      rules(
        'ip6tables',
        'nft',
        'filter',
        '-A FORWARD -p udp --dport 81 -j REJECT',
        '-A OUTPUT -p udp --dport 82 -j REJECT',
        '-A INPUT -p udp --dport 83 -j REJECT --reject-with icmp6-addr-unreachable',
      ),
    ],
    [
      [frame('pod3'), udp({ saddr: at6('pod3'), daddr: at6('client') }, 40000, 81)],
      [frame('pod1'), udp({ saddr: at6('pod1'), daddr: at6('client') }, 40000, 81)],
      [frame('pod1'), { ...udp({ saddr: at6('pod1'), daddr: service6 }, 40000, 80), ttl: 1 }],
      [frame('pod1', '02:03:01:00:00:0b'), udp({ saddr: at6('pod1'), daddr: at6('pod2') }, 40000, 81)],
      [local, udp({ saddr: 'fd00:10:10:100::208', daddr: at6('far') }, 40000, 82)],
      [local, udp({ saddr: '::1', daddr: '::1' }, 40000, 83)],
      [local, udp({ saddr: 'fd00:192:168:1::1', daddr: 'fd00:172:30:5::2' }, 40000, 83)],
    ],
  ),
  named(
    'masquerade-on-loopback-6',
    'what leaves by lo is masqueraded as an address of lo, for a destination that is no further than it',
    'nft',
    [rules('ip6tables', 'nft', 'nat', '-A POSTROUTING -o lo -j MASQUERADE', '-A POSTROUTING -o eth+ -j MASQUERADE')],
    [
      [local, udp({ saddr: '::1', daddr: '::1' }, 40000, 81)],
      [local, udp({ saddr: 'fd00:172:30:5::2', daddr: 'fd00:10:10:100::208' }, 40001, 81)],
      [frame('pod3'), udp({ saddr: at6('pod3'), daddr: at6('far') }, 40000, 80)],
      [frame('pod3'), udp({ saddr: at6('pod3'), daddr: at6('host2') }, 40000, 80)],
    ],
  ),
  named(
    'error-about-nobodys-address',
    'REJECT in OUTPUT of what goes to an address that is local by a route alone: no error, for none may have it as its source',
    'legacy',
    [
      routing('route add local 198.51.100.0/24 dev lo table 100', 'rule add iif lo lookup 100 pref 1000'),
      rules('iptables', 'legacy', 'filter', '-A OUTPUT -p udp -m multiport --dports 81,82 -j REJECT'),
    ],
    [
      [{ kind: 'socket', close: true }, udp({ saddr: '198.51.100.7', daddr: '198.51.100.7' }, 40000, 81)],
      [{ kind: 'socket', close: true, bind: own4 }, udp({ saddr: own4, daddr: own4 }, 40001, 82)],
    ],
  ),
  named(
    'group-for-a-source',
    'the error of a program that is not there has a group for its source once its translation is undone: it does not come back by lo',
    'nft',
    [rules('ip6tables', 'nft', 'nat', '-A OUTPUT -d ff05::2/128 -p udp -j DNAT --to-destination fd00:172:30:5::2')],
    [
      [
        { kind: 'socket', bind: 'fd00:10:10:100::207' },
        udp({ saddr: 'fd00:10:10:100::207', daddr: 'ff05::2' }, 40000, 81),
      ],
    ],
  ),
  named(
    'socket-before-the-route',
    'marks lead the packets that open a connection to the node, later ones are not marked: those of a whole socket go up all the same, those of one that is half open are lost, and without one they are forwarded',
    'legacy',
    [
      {
        ...routing('route add local 2001:db8:51::/64 dev lo table 100', 'rule add fwmark 0x1/0x1 lookup 100 pref 1000'),
        argv: ['ip', '-6', '-b', '-'],
      },
      rules(
        'ip6tables',
        'legacy',
        'mangle',
        '-A PREROUTING -p tcp --tcp-flags SYN SYN -j MARK --set-mark 1',
        '-A PREROUTING -p tcp --tcp-flags FIN,PSH,RST,ACK ACK -j MARK --set-mark 1',
      ),
    ],
    (
      [
        ['S', 40000],
        ['R', 40000],
        ['S', 40001, { kind: 'reply', to: 'handshake', flags: 'A', seq: 1001 }],
        ['PA', 40001],
        ['R', 40001],
        ['PA', 40001],
      ] as const
    ).map(
      ([flags, sport, ...answers]): Sent => [
        frame('client'),
        tcp({ saddr: at6('client'), daddr: '2001:db8:51::7' }, flags, sport, 8080),
        ...answers,
      ],
    ),
  ),
  named(
    'error-routed-again',
    'an error on a connection whose destination was translated is routed again behind nat, even where its own destination was the right one: a mark of raw meets a rule',
    'nft',
    [
      routing('rule add fwmark 0x2/0x2 prohibit pref 1000'),
      rules('iptables', 'nft', 'raw', '-A OUTPUT -p icmp -j MARK --set-mark 2'),
      rules('iptables', 'nft', 'nat', `-A OUTPUT -d ${service}/32 -j DNAT --to-destination 172.30.5.1`),
      rules('iptables', 'nft', 'filter', '-A INPUT -p udp -j REJECT --reject-with icmp-host-unreachable'),
    ],
    [service, '172.30.5.9'].map(
      (daddr): Sent => [
        { kind: 'socket', bind: '172.30.5.2' },
        udp({ saddr: '172.30.5.2', daddr }, 40000, 9999),
        { kind: 'reply' },
      ],
    ),
  ),
  named(
    'hop-limit-routed-again',
    'a mark that raw sets in OUTPUT counts where mangle changes the packet: IPv6 takes a new hop limit for such a change, IPv4 no new TTL',
    'legacy',
    (['-4', '-6'] as const).flatMap(family => {
      const tool = family === '-4' ? 'iptables' : 'ip6tables';
      const inc = family === '-4' ? 'TTL --ttl-inc 1' : 'HL --hl-inc 1';
      return [
        toEth1(family, 'fwmark 0x1/0x1'),
        rules(tool, 'legacy', 'raw', '-A OUTPUT -p udp -j MARK --set-mark 1'),
        rules(
          tool,
          'legacy',
          'mangle',
          `-A OUTPUT -p udp --dport 80 -j ${inc}`,
          '-A OUTPUT -p udp --dport 81 -j TOS --set-tos 8',
        ),
      ];
    }),
    [
      { saddr: own4, daddr: at('far') },
      { saddr: 'fd00:10:10:100::207', daddr: at6('far') },
    ].flatMap(ends => [80, 81, 82].map((dport): Sent => [local, udp(ends, 40000, dport)])),
  ),
  named(
    'broadcast-source',
    'the address of everybody on a network is no sender: once there were rules of policy routing the look-up of the way back says so',
    'nft',
    [],
    [at('pod3'), own4].flatMap(daddr =>
      ['10.10.100.255', '192.168.1.255', '255.255.255.255'].map(
        (saddr): Sent => [frame('client'), udp({ saddr, daddr }, 40000, 80)],
      ),
    ),
  ),
  named(
    'local-on-an-interface',
    'addrtype of IPv6 with an interface asks whether that has the address: a local route is not enough, as it is without',
    'legacy',
    [
      { ...routing('route add local 2001:db8:51::/64 dev eth0'), argv: ['ip', '-6', '-b', '-'] },
      rules(
        'ip6tables',
        'legacy',
        'filter',
        '-A INPUT -m addrtype --dst-type LOCAL -j MARK --set-mark 1',
        '-A INPUT -m addrtype --dst-type LOCAL --limit-iface-in -j MARK --set-mark 2',
        '-A INPUT -m addrtype ! --dst-type LOCAL,ANYCAST --limit-iface-in -j MARK --set-mark 3',
      ),
    ],
    ['2001:db8:51::7', 'fd00:10:10:100::207', 'fd00:10:10:100::', 'fd00:172:30:5::2'].map(
      (daddr): Sent => [frame('client'), udp({ saddr: at6('client'), daddr }, 40000, 81)],
    ),
  ),
];
