import { describe, expect, it } from 'vitest';
import { unknown } from '../../../src/model/truth.ts';
import type { Packet } from '../../../src/net/packet.ts';
import { lookIn, savedSets } from '../ipset/sets.ts';
import { answerOf, packetOf, readRule, worldOf } from '../rows.ts';

describe('-m set, as iptables 1.8.9 prints and refuses', () => {
  it.each([
    ['--match-set foo src', '--match-set foo src'],
    ['! --set foo src', '! --match-set foo src'],
    ['--match-set foo srcx,dsty', '--match-set foo src,dst'],
    ['--match-set foo src,dst,src,dst,src,dst', '--match-set foo src,dst,src,dst,src,dst'],
    ['--return-nomatch --match-set foo src', '--match-set foo src --return-nomatch'],
    ['--match-set foo src --return-nomatch --return-nomatch', '--match-set foo src --return-nomatch'],
    ['--match-set foo src --update-counters', '--match-set foo src'],
    ['--match-set foo src --update-counters ! --update-counters', '--match-set foo src ! --update-counters'],
    [
      '--match-set foo src ! --update-subcounters ! --update-counters',
      '--match-set foo src ! --update-counters ! --update-subcounters',
    ],
    ['--match-set foo src --bytes-gt 0 --packets-gt 010', '--match-set foo src --packets-gt 8 --bytes-gt 0'],
    ['--match-set foo src ! --bytes-eq 0x3 ! --packets-eq +1', '--match-set foo src ! --packets-eq 1 ! --bytes-eq 3'],
    ['--match-set foo src --packets-lt 18446744073709551615', '--match-set foo src --packets-lt 18446744073709551615'],
  ])('%s', (given, printed) => {
    const rule = readRule(`-m set ${given}`);
    expect(rule.problems).toEqual([]);
    expect(rule.text).toBe(`-m set ${printed}`);
    expect(readRule(rule.text).text).toBe(rule.text);
  });

  it.each([
    '',
    '--match-set foo',
    '--match-set foo -src',
    '--match-set foo source',
    '--match-set foo SRC',
    '--match-set foo src,',
    '--match-set foo ,src',
    '--match-set foo src,dst,src,dst,src,dst,src',
    '--match-set foo src --match-set bar src',
    '--match-set foo src --set bar src',
    '--match-set a-name-of-thirty-two-characters-x src',
    '--match-set foo src ! --return-nomatch',
    '--match-set foo src --packets-eq 5 --packets-lt 7',
    '--match-set foo src --packets-eq 5 --packets-eq 7',
    '--match-set foo src ! --packets-lt 7',
    '--match-set foo src ! --bytes-gt 7',
    '--match-set foo src --packets-lt 08',
    '--match-set foo src --packets-lt -5',
    '--match-set foo src --packets-lt ""',
    '--match-set foo src --packets-lt 18446744073709551616',
  ])('refuses %s', given => {
    expect(readRule(`-m set ${given}`).problems).toHaveLength(1);
  });
});

const SAVED = `
create ip hash:ip family inet
add ip 10.1.0.1
create block hash:ip family inet netmask 24
add block 10.1.0.0
create odd hash:ip family inet bitmask 255.255.0.255
add odd 10.1.0.1
create net hash:net family inet
add net 10.1.0.0/16
add net 10.1.0.0/24 nomatch
add net 10.1.0.1
create ipport hash:ip,port family inet
add ipport 10.1.0.1,tcp:80
add ipport 10.1.0.1,icmp:echo-request
add ipport 10.1.0.1,vrrp:0
create netport hash:net,port family inet
add netport 10.1.0.0/24,udp:53
create three hash:ip,port,ip family inet
add three 10.1.0.1,tcp:80,10.1.0.2
create source hash:ip,port,net family inet
add source 10.1.0.2,tcp:80,10.1.0.0/24
add source 10.1.0.2,tcp:80,10.1.0.1 nomatch
create iface hash:net,iface family inet
add iface 10.1.0.0/16,v1
add iface 10.1.1.0/24,eth7
create wild hash:net,iface family inet
add wild 0.0.0.0/0,v wildcard
create bridge hash:net,iface family inet
add bridge 10.1.0.0/16,physdev:v1
create range bitmap:ip range 10.1.0.0-10.1.0.255 netmask 28
add range 10.1.0.0
create ports bitmap:port range 1-1000
add ports 80
create macs bitmap:ip,mac range 10.1.0.0-10.1.0.255
add macs 10.1.0.1,02:00:00:00:00:0A
create empty hash:net family inet
create list list:set size 8
add list three
add list ip
add list ports
create six hash:ip family inet6
add six fd00::1
`;
const sets = savedSets(SAVED);
const world = worldOf({ hook: 'prerouting', set: lookIn(sets) });

