import {
  at,
  at6,
  type Case,
  type Ends,
  frame,
  local,
  named,
  place,
  routing,
  rules,
  type Sent,
  sctp,
  tcp,
  udp,
} from './case.ts';
import { ANSWERS } from './cases-answers.ts';
import { CONNECTIONS } from './cases-conntrack.ts';
import { LINKS } from './cases-link.ts';
import { TRANSLATIONS } from './cases-nat.ts';
import { NATIVE } from './cases-native.ts';
import { ROUTES } from './cases-route.ts';
import type { LoadStep } from './observation.ts';

const toPod: Ends = { saddr: at('client'), daddr: at('pod3') };
const sees = (state: string) => `-A FORWARD -m conntrack --ctstate ${state}`;
const SECURITY = [
  'a packet to the node has its source translated in INPUT; security there runs',
  'of the translation (nat is at 100)',
] as const;
const SECURED: readonly Sent[] = [[frame('client'), udp({ saddr: at('client'), daddr: '10.10.100.207' }, 40000, 53)]];
const sourceInInput = (backend: 'nft' | 'legacy'): LoadStep[] => [
  rules('iptables', backend, 'nat', '-A INPUT -s 10.10.100.197 -j SNAT --to-source 203.0.113.77'),
  rules(
    'iptables',
    backend,
    'security',
    '-A INPUT -s 10.10.100.197 -j MARK --set-mark 1',
    '-A INPUT -s 203.0.113.77 -j MARK --set-mark 2',
  ),
];
const throughPod: Ends = { saddr: at('pod1'), daddr: '10.96.0.1' };

