import { describe, expect, it } from 'vitest';
import { readTarget } from './effect.ts';

describe('-j REJECT', () => {
  // The first type that begins with the argument, as iptables 1.8.9 saves it.
  it.each([
    ['ip filter INPUT', '', 'icmp-port-unreachable'],
    ['ip6 filter INPUT', '', 'icmp6-port-unreachable'],
    ['ip filter INPUT', '--reject-with icmp', 'icmp-net-unreachable'],
    ['ip filter INPUT', '--reject-with icmp-h', 'icmp-host-unreachable'],
    ['ip filter INPUT', '--reject-with host-prohib', 'icmp-host-prohibited'],
    ['ip filter INPUT', '--reject-with ADMIN-PROHIB', 'icmp-admin-prohibited'],
    ['ip6 filter INPUT', '--reject-with icmp6-a', 'icmp6-adm-prohibited'],
    ['ip6 filter OUTPUT', '--reject-with addr-unreach', 'icmp6-addr-unreachable'],
    ['ip6 filter FORWARD', '--reject-with policy-fail', 'icmp6-policy-fail'],
  ])('%s %s answers with %s', (place, options, type) => {
    const rule = readTarget(place, `-j REJECT ${options}`);
    expect(rule.printed).toBe(`-j REJECT --reject-with ${type}`);
    expect(rule.effectOn()).toEqual({ kind: 'reject', with: type });
  });

  it('takes tcp-reset with -p tcp', () => {
    expect(readTarget('ip6 filter INPUT', '-p tcp -j REJECT --reject-with tcp-reset').effectOn()).toEqual({
      kind: 'reject',
      with: 'tcp-reset',
    });
  });

  it.each([
    ['ip filter INPUT', '-j REJECT --reject-with tcp-reset'],
    ['ip filter INPUT', '! -p tcp -j REJECT --reject-with tcp-reset'],
    ['ip filter INPUT', '-j REJECT --reject-with bogus'],
    ['ip6 filter INPUT', '-j REJECT --reject-with beyond-scope'],
    ['ip mangle INPUT', '-j REJECT'],
  ])('%s refuses %s', (place, words) => {
    expect(readTarget(place, words).printed).toBe('refused');
  });
});
