import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../src/net/packet.ts';
import { answerOf, readRule } from '../rows.ts';

// What iptables 1.8.9, both backends, printed of the rule; undefined: it or the kernel refused.
describe('printing', () => {
  it.each([
    ['ip', '-m iprange --src-range 1.1.1.1', '-m iprange --src-range 1.1.1.1-1.1.1.1'],
    ['ip', '-m iprange --src-range 1.1.1.1-', undefined],
    ['ip', '-m iprange --src-range fd00::1-fd00::2', undefined],
    ['ip6', '-m iprange ! --dst-range ::1.2.3.4-::ffff:1.2.3.9', '-m iprange ! --dst-range ::1.2.3.4-::ffff:1.2.3.9'],
    ['ip', '-m length --length :', '-m length --length 0:65535'],
    ['ip', '-m length --length 0x10:020', '-m length --length 16'],
    ['ip', '-m length --length 65536', undefined],
    ['ip', '-p ah --ahspi 3:', '-p ah -m ah --ahspi 3:4294967295'],
    ['ip', '-m ah --ahspi 1', undefined],
    ['ip', '-p ah -m ah --ahres', undefined],
    ['ip6', '-m ah --ahres --ahlen 0', '-m ah --ahres'],
    ['ip6', '-m ah ! --ahlen 0', '-m ah ! --ahlen 0'],
    ['ip6', '-m ah ! --ahspi 0:4294967295', '-m ah'],
    ['ip', '-p esp -m esp --espspi 0x10', '-p esp -m esp --espspi 16'],
    ['ip', '-m esp', undefined],
    ['ip', '-p 108 -m ipcomp --compres', '-p ipcomp -m ipcomp --ipcompspi 0 --compres'],
    ['ip', '-p dccp --source-port http --dport :ssh', '-p dccp -m dccp --sport 80 --dport 0:22'],
    ['ip', '-p dccp --dccp-types sync,REQUEST,', '-p dccp -m dccp --dccp-types REQUEST,SYNC'],
    ['ip', '-p dccp --dccp-types REQ', undefined],
    ['ip', '-p dccp --dccp-option 0', undefined],
    ['ip', '-p tcp -m dccp --sport 5', undefined],
    ['ip', '-m dscp --dscp-class ef', '-m dscp --dscp 0x2e'],
    ['ip', '-m dscp ! --dscp-class AF41', '-m dscp ! --dscp 0x22'],
    ['ip', '-m dscp --dscp-class AF44', undefined],
    [
      'ip',
      '-p tcp -m ecn --ecn-tcp-ece --ecn-ip-ect 1 ! --ecn-tcp-cwr',
      '-p tcp -m ecn --ecn-tcp-ece ! --ecn-tcp-cwr --ecn-ip-ect 1',
    ],
    ['ip', '-m ecn --ecn-tcp-cwr', undefined],
    ['ip6', '-m hl ! --hl 5', '-m hl ! --hl-eq 5'],
    ['ip6', '-m hl --hl-lt 5 --hl-gt 3', undefined],
    [
      'ip6',
      '-m frag --fragfirst --fraglast --fragres --fraglen 0',
      '-m frag --fraglen 0 --fragres --fragfirst --fraglast',
    ],
    ['ip6', '-m frag --fragmore --fraglast', undefined],
    ['ip6', '-m hbh --hbh-opts 1:0,2:255,0x5:0x3', '-m hbh --hbh-opts 1:0,2,5:3'],
    ['ip6', '-m hbh --hbh-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17', undefined],
    ['ip6', '-m dst --dst-opts 1: ', undefined],
    ['ip6', '-m ipv6header --header dst,hop,', '-m ipv6header --header hop-by-hop,ipv6-opts'],
    ['ip6', '-m ipv6header --header tcp', undefined],
    ['ip6', '-m eui64', '-m eui64'],
    ['ip', '-m cpu ! --cpu 0x1', '-m cpu ! --cpu 1'],
    ['ip', '-m bpf --bytecode "2,40 0 0 0, 6 0 0 -1,"', '-m bpf --bytecode "2,40 0 0 0,6 0 0 4294967295"'],
    ['ip', '-m bpf --bytecode "3,1 2 3 4,5 6 7 8"', undefined],
    ['ip', '-m devgroup --dst-group 0 ! --src-group 3', '-m devgroup ! --src-group 0x3 --dst-group default'],
  ] as const)('%s %s', (family, input, printed) => {
    const { text, problems } = readRule(input, { family });
    expect(problems.length > 0 ? undefined : text).toBe(printed);
  });

  // As netfilter's own tests expect them (libxt_ipvs.t); Debian's kernels load them.
  it.each([
    ['-m ipvs --vproto tcp', '-m ipvs --vproto 6'],
    ['-m ipvs ! --vaddr 1.2.3.4/255.255.255.0', '-m ipvs ! --vaddr 1.2.3.4/24'],
    ['-m ipvs ! --vport ssh', '-m ipvs ! --vport 22'],
    ['-m ipvs --vdir REPLY', '-m ipvs --vdir REPLY'],
    ['-m ipvs ! --vmethod IPIP', '-m ipvs ! --vmethod IPIP'],
    ['-m ipvs --vportctl 21', '-m ipvs --vportctl 21'],
  ])('%s', (input, printed) => {
    expect(readRule(input)).toMatchObject({ text: printed, problems: [] });
  });

  it.each([
    ['-m cgroup --path /', 'input', '-m cgroup --path "/"'],
    ['-m cgroup --cgroup 0x10', 'postrouting', '-m cgroup --cgroup 16'],
    ['-m cgroup --cgroup 1', 'forward', undefined],
    ['-m cgroup', 'input', undefined],
    ['-m devgroup --dst-group 1', 'input', undefined],
    ['-m devgroup --src-group 1', 'postrouting', undefined],
  ] as const)('%s in %s', (input, hook, printed) => {
    const { text, problems } = readRule(input, { hook });
    expect(problems.length > 0 ? undefined : text).toBe(printed);
  });
});

