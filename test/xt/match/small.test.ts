import { describe, expect, it } from 'vitest';
import type { Hook } from '../../../src/model/ruleset.ts';
import type { Family } from '../../../src/net/address.ts';
import { answerOf, packetOf, readRule, worldOf } from '../rows.ts';

interface Place {
  readonly family?: Family;
  readonly hook?: Hook;
}
const V6: Place = { family: 'ip6' };
const PRE: Place = { hook: 'prerouting' };

// What iptables 1.8.9 prints of the words.
describe('small matches print as iptables prints them', () => {
  it.each<[string, string, Place?]>([
    ['-m mac ! --mac-source 0A:1:3e:4f:b2:c6', '-m mac ! --mac-source 0a:01:3e:4f:b2:c6'],
    ['-p mh --mh-type BU', '-p mobility-header -m mh --mh-type 5', V6],
    ['-p mh ! --mh-type brr:be', '-p mobility-header -m mh ! --mh-type 0:7', V6],
    ['-p mh --mh-type cot', '-p mobility-header -m mh --mh-type 4', V6],
    ['-p mh --mh-type :', '-p mobility-header -m mh', V6],
    ['-m nfacct --nfacct-name ct_state_invalid', '-m nfacct --nfacct-name  ct_state_invalid'],
    ['-p tcp -m osf --log 1 ! --genre Linux --ttl 2', '-p tcp -m osf ! --genre Linux --ttl 2 --log 1'],
    ['-m pkttype ! --pkt-type MCAST', '-m pkttype ! --pkt-type multicast'],
    ['-m pkttype --pkt-type host', '-m pkttype --pkt-type unicast'],
    ['-m policy --pol none --dir in', '-m policy --dir in --pol none'],
    ['-m policy --dir out', '-m policy --dir out --pol ipsec'],
    [
      '-m policy --dir in --pol ipsec --strict --spi 1 ! --reqid 0x10 --mode tunnel --tunnel-src 10.1.2.3/8 --next --proto 50',
      '-m policy --dir in --pol ipsec --strict ! --reqid 16 --spi 0x1 --mode tunnel --tunnel-src 10.1.2.3/8 --next --proto esp',
    ],
    ['-m quota ! --quota 18446744073709551615', '-m quota ! --quota 18446744073709551615'],
    ['-m quota --quota 010', '-m quota --quota 8'],
    [
      '-m rateest --rateest RE1 --rateest-gt --rateest-bps 5kbit',
      '-m rateest --rateest RE1 --rateest-gt --rateest-bps 5000bit',
    ],
    [
      '-m rateest --rateest RE1 ! --rateest-lt --rateest-bps 1tbps',
      '-m rateest --rateest RE1 ! --rateest-lt --rateest-bps 28541Mbit',
    ],
    [
      '-m rateest --rateest-delta --rateest1 A --rateest2 B --rateest-gt --rateest-pps1 5 --rateest-pps2 6',
      '-m rateest --rateest-delta --rateest1 A --rateest-pps1 5 --rateest-gt --rateest-pps2 6 --rateest2 B',
    ],
    ['-m realm --realm 1/0xf', '-m realm --realm 0x1/0xf'],
    ['-m realm ! --realm 0', '-m realm ! --realm cosmos'],
    [
      '-m rt --rt-segsleft :4 ! --rt-len 42 --rt-type 0 --rt-0-res',
      '-m rt --rt-type 0 --rt-segsleft 0:4 ! --rt-len 42 --rt-0-res',
      V6,
    ],
    ['-m rt ! --rt-segsleft 0:4294967295', '-m rt', V6],
    [
      '-m rt --rt-type 0 --rt-0-addrs ::1,fe80::1 --rt-0-not-strict',
      '-m rt --rt-type 0 --rt-0-addrs ::1,fe80::1 --rt-0-not-strict',
      V6,
    ],
    [
      '-m socket --restore-skmark --nowildcard --transparent',
      '-m socket --transparent --nowildcard --restore-skmark',
      PRE,
    ],
    ['-m srh --srh-tag 0 ! --srh-hdr-len-lt 8', '-m srh ! --srh-hdr-len-lt 8 --srh-tag 0', V6],
    ['-m srh --srh-hdr-len-eq 8 --srh-hdr-len-gt 9', '-m srh --srh-hdr-len-eq 9 --srh-hdr-len-gt 9', V6],
    ['-m srh ! --srh-psid a::1/64 --srh-nsid b::1', '-m srh ! --srh-psid a::1/64 --srh-nsid b::1/128', V6],
    ['-p tcp -m tcpmss ! --mss 42:', '-p tcp -m tcpmss ! --mss 42:65535'],
    ['-m tos --tos Maximize-Throughput', '-m tos --tos 0x08/0x3f'],
    ['-m tos ! --tos 16/63', '-m tos ! --tos 0x10/0x3f'],
    ['-m ttl ! --ttl 0x10', '-m ttl ! --ttl-eq 16'],
  ])('%s', (words, printed, { family = 'ip', hook = 'forward' } = {}) => {
    const chain = hook.toUpperCase();
    expect(readRule(words, { family, hook, chain })).toMatchObject({ text: printed, problems: [] });
    expect(readRule(printed, { family, hook, chain })).toMatchObject({ text: printed, problems: [] });
  });

  it.each<[string, Place?]>([
    ['-m mac'],
    ['-m mac --mac-source 0A-12-3e-4f-b2-c6'],
    ['-m mac --mac-source 42:01:02:03:04'],
    ['-m mac --mac-source 02:00:00:00:00:01', { hook: 'output' }],
    ['-m mh --mh-type 8', V6],
    ['-p mh --mh-type 3:1', V6],
    ['-m nfacct'],
    ['-m osf --genre linux'],
    ['-p tcp -m osf --genre linux', V6],
    ['-m pkttype --pkt-type any'],
    ['-m policy'],
    ['-m policy --dir in', { hook: 'output' }],
    ['-m policy --dir in --pol none --strict'],
    ['-m policy --dir in --pol ipsec --strict'],
    ['-m policy --dir in --pol ipsec --reqid 1 --next --reqid 2'],
    ['-m policy --dir in --pol ipsec --strict --reqid 1 --reqid 2'],
    ['-m policy --dir in --pol ipsec --mode transport --tunnel-src 10.0.0.1'],
    ['-m quota --quota 18446744073709551616'],
    ['-m rateest --rateest RE1 --rateest-lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1xbit'],
    ['-m realm --realm 5/'],
    ['-m realm --realm 5', PRE],
    ['-m rt --rt-0-res', V6],
    ['-m rt --rt-0-addrs ::1 --rt-type 0', V6],
    ['-m socket', { hook: 'output' }],
    ['-m srh --srh-next-hdr tcp', V6],
    ['-m tcpmss --mss 42'],
    ['-p tcp -m tcpmss --mss 100:42'],
    ['-m tos --tos 0x100'],
    ['-m ttl --ttl-lt 5 --ttl-gt 1'],
    ['-m ttl ! --ttl-lt 5'],
    ['-m ttl --ttl-eq 5', V6],
  ])('refuses %s', (words, { family = 'ip', hook = 'forward' } = {}) => {
    expect(readRule(words, { family, hook, chain: hook.toUpperCase() }).problems).not.toEqual([]);
  });
});

