import { at, at6, type Case, frame, local, named, rules, type Sent, tcp, udp } from './case.ts';

const VIRTUAL = ['10.96.0.1', '10.96.0.2'] as const;
const own = '10.10.100.207';
const pods = ['pod3', 'pod4', 'pod1', 'pod2'] as const;

/** What NAT makes of tuples that are taken, and which address of a range it takes. */
export const TRANSLATIONS: readonly Case[] = [
  named(
    'two-services-one-endpoint',
    'one client port to two services with one endpoint: the second connection is given another source port',
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'nat',
        ...VIRTUAL.map(
          virtual => `-A PREROUTING -d ${virtual}/32 -j DNAT -p udp --dport 80 --to-destination 192.168.3.10:8080`,
        ),
      ),
    ],
    VIRTUAL.map((daddr): Sent => [frame('client'), udp({ saddr: at('client'), daddr }, 40000, 80), { kind: 'reply' }]),
  ),
  named(
    'redirected-to-one-port',
    'two flows redirected to one port: the tuple that is taken is kept until INPUT gives the source another port',
    'legacy',
    [rules('iptables', 'legacy', 'nat', '-A PREROUTING -p udp -m multiport --dports 81,82 -j REDIRECT --to-ports 53')],
    [81, 82].map((dport): Sent => [frame('client'), udp({ saddr: at('client'), daddr: own }, 40000, dport)]),
  ),
  ...(['udp', 'tcp'] as const).map(protocol =>
    named(
      `no-port-left-${protocol}`,
      'a range of two source ports and four senders: the third and the fourth are dropped when they are confirmed, behind the last rule',
      'nft',
      [rules('iptables', 'nft', 'nat', `-A POSTROUTING -o eth0 -p ${protocol} -j MASQUERADE --to-ports 50000-50001`)],
      pods.flatMap((name): Sent[] => {
        const ends = { saddr: at(name), daddr: at('client') };
        const packet = protocol === 'udp' ? udp(ends, 40000, 80) : tcp(ends, 'S');
        return [[frame(name), packet]];
      }),
    ),
  ),
  named(
    'no-port-left-in-input',
    'a range of one source port in INPUT and two senders: the second is dropped behind the last rule',
    'nft',
    [rules('iptables', 'nft', 'nat', '-A INPUT -p udp --dport 53 -j SNAT --to-source 203.0.113.9:6000')],
    [40000, 40001].map((sport): Sent => [frame('client'), udp({ saddr: at('client'), daddr: own }, sport, 53)]),
  ),
  named(
    'ranges-of-addresses',
    'the address of a range by its hash, of IPv4 and IPv6, sources and destinations, in zones and persistent',
    'nft',
    [
      rules('iptables', 'nft', 'raw', '-A PREROUTING -p udp --dport 82 -j CT --zone 300'),
      rules('ip6tables', 'nft', 'raw', '-A PREROUTING -p udp --dport 82 -j CT --zone 300'),
      rules(
        'iptables',
        'nft',
        'nat',
        '-A PREROUTING -p udp --dport 80 -j DNAT --to-destination 10.200.1.10-10.200.200.77',
        '-A PREROUTING -p udp --dport 81 -j DNAT --to-destination 10.200.1.10-10.200.200.77 --persistent',
        '-A POSTROUTING -p udp --dport 82 -j SNAT --to-source 10.10.100.210-10.10.101.3',
      ),
      rules(
        'ip6tables',
        'nft',
        'nat',
        '-A PREROUTING -p udp --dport 80 -j DNAT --to-destination fd00:10:200:1::10-fd00:10:200:9::7fff',
        '-A PREROUTING -p udp --dport 81 -j DNAT --to-destination fd00:10:200:1::10-fd00:10:200:1::7fff --persistent',
        '-A POSTROUTING -p udp --dport 82 -j SNAT --to-source fd00:9:0:1::-fd00:9:0:9::3',
      ),
    ],
    pods.flatMap(name =>
      [80, 81, 82].flatMap((dport): Sent[] => [
        [frame(name), udp({ saddr: at(name), daddr: at('client') }, 40000, dport)],
        [frame(name), udp({ saddr: at6(name), daddr: at6('far') }, 40000, dport)],
      ]),
    ),
  ),
  named(
    'source-kept-newest-first',
    'a source that was mapped before is mapped alike, as its newest connection was',
    'legacy',
    [
      rules(
        'iptables',
        'legacy',
        'nat',
        '-A POSTROUTING -p udp --dport 80 -j SNAT --to-source 203.0.113.1',
        '-A POSTROUTING -p udp --dport 81 -j SNAT --to-source 203.0.113.2',
        '-A POSTROUTING -p udp -j SNAT --to-source 203.0.113.1-203.0.113.9',
      ),
    ],
    [80, 81, 82, 83].map(
      (dport): Sent => [frame('pod3'), udp({ saddr: at('pod3'), daddr: at('client') }, 40000, dport)],
    ),
  ),
  named(
    'invalid-in-output',
    'a SYN-ACK in a zone of its own is invalid in OUTPUT; by lo it comes back without zone and is found',
    'nft',
    [
      rules('iptables', 'nft', 'raw', '-A OUTPUT -p tcp -m tcp --tcp-flags ACK ACK -j CT --zone 5'),
      rules(
        'iptables',
        'nft',
        'filter',
        '-A OUTPUT -p tcp -m conntrack --ctstate INVALID -j MARK --set-mark 1',
        '-A INPUT -p tcp -m conntrack --ctstate ESTABLISHED -j MARK --or-mark 2',
      ),
    ],
    [[local, tcp({ saddr: own, daddr: '10.10.100.208' }, 'S', 40000, 22)]],
  ),
  named(
    'confirmed-by-an-error',
    'a SYN is rejected by a reset, the reset by an error: that one goes the way of the SYN, and confirms its connection',
    'legacy',
    [
      rules(
        'ip6tables',
        'legacy',
        'filter',
        '-A OUTPUT -p tcp --syn -j REJECT --reject-with tcp-reset',
        '-A INPUT -p tcp --tcp-flags RST RST -j REJECT --reject-with icmp6-adm-prohibited',
      ),
    ],
    [[local, tcp({ saddr: 'fd00:10:10:100::207', daddr: at6('client') }, 'S')]],
  ),
  named(
    'one-tuple-in-two-zones',
    'two connections may share a tuple where one has its zone in one direction: when the older one is over the other is found',
    'legacy',
    [rules('iptables', 'legacy', 'raw', '-A PREROUTING -i eth0 -j CT --zone-reply 2')],
    [
      [local, tcp({ saddr: own, daddr: at('client') }, 'S', 4000, 443)],
      [
        frame('client'),
        {
          ...tcp({ saddr: at('client'), daddr: own }, 'A', 443, 4000),
          ack: 1001,
        },
      ],
      [
        frame('client'),
        {
          ...tcp({ saddr: at('client'), daddr: own }, 'A', 443, 4000),
          ack: 1001,
        },
      ],
    ],
  ),
  named(
    'port-of-one-that-is-over',
    'the only port belongs to a TCP connection that was reset: another sender gets it with a sequence number beyond its own',
    'nft',
    [rules('iptables', 'nft', 'nat', '-A POSTROUTING -o eth0 -p tcp -j MASQUERADE --to-ports 50000')],
    [
      [frame('pod3'), tcp({ saddr: at('pod3'), daddr: at('client') }, 'S'), { kind: 'reply', flags: 'RA', seq: 5000 }],
      [frame('pod4'), tcp({ saddr: at('pod4'), daddr: at('client') }, 'S')],
      [frame('pod4'), { ...tcp({ saddr: at('pod4'), daddr: at('client') }, 'S'), seq: 90000 }],
    ],
  ),
];
