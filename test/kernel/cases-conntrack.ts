import { at, type Case, type Ends, frame, named, routing, rules, type Sent, sctp, tcp, udp } from './case.ts';
import type { PacketSpec } from './observation.ts';

const toPod: Ends = { saddr: at('client'), daddr: at('pod3') };
const sees = (state: string) => `-A FORWARD -m conntrack --ctstate ${state}`;

/** A TCP connection of the client with a pod, segment by segment: who sends, flags, numbers beside the usual. */
const talk = (...segments: readonly (readonly ['>' | '<', string, Partial<PacketSpec>?])[]): Sent[] =>
  segments.map(([way, flags, change]): Sent => {
    const out = way === '>';
    const ends = out ? toPod : { saddr: toPod.daddr, daddr: toPod.saddr };
    const [mine, theirs] = out ? [1000, 5000] : [5000, 1000];
    const numbers = { seq: flags.includes('S') ? mine : mine + 1, ack: flags.includes('A') ? theirs + 1 : 0 };
    const ports = out ? ([40000, 80] as const) : ([80, 40000] as const);
    return [frame(out ? 'client' : 'pod3'), { ...tcp(ends, flags, ...ports), ...numbers, ...change }];
  });
/** The same for SCTP: a chunk's type and its tag. */
const associate = (...packets: readonly (readonly ['>' | '<', number, number, Partial<PacketSpec>?])[]): Sent[] =>
  packets.map(([way, chunk, tag, change]): Sent => {
    const out = way === '>';
    const ends = out ? toPod : { saddr: toPod.daddr, daddr: toPod.saddr };
    const ports = out ? { sport: 40000, dport: 80 } : { sport: 80, dport: 40000 };
    return [frame(out ? 'client' : 'pod3'), { ...sctp(ends, chunk, tag, 40000), ...ports, ...change }];
  });