const ip = (host: number, block = 0) => 0x0a010000 + block * 256 + host;
const arriving = (change: Partial<Packet>): Packet => {
  const { oif: _, ...packet } = packetOf({ iif: 'v1', link: { smac: '02:00:00:00:00:0a' }, ...change });
  return packet;
};
const PACKETS: readonly Packet[] = [
  arriving({ saddr: ip(1), daddr: ip(2) }),
  arriving({ saddr: ip(2), daddr: ip(1), sport: 80, dport: 40000 }),
  arriving({ saddr: ip(17), daddr: ip(2), protocol: 17, sport: 5353, dport: 53 }),
  arriving({ saddr: ip(1, 1), daddr: ip(2) }),
  arriving({ saddr: ip(1), daddr: ip(9, 9), protocol: 1, icmp: { type: 8, code: 0 } }),
  arriving({ saddr: ip(1), daddr: ip(9, 9), protocol: 1, icmp: { type: 8, code: 1 } }),
  arriving({ saddr: ip(1), daddr: ip(9, 9), protocol: 112 }),
  arriving({ saddr: ip(1), daddr: ip(2), protocol: 17, sport: 80, dport: 80 }),
  arriving({ saddr: ip(1), daddr: ip(2), protocol: 132, sport: 80, dport: 80 }),
];

// Rule counters of Linux 6.18 in raw PREROUTING, a sign for each packet.
describe('-m set against the kernel', () => {
  it.each([
    ['ip src', 'y...yyyyy'],
    ['ip dst', '.y.......'],
    ['ip src,dst', 'y...yyyyy'],
    ['block src', 'yyy.yyyyy'],
    ['odd src', 'y..yyyyyy'],
    ['net src', 'y..yyyyyy'],
    ['net src --return-nomatch', '.yy......'],
    ['ip src --return-nomatch', 'y...yyyyy'],
    ['ipport src,dst', 'y...y.y..'],
    ['ipport src,src', '....y.y..'],
    ['ipport src', '.........'],
    ['netport src,dst', '..y......'],
    ['three src,dst,dst', 'y........'],
    ['three src,dst', '.........'],
    ['source dst,dst,src', '.........'],
    ['source dst,dst,src --return-nomatch', 'y........'],
    ['iface src,src', 'yyy.yyyyy'],
    ['iface src,dst', '.........'],
    ['wild src,src', 'yyyyyyyyy'],
    ['bridge src,src', '.........'],
    ['range src', 'yy..yyyyy'],
    ['ports dst', 'y..y...y.'],
    ['ports src', '.y.....y.'],
    ['macs src,src', 'y...yyyyy'],
    ['empty src', '.........'],
    ['list src', 'yy..yyyyy'],
    ['list dst', 'yy.y...y.'],
    ['list src,dst,dst', 'yy..yyyyy'],
    ['six src', '.........'],
  ])('--match-set %s', (query, kernel) => {
    const [rule] = readRule(`-m set --match-set ${query}`).statements;
    const [not] = readRule(`-m set ! --match-set ${query}`).statements;
    expect(PACKETS.map(packet => (rule?.evaluate(packet, world) === true ? 'y' : '.')).join('')).toBe(kernel);
    expect(PACKETS.map(packet => (not?.evaluate(packet, world) === false ? 'y' : '.')).join('')).toBe(kernel);
  });

  // One ICMP packet of 84 bytes, no other rule before.
  it.each([
    ['l src --packets-eq 2', true],
    ['l src --packets-eq 1', false],
    ['e src --packets-eq 99', true],
    ['c src --packets-gt 5', true],
    ['c src --packets-gt 6', false],
    ['c src ! --update-counters --packets-eq 5', true],
    ['c src --bytes-eq 584', true],
    ['c src --bytes-lt 584', false],
    ['c src ! --packets-eq 5 --bytes-lt 1000', true],
  ])('counts the packet first: %s', (query, expected) => {
    const counted = savedSets(`
create c hash:ip counters
add c 10.0.0.1 packets 5 bytes 500
create l list:set counters
add l c packets 1 bytes 10
create e list:set
add e c`);
    expect(answerOf(`-m set --match-set ${query}`, { length: 84 }, { set: lookIn(counted) })).toBe(expected);
  });
});

