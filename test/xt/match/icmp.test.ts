import { describe, expect, it } from 'vitest';
import { answerOf, readRule } from '../rows.ts';

// What iptables 1.8.9, both backends, printed of the rule.
describe('printing', () => {
  it.each([
    ['ip', '-p icmp --icmp-type ping', '-p icmp -m icmp --icmp-type 8'],
    ['ip', '-p icmp --icmp-type frag', '-p icmp -m icmp --icmp-type 3/4'],
    ['ip', '-p icmp --icmp-type tos-host-UNREACHABLE', '-p icmp -m icmp --icmp-type 3/12'],
    ['ip', '-p icmp --icmp-type 010', '-p icmp -m icmp --icmp-type 8'],
    ['ip', '-p icmp --icmp-type 3/1:4', '-p icmp -m icmp --icmp-type 3/1'],
    ['ip', '-p icmp --icmp-type 3/0:255', '-p icmp -m icmp --icmp-type 3'],
    ['ip', '-p icmp ! --icmp-type 255/1', '-p icmp -m icmp ! --icmp-type any'],
    ['ip6', '-p icmpv6 --icmpv6-type 255', '-p ipv6-icmp -m icmp6 --icmpv6-type 255'],
    ['ip6', '-p 58 -m icmpv6 --icmpv6-type no-r', '-p ipv6-icmp -m icmp6 --icmpv6-type 1/0'],
    ['ip6', '-p 58 -m ipv6-icmp ! --icmpv6-type neighbor-s', '-p ipv6-icmp -m icmp6 ! --icmpv6-type 135'],
  ] as const)('%s %s', (family, input, printed) => {
    expect(readRule(input, { family })).toMatchObject({ text: printed, problems: [] });
  });

  it.each([
    ['ip', '-p icmp --icmp-type host-un'],
    ['ip', '-p icmp --icmp-type ""'],
    ['ip', '-p icmp --icmp-type 3/'],
    ['ip', '-p icmp --icmp-type 3/1:'],
    ['ip', '-p icmp --icmp-type 256'],
    ['ip', '-p icmp -m icmp'],
    ['ip', '-m icmp --icmp-type 8'],
    ['ip', '! -p icmp -m icmp --icmp-type 8'],
    ['ip6', '-p icmpv6 --icmpv6-type any'],
    ['ip6', '-p icmpv6 --icmpv6-type neigh'],
  ] as const)('%s refuses %s', (family, input) => {
    expect(readRule(input, { family }).problems).toHaveLength(1);
  });
});

// Seen on a kernel 6.18 with a ping (type 8, code 0).
describe('answers', () => {
  it.each([
    ['--icmp-type 8', true],
    ['--icmp-type any', true],
    ['! --icmp-type any', false],
    ['--icmp-type 8/1', false],
    ['! --icmp-type 8/1', true],
    ['--icmp-type 8/0:3', true],
    ['--icmp-type 8/1:3', false],
  ])('%s', (options, expected) => {
    const ping = { protocol: 1, icmp: { type: 8, code: 0 } };
    expect(answerOf(`-p icmp -m icmp ${options}`, ping)).toBe(expected);
  });

  it('is no for other protocols and later fragments, and unknown without a type', () => {
    expect(answerOf('-p icmp -m icmp ! --icmp-type 8')).toBe(false);
    expect(answerOf('-p icmp -m icmp ! --icmp-type 8', { protocol: 1, fragment: 'later' })).toBe(false);
    expect(answerOf('-p icmp -m icmp --icmp-type 8', { protocol: 1 })).toMatchObject({ kind: 'unknown' });
  });

  it('has no type for all in IPv6', () => {
    const packet = { protocol: 58, icmp: { type: 128, code: 0 } };
    expect(answerOf('-p icmpv6 -m icmp6 --icmpv6-type 255', packet, {}, 'ip6')).toBe(false);
    expect(answerOf('-p icmpv6 -m icmp6 --icmpv6-type 128', packet, {}, 'ip6')).toBe(true);
  });
});