const HANDSHAKE = [
  ['>', 'S'],
  ['<', 'SA'],
  ['>', 'A'],
] as const;
const STATES_SEEN = rules(
  'iptables',
  'nft',
  'filter',
  `${sees('INVALID')} -j MARK --set-mark 1`,
  `${sees('NEW')} -j MARK --set-mark 2`,
  `${sees('ESTABLISHED')} -j MARK --set-mark 3`,
);
/** What becomes of connections, packet by packet. */
export const CONNECTIONS: readonly Case[] = [
  named(
    'tcp-windows',
    'numbers outside of the windows are INVALID: data beyond what was offered, acknowledgements of what was not sent',
    'nft',
    [STATES_SEEN],
    talk(
      ...HANDSHAKE,
      ['>', 'PA', { payload: 'hello' }],
      ['<', 'A', { ack: 1006 }],
      ['<', 'A', { ack: 1007 }],
      ['<', 'A', { ack: 700 }],
      ['>', 'A', { seq: 1006 + 64241 }],
      ['>', 'A', { seq: 1006 + 64240 }],
      ['>', 'PA', { seq: 1006 + 64240, payload: 'hello' }],
      ['>', 'PA', { seq: 1006 + 70000, payload: 'hello' }],
      ['>', 'A', { seq: 1006, ack: 9000 }],
      ['<', 'PA', { ack: 1006, payload: 'hello' }],
      ['>', 'A', { seq: 1006, ack: 5006 }],
      ['>', 'R', { seq: 1005 }],
      ['>', 'R', { seq: 1007 }],
      ['>', 'A', { seq: 1006, ack: 5006 }],
      ['>', 'R', { seq: 1006 }],
      ['>', 'A', { seq: 1006, ack: 5006 }],
    ),
  ),
  named(
    'tcp-windows-scaled',
    'a scaled window allows more; SACK moves the right edge; a side that does not scale turns scaling off',
    'nft',
    [STATES_SEEN],
    [
      ...talk(
        ['>', 'S', { scale: 4, options: [4] }],
        ['<', 'SA', { scale: 3, options: [4], window: 1000 }],
        ['>', 'A', { window: 100 }],
        ['<', 'A', { window: 1000, seq: 5001 + 1599 }],
        ['<', 'A', { window: 1000, seq: 5001 + 1601 }],
        ['>', 'A', { seq: 1001 + 7999 }],
        ['>', 'A', { seq: 1001 + 8001 }],
        ['>', 'PA', { payload: 'hello' }],
        ['<', 'A', { sack: [1002, 1006] }],
        ['<', 'A', { sack: [1002, 1007] }],
      ),
      ...talk(
        ['>', 'S', { scale: 4, sport: 40001 }],
        ['<', 'SA', { window: 1000, dport: 40001 }],
        ['>', 'A', { window: 100, sport: 40001 }],
        ['<', 'A', { seq: 5001 + 64240, dport: 40001 }],
        ['<', 'A', { seq: 5001 + 64242, dport: 40001 }],
        ['>', 'A', { seq: 1001 + 1000, sport: 40001 }],
        ['>', 'A', { seq: 1001 + 1002, sport: 40001 }],
      ),
    ],
  ),
  named(
    'tcp-ends',
    'who closes and who resets decides whether a SYN begins another connection; a SYN in between is let through unbelieved',
    'nft',
    [STATES_SEEN],
    [
      ...talk(
        ...HANDSHAKE,
        ['>', 'S', { seq: 90000 }],
        ['<', 'SA', { seq: 70000, ack: 90001 }],
        ['>', 'A', { seq: 90001, ack: 70001 }],
        ['>', 'FA', { seq: 90001, ack: 70001 }],
        ['<', 'A', { seq: 70001, ack: 90002 }],
        ['<', 'FA', { seq: 70001, ack: 90002 }],
        ['>', 'S', { seq: 200000 }],
        ['<', 'A', { seq: 70002, ack: 90002 }],
        ['>', 'A', { seq: 90002, ack: 70002 }],
        ['>', 'S', { seq: 300000 }],
        ['<', 'SA', { seq: 400000, ack: 300001 }],
      ),
      ...talk(
        ['>', 'S', { sport: 40001 }],
        ['<', 'SA', { dport: 40001 }],
        ['>', 'A', { sport: 40001 }],
        ['<', 'R', { dport: 40001 }],
        ['>', 'S', { sport: 40001, seq: 90000 }],
        ['<', 'A', { dport: 40001 }],
        ['>', 'R', { sport: 40001, seq: 5001 }],
        ['>', 'S', { sport: 40001, seq: 95000 }],
      ),
      ...talk(
        ['>', 'S', { sport: 40002 }],
        ['<', 'A', { dport: 40002, seq: 3000, ack: 700 }],
        ['>', 'R', { sport: 40002, seq: 700 }],
        ['>', 'S', { sport: 40002 }],
      ),
    ],
  ),
  named(
    'tcp-both-open',
    'two SYNs that cross are one connection',
    'nft',
    [STATES_SEEN],
    talk(
      ['>', 'S'],
      ['<', 'S'],
      ['>', 'SA'],
      ['<', 'SA'],
      ['>', 'A'],
      ['<', 'A'],
      ['<', 'PA', { payload: 'hello' }],
      ['>', 'A', { ack: 5006 }],
    ),
  ),
  named(
    'tcp-picked-up',
    'a connection that is picked up in the middle is never out of its windows',
    'nft',
    [STATES_SEEN],
    talk(
      ['>', 'A', { seq: 7000, ack: 20 }],
      ['<', 'A', { seq: 90000, ack: 1 }],
      ['>', 'A', { seq: 700000, ack: 20 }],
      ['<', 'R', { seq: 1 }],
      ['<', 'R', { seq: 20 }],
      ['>', 'A', { seq: 7000, ack: 20 }],
    ),
  ),
  named(
    'sctp-tags',
    'an association with right and wrong verification tags, to its end and beyond',
    'nft',
    [STATES_SEEN],
    associate(
      ['>', 1, 0, { initTag: 7 }],
      ['<', 2, 6, { initTag: 9 }],
      ['<', 2, 7, { initTag: 9 }],
      ['>', 10, 8],
      ['>', 10, 9],
      ['<', 11, 7],
      ['>', 0, 9],
      ['>', 0, 7],
      ['<', 3, 7],
      ['>', 1, 0, { initTag: 70 }],
      ['<', 0, 7],
      ['<', 0, 70],
      ['<', 1, 0, { initTag: 90 }],
      ['>', 4, 90],
      ['>', 4, 91],
      ['<', 5, 70],
      ['<', 5, 71],
      ['<', 4, 72],
      ['>', 5, 92],
      ['>', 7, 92],
      ['<', 8, 1],
      ['>', 14, 1],
      ['>', 14, 92, { chunkFlags: 0 }],
      ['>', 6, 92, { chunkFlags: 1 }],
      ['>', 6, 72, { chunkFlags: 1 }],
      ['>', 1, 0, { initTag: 7 }],
    ),
  ),
  named(
    'sctp-aborted',
    "an ABORT needs the receiver's tag, or with the T bit its own; a HEARTBEAT begins an association as well",
    'nft',
    [STATES_SEEN],
    [
      ...associate(
        ['>', 1, 0, { initTag: 7 }],
        ['<', 6, 5, { chunkFlags: 0 }],
        ['<', 6, 7, { chunkFlags: 1 }],
        ['<', 6, 7, { chunkFlags: 0 }],
        ['<', 2, 7, { initTag: 9 }],
        ['>', 1, 0, { initTag: 8 }],
      ),
      ...associate(
        ['>', 4, 5, { sport: 40001 }],
        ['<', 1, 0, { dport: 40001 }],
        ['<', 5, 6, { dport: 40001 }],
        ['>', 0, 5, { sport: 40001 }],
        ['<', 9, 6, { dport: 40001 }],
        ['<', 7, 6, { dport: 40001 }],
        ['>', 8, 5, { sport: 40001 }],
        ['<', 14, 6, { dport: 40001 }],
      ),
      ...associate(['>', 8, 5, { sport: 40002 }], ['<', 14, 5, { dport: 40002, chunkFlags: 0 }]),
    ],
  ),
  named(
    'answered-protocols',
    'what an answer makes of a connection: UDP-Lite and GRE are ASSURED by the next packet, UDP only after two seconds, others never',
    'nft',
    [STATES_SEEN],
    (['udplite', 'gre', 'udp', 'esp', 89] as const).flatMap(protocol =>
      (['>', '<', '>', '>'] as const).map((way): Sent => {
        const out = way === '>';
        const ends = out ? toPod : { saddr: toPod.daddr, daddr: toPod.saddr };
        return [frame(out ? 'client' : 'pod3'), { ...udp(ends, out ? 40000 : 80, out ? 80 : 40000), protocol }];
      }),
    ),
    { 'net.netfilter.nf_conntrack_checksum': 0 },
  ),
  named(
    'reject-and-connections',
    'a reset by REJECT leaves the connection in CLOSE; of ICMP only queries and their answers are answered by an error',
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'filter',
        `${sees('ESTABLISHED')} -p tcp -j REJECT --reject-with tcp-reset`,
        '-A FORWARD -p icmp -j REJECT',
      ),
    ],
    [
      ...talk(['>', 'S'], ['<', 'SA'], ['>', 'S']),
      ...[0, 1, 6, 8, 9, 13, 14, 18, 19, 40].map((type): Sent => {
        const { sport: _, dport: __, ...rest } = udp(toPod, 0, 0);
        return [frame('client'), { ...rest, protocol: 'icmp', type, icmpId: type }];
      }),
    ],
  ),
  named(
    'reject-without-way',
    'a reset by REJECT that has no route leaves the connection as it was',
    'nft',
    [
      ...(['iptables', 'ip6tables'] as const).map(tool =>
        rules(
          tool,
          'nft',
          'filter',
          '-A INPUT -m conntrack --ctstate ESTABLISHED -p tcp -j REJECT --reject-with tcp-reset',
        ),
      ),
      ...['172.30.5.1', 'fd00:172:30:5::1'].map(router => ({
        ...routing(`route add default via ${router} dev eth1 table 100`, 'rule add fwmark 0x1 lookup 100 pref 1000'),
        argv: ['ip', router.includes(':') ? '-6' : '-4', '-b', '-'],
      })),
    ],
    [
      ['172.30.5.2', '10.66.1.9'],
      ['fd00:172:30:5::2', 'fd00:66:1::9'],
    ].flatMap(([own = '', elsewhere = '']): Sent[] => [
      [{ kind: 'raw', mark: 1, bind: own }, tcp({ saddr: own, daddr: elsewhere }, 'S')],
      [frame('router2'), tcp({ saddr: elsewhere, daddr: own }, 'S', 80, 40000)],
    ]),
  ),
  named(
    'ct-template',
    "what a CT rule leaves counts as the packet's connection for the rest of raw, and all its packets share the mark",
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'raw',
        '-A PREROUTING -p udp --dport 80 -j CT --zone 3',
        '-A PREROUTING -m connmark --mark 0 -m conntrack --ctstate NEW --ctdir ORIGINAL --ctorigsrc 0.0.0.0 -j MARK --set-mark 1',
        '-A PREROUTING -m connmark --mark 5 -j MARK --set-mark 2',
        '-A PREROUTING -j CONNMARK --set-mark 5',
        '-A PREROUTING -j CT --notrack',
      ),
    ],
    [
      [frame('client'), udp(toPod, 40000, 80)],
      [frame('client'), udp(toPod, 40001, 81)],
      [frame('client'), udp(toPod, 40002, 80)],
    ],
  ),
  named(
    'notrack-alone',
    'NOTRACK alone does not make conntrack work: the nat tables are not asked, and no packet is untracked behind it',
    'nft',
    [
      rules('iptables', 'nft', 'raw', '-A PREROUTING -p udp --dport 81 -j CT --notrack'),
      rules('iptables', 'nft', 'nat', '-A PREROUTING -p udp --dport 80 -j MARK --set-mark 1', '-A POSTROUTING -j LOG'),
    ],
    [80, 81].map((dport): Sent => [frame('client'), udp(toPod, 40000, dport)]),
  ),
];