describe('-m set where something is not known', () => {
  const answer = (text: string, rule: string, packet: Partial<Packet> = {}) =>
    answerOf(`-m set --match-set ${rule}`, packet, { set: lookIn(savedSets(text)), hook: 'prerouting' });

  it('passes on that a set was not captured', () => {
    const why = unknown('set s was not captured');
    expect(answer('', 's src')).toEqual(why);
    expect(answerOf('-m set ! --match-set s src', {}, { set: () => why })).toBe(why);
  });

  it.each([
    ['a type from the future', 'create s hash:net,vlan\nadd s 1.2.3.4', 's src,src'],
    ['an option that makes no sense', 'create s hash:ip netmask 99', 's src'],
    ['a bitmap without its range', 'create s bitmap:ip', 's src'],
    ['an element that cannot be read', 'create s hash:ip\nadd s example.org', 's src'],
    ['a prototype as element', 'create s hash:ip,port\nadd s __proto__,__proto__', 's src,dst'],
    ['a range without end', 'create s hash:ip\nadd s 0.0.0.1-255.255.255.255', 's src'],
    ['a network that may be shadowed', 'create s hash:net\nadd s 10.0.0.0/8\nadd s what nomatch', 's src'],
    ['a list with a set that was not captured', 'create s list:set\nadd s gone', 's src'],
    ['a list within a list', 'create s list:set\nadd s s', 's src'],
    ['the MAC', 'create s hash:mac\nadd s 02:00:00:00:00:01', 's src'],
    ['the bytes of the packet', 'create s hash:ip counters\nadd s 10.0.0.1 packets 1 bytes 1', 's src --bytes-gt 50'],
  ])('%s', (_, text, rule) => {
    expect(answer(text, rule)).toMatchObject({ kind: 'unknown' });
  });

  it('does not mind what another element could have been', () => {
    expect(answer('create s hash:ip\nadd s example.org\nadd s 10.0.0.1', 's src')).toBe(true);
    expect(answer('create s list:set\nadd s gone\nadd s t\ncreate t hash:ip\nadd t 10.0.0.1', 's src')).toBe(true);
  });

  it('needs a port only where the set has elements', () => {
    const { sport: _, ...packet } = packetOf();
    const ask = (text: string) =>
      readRule('-m set --match-set s src,src').statements[0]?.evaluate(
        packet,
        worldOf({ set: lookIn(savedSets(text)) }),
      );
    expect(ask('create s hash:ip,port\nadd s 10.0.0.1,tcp:80')).toMatchObject({ kind: 'unknown' });
    expect(ask('create s hash:ip,port')).toBe(false);
  });
});

