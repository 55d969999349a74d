import { describe, expect, it } from 'vitest';
import { formatIpv6, parseIpv6 } from '../../../src/net/address.ts';
import { parsePrefix } from '../../../src/net/prefix.ts';
import { mapPrefix } from '../../../src/xt/npt.ts';
import { readTarget } from './effect.ts';

const prefix = (text: string) => {
  const parsed = parsePrefix(text);
  if (parsed?.family !== 'ip6') throw new Error(text);
  return parsed;
};

describe('-j SNPT and -j DNPT', () => {
  // Captured behind SNPT of a Linux 6.18.
  it.each([
    ['fd01:203:405:1::/64', '2001:db8:1:d550::/64', 'fd01:203:405:1::1234', '2001:db8:1:d550::1234'],
    ['fd01:203:405:1::/64', '2001:db8:1:d550::/64', 'fd01:203:405:1:ffff:ffff:ffff:ffff', 'dropped'],
    ['fd01:203:405::/48', '2001:db8:1::/48', 'fd01:203:405:1::1234', '2001:db8:1:d550::1234'],
    ['fd01:203:405::/48', '2001:db8:1::/48', 'fd01:203:405:1:ffff:1234:0:5', '2001:db8:1:d550:ffff:1234:0:5'],
    ['fd01:203:405:1::/64', '2001:db8::/32', 'fd01:203:405:1::1234', '2001:db8::d551:0:0:1234'],
    ['fd01:203:405:1::/64', '2001:db8::/32', 'fd01:203:405:1:ffff:1234:0:5', '2001:db8::ffff:e785:0:5'],
    ['fd01::/16', '2001:db8:1:2::/64', 'fd01:203:405:1::1234', '2001:db8:1:2:cf45::1234'],
    ['fd01:203:400::/40', '2001:db8:1::/56', 'fd01:203:405:1::1234', '2001:db8:1:1:d54a::1234'],
    ['fd01:203:405:1::/64', 'fe01:203:405:1::/64', 'fd01:203:405:1::1234', 'fe01:203:405:1:feff::1234'],
  ])('%s to %s: %s becomes %s', (source, destination, before, after) => {
    const address = parseIpv6(before) ?? 0n;
    const mapped = mapPrefix({ source: prefix(source), destination: prefix(destination) }, address);
    expect(mapped === undefined ? 'dropped' : formatIpv6(mapped)).toBe(after);
  });

  it.each([
    ['SNPT', 'POSTROUTING', 'saddr'],
    ['DNPT', 'PREROUTING', 'daddr'],
  ])('-j %s in %s changes the %s', (name, chain, field) => {
    const words = `-j ${name} --src-pfx fd01:203:405::/48 --dst-pfx 2001:db8:1::/48`;
    const rule = readTarget(`ip6 mangle ${chain}`, words);
    const address = parseIpv6('fd01:203:405:1::1234') ?? 0n;
    expect(rule.printed).toBe(words);
    expect(rule.effectOn({ family: 'ip6', saddr: address, daddr: address })).toEqual({
      kind: 'changes',
      changes: [{ kind: 'address', field, value: parseIpv6('2001:db8:1:d550::1234') }],
    });
  });

  it.each([
    ['ip6 mangle POSTROUTING', '-j SNPT --src-pfx dead::1/64 --dst-pfx 1c3::/48'],
    ['ip6 mangle POSTROUTING', '-j SNPT --src-pfx dead::/65 --dst-pfx 1c3::/48'],
    ['ip6 mangle POSTROUTING', '-j SNPT --src-pfx dead::/ff00:ff00:: --dst-pfx 1c3::/16'],
    ['ip6 mangle POSTROUTING', '-j SNPT --src-pfx dead::/64'],
    ['ip6 mangle POSTROUTING', '-j DNPT --src-pfx dead::/64 --dst-pfx 1c3::/64'],
    ['ip6 mangle FORWARD', '-j SNPT --src-pfx dead::/64 --dst-pfx 1c3::/64'],
    ['ip6 nat POSTROUTING', '-j SNPT --src-pfx dead::/64 --dst-pfx 1c3::/64'],
    ['ip mangle POSTROUTING', '-j SNPT --src-pfx dead::/64 --dst-pfx 1c3::/64'],
  ])('%s refuses %s', (place, words) => {
    expect(readTarget(place, words).printed).toBe('refused');
  });
});