/** Places where the kernel does what few people expect. */
export const CASES: readonly Case[] = [
  ...ANSWERS,
  ...LINKS,
  ...NATIVE,
  named(
    'sctp-first-chunks',
    'which chunks begin an SCTP connection: some only without a verification tag, DATA never',
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'filter',
        `${sees('NEW')} -j ACCEPT`,
        `${sees('INVALID')} -j DROP`,
        '-A FORWARD -j DROP',
      ),
    ],
    [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 14].flatMap((chunk, i) =>
      [0, 7].map((tag): Sent => [frame('client'), sctp(toPod, chunk, tag, 40000 + 2 * i + (tag ? 1 : 0))]),
    ),
  ),
  named(
    'tcp-invalid',
    'flags that no connection begins with are INVALID, as is a reset out of nowhere; a late ACK is NEW',
    'legacy',
    [
      rules(
        'iptables',
        'legacy',
        'filter',
        `${sees('INVALID')} -j DROP`,
        `${sees('NEW')} -j MARK --set-mark 1`,
        `${sees('ESTABLISHED')} -j ACCEPT`,
      ),
    ],
    ['S', 'A', 'SA', 'R', 'FA', 'FPU', '', 'SF', 'PA'].map(
      (flags, i): Sent => [frame('client'), tcp(toPod, flags, 40000 + i)],
    ),
  ),
  named(
    'tcp-reset-forgets',
    'a reset before any answer removes the connection: the next packet is NEW',
    'nft',
    [rules('iptables', 'nft', 'filter', `${sees('NEW')} -j ACCEPT`, `${sees('ESTABLISHED')} -j MARK --set-mark 2`)],
    [
      [frame('client'), tcp(toPod, 'S')],
      [frame('client'), tcp(toPod, 'R')],
      [frame('client'), tcp(toPod, 'S'), { kind: 'reply', flags: 'SA' }],
      [frame('client'), tcp(toPod, 'A')],
      [frame('client'), tcp(toPod, 'R')],
    ],
  ),
  named(
    'tproxy-without-a-route',
    'TPROXY gave the packet to a socket, but routing forwards it: the kernel drops it without a word',
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'mangle',
        '-A PREROUTING -p udp --dport 80 -j TPROXY --on-port 9999 --tproxy-mark 0x1/0x1',
      ),
    ],
    [
      [frame('client'), udp(toPod, 40000, 80)],
      [frame('client'), udp(toPod, 40000, 81)],
    ],
  ),
  named(
    'tproxy-with-a-route',
    'the mark that TPROXY sets leads the packet to the node itself',
    'legacy',
    [
      rules(
        'iptables',
        'legacy',
        'mangle',
        '-A PREROUTING -p udp --dport 80 -j TPROXY --on-port 9999 --tproxy-mark 0x1/0x1',
      ),
      routing('route add local 0.0.0.0/0 dev lo table 100', 'rule add fwmark 0x1/0x1 lookup 100 pref 1000'),
    ],
    [[frame('client'), udp(toPod, 40000, 80)]],
  ),
  named(
    'security-behind-nat',
    `${SECURITY[0]} behind it in iptables-nft (150), which sees the result ${SECURITY[1]}`,
    'nft',
    sourceInInput('nft'),
    SECURED,
  ),
  named(
    'security-before-nat',
    `${SECURITY[0]} before it in iptables-legacy (50), which sees nothing ${SECURITY[1]}`,
    'legacy',
    sourceInInput('legacy'),
    SECURED,
  ),
  named(
    'queue-without-a-listener',
    'NFQUEUE drops where no program listens, and accepts with --queue-bypass: the rules behind it are not asked',
    'legacy',
    [
      rules(
        'iptables',
        'legacy',
        'filter',
        '-A FORWARD -p udp --dport 80 -j NFQUEUE --queue-num 7 --queue-bypass',
        '-A FORWARD -p udp --dport 81 -j NFQUEUE --queue-num 7',
        '-A FORWARD -j DROP',
      ),
    ],
    [80, 81, 82].map((dport): Sent => [frame('client'), udp(toPod, 40000, dport)]),
  ),
  named(
    'anycast-error',
    'the error about a packet to the subnet-router anycast address comes from that address',
    'nft',
    [rules('ip6tables', 'nft', 'filter', '-A INPUT -p udp --dport 81 -j REJECT --reject-with icmp6-adm-prohibited')],
    [80, 81].map(
      (dport): Sent => [frame('client'), udp({ saddr: at6('client'), daddr: 'fd00:10:10:100::' }, 40000, dport)],
    ),
  ),
  named(
    'bridged-dnat',
    'a pod asks a service whose endpoint is on the same bridge, or behind its own port with hairpin: DNAT in the bridge, no TTL spent',
    'legacy',
    [
      rules(
        'iptables',
        'legacy',
        'nat',
        '-A PREROUTING -d 10.96.0.1/32 -p udp --dport 80 -j DNAT --to-destination 192.168.1.11:8080',
        '-A PREROUTING -d 10.96.0.1/32 -p udp --dport 81 -j DNAT --to-destination 192.168.1.10:8080',
        '-A POSTROUTING -m physdev --physdev-is-bridged -j LOG',
      ),
    ],
    [
      [frame('pod1'), udp(throughPod, 40000, 80), { kind: 'reply' }],
      [frame('pod2'), udp({ ...throughPod, saddr: at('pod2') }, 40000, 80)],
      [frame('pod1'), udp(throughPod, 40001, 81)],
      [frame('pod1', place('pod2').mac), udp({ ...throughPod, daddr: at('pod2') }, 40002, 80)],
    ],
  ),
  named(
    'loopback-redirect',
    'what the node sends to a service is redirected in OUTPUT and comes in by lo, where nat is not asked again',
    'nft',
    [
      rules(
        'iptables',
        'nft',
        'nat',
        '-A OUTPUT -d 10.96.0.10/32 -p udp --dport 53 -j REDIRECT --to-ports 5353',
        '-A PREROUTING -i lo -j DNAT --to-destination 192.168.3.10',
        '-A INPUT -i lo -j SNAT --to-source 127.0.0.5',
      ),
      rules('iptables', 'nft', 'filter', '-A INPUT -i lo -j ACCEPT', '-A INPUT -j DROP'),
    ],
    [
      [
        { kind: 'socket' },
        {
          family: 'ip',
          saddr: '10.10.100.207',
          daddr: '10.96.0.10',
          protocol: 'udp',
          sport: 42000,
          dport: 53,
          ttl: 64,
        },
        { kind: 'reply' },
      ],
    ],
  ),
  named(
    'masquerade-reuse',
    'another connection from the same source keeps the port it was given; of two pods with one port the second gets another',
    'nft',
    [rules('iptables', 'nft', 'nat', '-A POSTROUTING -o eth0 -s 192.168.0.0/16 -j MASQUERADE')],
    [
      [frame('pod3'), udp({ saddr: at('pod3'), daddr: at('client') }, 40000, 80)],
      [frame('pod4'), udp({ saddr: at('pod4'), daddr: at('client') }, 40000, 80), { kind: 'reply' }],
      [frame('pod4'), udp({ saddr: at('pod4'), daddr: at('node2') }, 40000, 80), { kind: 'reply' }],
      [frame('pod3'), udp({ saddr: at('pod3'), daddr: at('node2') }, 40000, 80)],
    ],
  ),
  named(
    'output-routed-again',
    'a mark set in mangle OUTPUT sends the packet by another interface, and MASQUERADE takes an address of that one',
    'legacy',
    [
      rules('iptables', 'legacy', 'mangle', '-A OUTPUT -p udp --dport 80 -j MARK --set-mark 1'),
      rules('iptables', 'legacy', 'nat', '-A POSTROUTING -o eth1 -j MASQUERADE'),
      routing('route add default via 172.30.5.1 dev eth1 table 100', 'rule add fwmark 0x1/0x1 lookup 100 pref 1000'),
    ],
    [80, 81].map((dport): Sent => [local, udp({ saddr: '10.10.100.207', daddr: at('far') }, 40000, dport)]),
  ),
  named(
    'equal-priorities',
    'tables of both tools on one hook: the one that was registered last runs first',
    'both',
    [
      rules('iptables', 'nft', 'mangle', '-A PREROUTING -m mark --mark 0 -j MARK --set-mark 1'),
      rules(
        'iptables',
        'legacy',
        'mangle',
        '-A PREROUTING -m mark --mark 0 -j MARK --set-mark 2',
        '-A FORWARD -j MARK --or-mark 0x10',
      ),
      rules('iptables', 'legacy', 'filter', '-A FORWARD -p udp --dport 81 -j DROP'),
      rules('iptables', 'nft', 'filter', '-A FORWARD -p udp --dport 81 -j REJECT'),
    ],
    [80, 81].map((dport): Sent => [frame('client'), udp(toPod, 40000, dport)]),
  ),
  ...ROUTES,
  ...TRANSLATIONS,
  ...CONNECTIONS,
];