// Types that the recording kernel lacked: ip_set_hash_netnet.c, _netportnet.c, _ipmark.c, _ipmac.c, _mac.c, ipset(8).
describe('-m set of the rarer types', () => {
  const link = { smac: '02:00:00:00:00:01', dmac: '02:00:00:00:00:02' };
  it.each([
    // The example of ipset(8).
    [
      'create s hash:net,net\nadd s 192.168.0.0/24,192.168.54.0/24\nadd s 192.168.0.0/30,192.168.54.64/30 nomatch',
      's src,dst',
      { saddr: 0xc0a80001, daddr: 0xc0a83641 },
      false,
    ],
    [
      'create s hash:net,net\nadd s 192.168.0.0/24,192.168.54.0/24\nadd s 192.168.0.0/30,192.168.54.64/30 nomatch',
      's src,dst',
      { saddr: 0xc0a80005, daddr: 0xc0a83641 },
      true,
    ],
    // The first net has precedence: the more specific exception of the second one is not reached.
    ['create s hash:net,net\nadd s 10.0.0.0/24,10.0.0.0/16\nadd s 10.0.0.0/16,10.0.0.2 nomatch', 's src,dst', {}, true],
    [
      'create s hash:net,net\nadd s 10.0.0.0/16,10.0.0.0/16\nadd s 10.0.0.0/24,10.0.0.2 nomatch',
      's src,dst',
      {},
      false,
    ],
    ['create s hash:net,net netmask 16\nadd s 10.0.0.0,10.0.0.0', 's src,dst', {}, true],
    ['create s hash:net,port,net\nadd s 10.0.0.0/24,tcp:80,0.0.0.0/0', 's src,dst,dst', {}, true],
    ['create s hash:net,port,net\nadd s 10.0.0.0/24,tcp:81,0.0.0.0/0', 's src,dst,dst', {}, false],
    ['create s hash:net,port,net\nadd s 0.0.0.0/0,tcp:80,10.0.0.3', 's src,dst,dst', {}, false],
    ['create s hash:ip,mark\nadd s 10.0.0.1,0x00000005', 's src,src', { mark: 5 }, true],
    ['create s hash:ip,mark\nadd s 10.0.0.1,0x00000005', 's src,src', { mark: 4 }, false],
    ['create s hash:ip,mark markmask 0x0000ffde\nadd s 10.0.0.1,0x0000f302', 's src,src', { mark: 0x0521f322 }, true],
    ['create s hash:mac\nadd s 02:00:00:00:00:01', 's src', { link }, true],
    ['create s hash:mac\nadd s 02:00:00:00:00:01', 's dst', { link }, false],
    ['create s hash:mac\nadd s 02:00:00:00:00:01', 's src', { link: { smac: '00:00:00:00:00:00' } }, false],
    ['create s hash:ip,mac\nadd s 10.0.0.1,02:00:00:00:00:02', 's src,dst', { link }, true],
    ['create s hash:ip,mac\nadd s 10.0.0.1,02:00:00:00:00:02', 's src,src', { link }, false],
    ['create s bitmap:ip,mac range 10.0.0.0-10.0.0.9\nadd s 10.0.0.1', 's src,src', { link }, true],
  ] as const)('%s: %s', (text, rule, packet, expected) => {
    const world = { set: lookIn(savedSets(text)), hook: 'prerouting' as const };
    expect(answerOf(`-m set --match-set ${rule}`, packet, world)).toBe(expected);
  });

  it('finds no MAC where the packet is sent', () => {
    const world = { set: lookIn(savedSets('create s hash:mac\nadd s 02:00:00:00:00:01')), hook: 'output' as const };
    expect(answerOf('-m set --match-set s src', {}, world)).toBe(false);
  });

  it.each([
    ['create s hash:net,port family inet6\nadd s fd00::/64,tcp:80', 's src,dst', true],
    ['create s hash:ip family inet6 netmask 64\nadd s fd00::', 's src', true],
    ['create s hash:ip family inet\nadd s 10.0.0.1', 's src', false],
    ['create s bitmap:port range 0-100\nadd s 80', 's dst', true],
  ])('IPv6, %s: %s', (text, rule, expected) => {
    const packet = { saddr: (0xfd00n << 112n) | 1n, daddr: (0xfd00n << 112n) | 2n };
    expect(answerOf(`-m set --match-set ${rule}`, packet, { set: lookIn(savedSets(text)) }, 'ip6')).toBe(expected);
  });
});