// Seen on a kernel 6.18, or as the kernel's source compares.
describe('answers', () => {
  const dccp: Partial<Packet> = { protocol: 33, sport: 5000, dport: 80 };
  it.each<[string, Partial<Packet>, boolean]>([
    ['-m length --length 29', { length: 29 }, true],
    ['-m length --length 5:3', {}, false],
    ['-m length ! --length 5:3', {}, true],
    ['-m iprange --src-range 10.0.0.1-10.0.0.9', {}, true],
    ['-m iprange --src-range 10.0.0.5-10.0.0.1', {}, false],
    ['-m iprange ! --src-range 10.0.0.5-10.0.0.1', {}, true],
    ['-m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.0.0.2-10.0.0.2', {}, false],
    ['-m dscp --dscp 0x2e', { tos: 0xb8 }, true],
    ['-m dscp --dscp 0x2e', { tos: 0xbb }, true],
    ['-m dscp ! --dscp 0x2e', { tos: 0xb8 }, false],
    ['-m ecn --ecn-ip-ect 2', { tos: 0xba }, true],
    ['-p tcp -m ecn ! --ecn-ip-ect 2 --ecn-tcp-ece', { tos: 1, tcp: { flags: 0x42 } }, true],
    ['-p tcp -m ecn --ecn-tcp-cwr', { tcp: { flags: 0x42 } }, false],
    ['-p tcp -m ecn ! --ecn-tcp-cwr', { tcp: { flags: 0x42 } }, true],
    ['-p dccp -m dccp --sport 4999:5001 ! --dport 81', dccp, true],
    ['-p dccp -m dccp --dport 81 --dccp-types SYNC', dccp, false],
    ['-p dccp -m dccp ! --dport 81', {}, false],
    ['-p dccp -m dccp ! --dport 81', { ...dccp, fragment: 'later' }, false],
    ['-p esp -m esp --espspi 500:600', { protocol: 50, spi: 555 }, true],
    ['-p esp -m esp ! --espspi 500:600', { protocol: 50, spi: 555 }, false],
    ['-p esp -m esp', { protocol: 50 }, true],
    ['-p esp -m esp', { protocol: 51 }, false],
    ['-p ah -m ah ! --ahspi 5', { protocol: 51, spi: 6 }, true],
    ['-p ah -m ah ! --ahspi 5', { protocol: 51, spi: 6, fragment: 'later' }, false],
    ['-p ipcomp -m ipcomp', { protocol: 108, spi: 3 }, false],
    ['-p ipcomp -m ipcomp ! --ipcompspi 18', { protocol: 108, spi: 3 }, true],
    ['-m bpf --bytecode "1,6 0 0 1"', {}, true],
    ['-m bpf --bytecode "1,6 0 0 0"', {}, false],
  ])('%#: %s', (rule, packet, expected) => {
    expect(answerOf(rule, packet)).toBe(expected);
  });

  const udp: Partial<Packet> = { saddr: 1n, daddr: 1n, protocol: 17, extensionHeaders: [] };
  it.each<[string, Partial<Packet>, boolean]>([
    ['-m ipv6header --header protocol', udp, true],
    ['-m ipv6header --header hop-by-hop', udp, false],
    ['-m ipv6header ! --header hop-by-hop', udp, true],
    ['-m ipv6header --header protocol --soft', udp, true],
    ['-m ipv6header --header hop-by-hop,protocol --soft', udp, false],
    ['-m ipv6header ! --header hop-by-hop --soft', udp, true],
    ['-m ipv6header ! --header protocol --soft', udp, false],
    ['-m ipv6header ! --header hop-by-hop,protocol --soft', udp, false],
    ['-m ipv6header --header hop,prot', { ...udp, extensionHeaders: [0] }, true],
    ['-m frag', udp, false],
    ['-m hbh', udp, false],
    ['-m dst', udp, false],
    ['-m ah', udp, false],
    ['-m hbh', { ...udp, extensionHeaders: [0] }, true],
    ['-m dst', { ...udp, extensionHeaders: [0] }, false],
    ['-m frag --fragfirst --fragmore', { ...udp, fragment: 'first' }, true],
    ['-m frag --fraglast', { ...udp, fragment: 'first' }, false],
    ['-m frag --fragfirst', { ...udp, fragment: 'later' }, false],
    ['-m hl --hl-eq 64', udp, true],
    ['-m hl --hl-lt 64', udp, false],
    ['-m hl --hl-gt 63', udp, true],
    ['-m eui64', { ...udp, saddr: 0xfe80000000000000_0000_00ff_fe00_0001n, link: { smac: '02:00:00:00:00:01' } }, true],
    [
      '-m eui64',
      { ...udp, saddr: 0xfe80000000000000_0200_00ff_fe00_0001n, link: { smac: '02:00:00:00:00:01' } },
      false,
    ],
  ])('IPv6 %#: %s', (rule, packet, expected) => {
    expect(answerOf(rule, packet, {}, 'ip6')).toBe(expected);
  });

  it.each([
    ['ip', '-m length --length 29'],
    ['ip', '-p esp -m esp --espspi 5', { protocol: 50 }],
    ['ip', '-p dccp -m dccp --dport 80 --dccp-types SYNC', dccp],
    ['ip', '-m cpu --cpu 0'],
    ['ip', '-m ipvs --ipvs'],
    ['ip', '-m bpf --bytecode "2,40 0 0 0,6 0 0 1"'],
    ['ip6', '-m hbh'],
    ['ip6', '-m ipv6header --header protocol'],
    ['ip6', '-m eui64'],
    ['ip6', '-m frag --fraglast', { fragment: 'later' }],
    ['ip6', '-m hbh --hbh-len 8', { extensionHeaders: [0] }],
  ] as const)('%s: does not know %s', (family, rule, packet: Partial<Packet> = {}) => {
    expect(answerOf(rule, packet, {}, family)).toMatchObject({ kind: 'unknown' });
  });

  it('asks the interface for its group', () => {
    const device = {
      index: 2,
      name: 'eth0',
      flags: [],
      mtu: 1500,
      mac: undefined,
      group: 0xd,
      kind: undefined,
      master: undefined,
      hairpin: undefined,
      addresses: [],
      source: { file: 'ip-addr.txt', line: 1 },
    };
    const world = { interface: () => device };
    expect(answerOf('-m devgroup --src-group 0xc/0xc', {}, world)).toBe(true);
    expect(answerOf('-m devgroup --src-group 0xc', {}, world)).toBe(false);
    expect(answerOf('-m devgroup ! --dst-group 0xc', {}, world)).toBe(true);
    expect(answerOf('-m devgroup --src-group 0xc')).toMatchObject({ kind: 'unknown' });
  });
});