describe('small matches answer as the kernel does', () => {
  const link = { smac: '02:00:00:00:00:01' };
  it.each([
    ['-m mac --mac-source 02:00:00:00:00:01', { link }, true],
    ['-m mac ! --mac-source 02:00:00:00:00:01', { link }, false],
    ['-m mac ! --mac-source 02:00:00:00:00:01', { link, iif: 'lo' }, false],
    ['-m nfacct --nfacct-name x', {}, true],
    ['-p tcp -m osf --genre Linux', { tcp: { flags: 0x10 } }, false],
    ['-m pkttype --pkt-type unicast', { type: 'unicast' }, true],
    ['-m pkttype ! --pkt-type unicast', { type: 'multicast' }, true],
    ['-m policy --dir in --pol none', { ipsec: { in: false, out: false } }, true],
    ['-m policy --dir in --pol ipsec', { ipsec: { in: false, out: true } }, false],
    ['-m policy --dir out --pol ipsec', { ipsec: { in: false, out: true } }, true],
    ['-m policy --dir out --pol none', { ipsec: { in: false, out: true } }, false],
    ['-m quota --quota 0', {}, false],
    ['-m quota ! --quota 0', {}, true],
    ['-m realm --realm 0/0', {}, true],
    ['-p tcp -m tcpmss --mss 1400:', { tcp: { flags: 2, mss: 1460 } }, true],
    ['-p tcp -m tcpmss ! --mss 1400:', { tcp: { flags: 2, mss: null } }, true],
    ['-m tos --tos 0x10', { tos: 0x12 }, false],
    ['-m tos --tos Minimize-Delay', { tos: 0xd0 }, true],
    ['-m tos --tos 0x10/0x0f', { tos: 0x10 }, false],
    ['-m ttl ! --ttl-eq 64', {}, false],
    ['-m ttl --ttl-lt 64', {}, false],
    ['-m ttl --ttl-gt 63', {}, true],
  ] as const)('%s against %o', (words, packet, expected) => {
    expect(answerOf(words, packet)).toBe(expected);
  });

  it.each([
    ['-m rt', [], false],
    ['-m rt ! --rt-type 0', [], false],
    ['-m rt', [43], true],
    ['-m srh', [60], false],
    ['-p mh -m mh --mh-type 5', [], false],
  ])('%s with extension headers %o', (words, extensionHeaders, expected) => {
    expect(answerOf(words, { extensionHeaders }, {}, 'ip6')).toBe(expected);
  });

  it.each([
    '-m mac --mac-source 02:00:00:00:00:01',
    '-p tcp -m osf --genre Linux',
    '-m pkttype --pkt-type unicast',
    '-m policy --dir in --pol none',
    '-m quota --quota 100',
    '-m rateest --rateest RE1 --rateest-lt --rateest-pps 5',
    '-m realm --realm 5',
    '-p tcp -m tcpmss --mss 5',
  ])('does not know %s of a packet that does not tell', words => {
    expect(answerOf(words)).toMatchObject({ kind: 'unknown' });
  });

  it('takes what the node makes itself for unicast', () => {
    expect(answerOf('-m pkttype --pkt-type unicast', {}, { hook: 'output' })).toBe(true);
  });

  // Three packets of 39 bytes, counted on Linux 6.18.
  it.each([
    ['--quota 39', [true, false, false]],
    ['--quota 78', [true, true, false]],
    ['--quota 77', [true, false, false]],
    ['! --quota 40', [false, true, true]],
  ])('quota %s', (options, expected) => {
    const states = new Map<object, unknown>();
    const world = worldOf({
      state<T extends object>(owner: object, initial: () => T): T {
        const state = states.get(owner) ?? initial();
        states.set(owner, state);
        return state as T;
      },
    });
    const [statement] = readRule(`-m quota ${options}`).statements;
    expect(expected.map(() => statement?.evaluate(packetOf({ length: 39 }), world))).toEqual(expected);
  });
});

