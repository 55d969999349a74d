import { describe, expect, it } from 'vitest';
import { parseIpv6 } from '../../../src/net/address.ts';
import { readTarget } from './effect.ts';

const UDP4 = { protocol: 17, saddr: 0x0a010001, daddr: 0x0a010002, sport: 4000, dport: 5000 };
const UDP6 = {
  ...UDP4,
  family: 'ip6',
  saddr: parseIpv6('fd01:203:405:1::1234') ?? 0n,
  daddr: parseIpv6('2001:db8:ffff::9') ?? 0n,
} as const;

describe('-j HMARK', () => {
  // Marks read bit by bit from a Linux 6.18.
  it.each([
    ['--hmark-tuple src,dst,sport,dport --hmark-rnd 0xdeadbeef --hmark-mod 4294967295', UDP4, 0xd2a26e23],
    ['--hmark-tuple src,dst,sport,dport,proto --hmark-rnd 1 --hmark-mod 1000000 --hmark-offset 7', UDP4, 0xc51d],
    ['--hmark-tuple src --hmark-rnd 5 --hmark-mod 65536', UDP4, 0xacc4],
    ['--hmark-src-prefix 24 --hmark-sport-mask 0xff00 --hmark-dport 9 --hmark-rnd 5 --hmark-mod 65536', UDP4, 0x8ad5],
    ['--hmark-spi-mask 0xff00ff0f --hmark-spi 0x10001 --hmark-rnd 9 --hmark-mod 4294967295', UDP4, 0xff5a3a6c],
    ['--hmark-tuple src,dst,sport,dport,ct --hmark-rnd 9 --hmark-mod 4294967295', UDP4, 0xd6cb3346],
    [
      '--hmark-src-prefix 120 --hmark-dst-prefix 60 --hmark-tuple sport,dport --hmark-rnd 9 --hmark-mod 4294967295',
      UDP6,
      0x95db92b1,
    ],
  ])('%s', (options, packet, value) => {
    const family = 'family' in packet ? 'ip6' : 'ip';
    expect(readTarget(`${family} mangle OUTPUT`, `-j HMARK ${options}`).effectOn(packet, {})).toEqual({
      kind: 'changes',
      changes: [{ kind: 'set', field: 'mark', value }],
    });
  });

  it('leaves the mark alone where there is no connection to hash', () => {
    const rule = readTarget('ip mangle OUTPUT', '-j HMARK --hmark-tuple ct --hmark-rnd 9 --hmark-mod 10');
    expect(rule.effectOn(UDP4)).toMatchObject({ kind: 'note' });
  });

  it.each([
    [{ protocol: 50 }, 'SPI'],
    [{ protocol: 1, icmp: { type: 3, code: 3 } }, 'ICMP error'],
  ])('does not know the mark of %o', (packet, reason) => {
    const rule = readTarget('ip mangle OUTPUT', '-j HMARK --hmark-tuple src --hmark-rnd 9 --hmark-mod 10');
    expect(rule.effectOn(packet)).toMatchObject({
      kind: 'undecided',
      why: { reason: expect.stringContaining(reason) },
    });
  });

  // As iptables 1.8.9 saves them.
  it.each([
    [
      '--hmark-tuple src,dst,spi,ct --hmark-rnd 7 --hmark-mod 10',
      '--hmark-src-prefix 32 --hmark-dst-prefix 32 --hmark-spi-mask 0xffffffff --hmark-rnd 0x00000007 --hmark-mod 10 --hmark-tuple ct',
    ],
    [
      '--hmark-sport 80 --hmark-dport 90 --hmark-rnd 7 --hmark-mod 10 --hmark-offset 0',
      '--hmark-sport 0x0050 --hmark-dport 0x005a --hmark-rnd 0x00000007 --hmark-mod 10 --hmark-offset 0',
    ],
    [
      '--hmark-src-prefix 255.255.255.0 --hmark-rnd 7 --hmark-mod 10',
      '--hmark-src-prefix 24 --hmark-rnd 0x00000007 --hmark-mod 10',
    ],
    [
      '--hmark-sport-mask 0xf --hmark-tuple sport --hmark-rnd 7 --hmark-mod 10',
      '--hmark-sport-mask 0xffff --hmark-rnd 0x00000007 --hmark-mod 10',
    ],
  ])('%s', (options, saved) => {
    expect(readTarget('ip filter INPUT', `-j HMARK ${options}`).printed).toBe(`-j HMARK ${saved}`);
  });

  it.each([
    '--hmark-tuple src --hmark-mod 5',
    '--hmark-tuple src --hmark-rnd 5',
    '--hmark-rnd 5 --hmark-mod 5',
    '--hmark-tuple dst --hmark-rnd 7 --hmark-mod 0',
    '--hmark-tuple src, --hmark-rnd 7 --hmark-mod 10',
    '--hmark-tuple sport --hmark-sport-mask 0xff --hmark-rnd 7 --hmark-mod 10',
    '--hmark-spi-mask 0xff --hmark-tuple sport --hmark-rnd 7 --hmark-mod 10',
    '--hmark-spi 1 --hmark-sport 2 --hmark-rnd 7 --hmark-mod 10',
  ])('refuses %s', options => {
    expect(readTarget('ip filter INPUT', `-j HMARK ${options}`).printed).toBe('refused');
  });
});