describe('-m socket', () => {
  const place = { table: 'mangle', chain: 'PREROUTING', hook: 'prerouting' } as const;
  const listener = { transparent: false, wildcard: true, mark: 7 };
  // xt_socket.c socket_match: --nowildcard is what lets sockets on every address count.
  it.each([
    ['', undefined, false],
    ['', listener, false],
    ['--nowildcard', listener, true],
    ['', { ...listener, wildcard: false }, true],
    ['--transparent --nowildcard', listener, false],
    ['--transparent', { transparent: true, wildcard: false }, true],
  ])('%s with %o', (options, socket, expected) => {
    const [statement] = readRule(`-m socket ${options}`, place).statements;
    expect(statement?.evaluate(packetOf(), worldOf({ socket: () => socket }))).toBe(expected);
  });

  it('does not know which sockets are transparent where ss alone told of them', () => {
    const world = worldOf({ socket: () => ({ wildcard: false }) });
    const [asked] = readRule('-m socket --transparent', place).statements;
    expect(asked?.evaluate(packetOf(), world)).toMatchObject({ kind: 'unknown' });
    const [any] = readRule('-m socket', place).statements;
    expect(any?.evaluate(packetOf(), world)).toBe(true);
  });

  it('writes the mark of the socket with --restore-skmark, where it is known', () => {
    const [statement] = readRule('-m socket --nowildcard --restore-skmark', place).statements;
    const known = worldOf({ socket: () => listener });
    expect(statement?.changes?.(packetOf(), known)).toEqual([{ kind: 'set', field: 'mark', value: 7 }]);
    const world = worldOf({ socket: () => ({ transparent: false, wildcard: true }) });
    expect(statement?.evaluate(packetOf(), world)).toMatchObject({ kind: 'unknown' });
    expect(statement?.changes?.(packetOf(), world)).toEqual([]);
  });
});
