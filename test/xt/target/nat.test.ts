import { describe, expect, it } from 'vitest';
import { parseIpv4, parseIpv6 } from '../../../src/net/address.ts';
import { readTarget } from './effect.ts';

const a = (text: string) => (text.includes(':') ? parseIpv6(text) : parseIpv4(text));

describe('DNAT, SNAT, MASQUERADE, REDIRECT, NETMAP', () => {
  // Each line as iptables 1.8.9 saves what stands in front of it.
  it.each([
    ['ip nat PREROUTING', '-p tcp -j DNAT --to-destination 10.0.0.1:80', undefined],
    ['ip nat PREROUTING', '-p tcp -j DNAT --to-destination :80', undefined],
    ['ip nat PREROUTING', '-p tcp -j DNAT --to-destination :5-9/7', undefined],
    ['ip nat PREROUTING', '-j DNAT --to-destination 10.0.0.1-10.0.0.9 --random --persistent', undefined],
    ['ip nat PREROUTING', '-j DNAT --to 10.0.0.1', '-j DNAT --to-destination 10.0.0.1'],
    [
      'ip nat PREROUTING',
      '-p tcp -j DNAT --to-destination 1.1.1.1:0x50-0x60/0x70',
      '-p tcp -j DNAT --to-destination 1.1.1.1:80-96/112',
    ],
    [
      'ip nat PREROUTING',
      '-p tcp -j DNAT --to-destination 1.1.1.1-1.1.1.1:5-5',
      '-p tcp -j DNAT --to-destination 1.1.1.1:5',
    ],
    ['ip nat PREROUTING', '! -p tcp -j DNAT --to-destination 1.1.1.1:5', undefined],
    ['ip6 nat PREROUTING', '-p tcp -j DNAT --to-destination [dead::1]', '-p tcp -j DNAT --to-destination dead::1'],
    ['ip6 nat PREROUTING', '-p tcp -j DNAT --to-destination dead::1:80', undefined],
    ['ip6 nat PREROUTING', '-p tcp -j DNAT --to-destination [dead::1-dead::9]:80', undefined],
    ['ip nat INPUT', '-j SNAT --to-source 1.1.1.1', undefined],
    [
      'ip nat POSTROUTING',
      '-j SNAT --to-source 1.1.1.1 --persistent --random-fully --random',
      '-j SNAT --to-source 1.1.1.1 --random --random-fully --persistent',
    ],
    ['ip nat POSTROUTING', '-p tcp -j SNAT --to-source 1.1.1.1:5-9/7', '-p tcp -j SNAT --to-source 1.1.1.1:5-9/0'],
    [
      'ip nat POSTROUTING',
      '-p tcp -j MASQUERADE --to-ports 1024-65535 --random-fully --random',
      '-p tcp -j MASQUERADE --to-ports 1024-65535 --random --random-fully',
    ],
    ['ip nat POSTROUTING', '-p tcp -j MASQUERADE --to-ports ssh', '-p tcp -j MASQUERADE --to-ports 22'],
    ['ip nat OUTPUT', '-p tcp -j REDIRECT --to 5', '-p tcp -j REDIRECT --to-ports 5'],
    ['ip nat PREROUTING', '-j NETMAP --to 1.2.3.4/24', '-j NETMAP --to 1.2.3.0/24'],
    ['ip nat PREROUTING', '-j NETMAP --to 1.2.3.4/255.0.255.0', '-j NETMAP --to 1.2.3.4/32'],
  ])('%s %s', (place, words, saved) => {
    expect(readTarget(place, words).printed).toBe(saved ?? words);
  });

  it.each([
    ['ip nat PREROUTING', '-p tcp -j DNAT --to-destination 1.1.1.1:90-80'],
    ['ip nat PREROUTING', '-p tcp -j DNAT --to-destination 1.1.1.1:80:90'],
    ['ip nat PREROUTING', '-p tcp -j DNAT --to-destination 1.1.1.1:'],
    ['ip nat PREROUTING', '-p tcp -j DNAT --to-destination 1.1.1.1-:5'],
    ['ip nat PREROUTING', '-p tcp -j DNAT --to-destination [1.1.1.1]:5'],
    ['ip nat PREROUTING', '-p tcp -j DNAT --to-destination 1.1.1.1:5-9/0'],
    ['ip nat PREROUTING', '-p udplite -j DNAT --to-destination 1.1.1.1:5'],
    ['ip nat PREROUTING', '-p tcp -j DNAT --random'],
    ['ip nat PREROUTING', '-j DNAT --to-destination dead::1'],
    ['ip nat POSTROUTING', '-j DNAT --to-destination 1.1.1.1'],
    ['ip filter FORWARD', '-j DNAT --to-destination 1.1.1.1'],
    ['ip6 nat PREROUTING', '-p ipv6-icmp -j DNAT --to-destination [dead::1]:80'],
    ['ip nat PREROUTING', '-j SNAT --to-source 1.1.1.1'],
    ['ip nat POSTROUTING', '-j MASQUERADE --to-ports 5'],
    ['ip nat INPUT', '-j MASQUERADE'],
    ['ip nat PREROUTING', '-p tcp -j REDIRECT --to-ports 42-1234/567'],
    ['ip nat PREROUTING', '-j NETMAP'],
  ])('%s refuses %s', (place, words) => {
    expect(readTarget(place, words).printed).toBe('refused');
  });

  it.each([
    [
      'ip nat PREROUTING',
      '-p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90/1000 --persistent',
      {
        type: 'dnat',
        range: {
          minAddress: a('10.0.0.1'),
          maxAddress: a('10.0.0.9'),
          minPort: 80,
          maxPort: 90,
          basePort: 1000,
          persistent: true,
        },
      },
    ],
    [
      'ip6 nat POSTROUTING',
      '-j SNAT --to-source fd00::1 --random-fully',
      { type: 'snat', range: { minAddress: a('fd00::1'), maxAddress: a('fd00::1'), fullyRandom: true } },
    ],
    ['ip nat POSTROUTING', '-j MASQUERADE', { type: 'masquerade', range: {} }],
    ['ip nat OUTPUT', '-p udp -j REDIRECT --to-ports 53', { type: 'redirect', range: { minPort: 53, maxPort: 53 } }],
    [
      'ip nat OUTPUT',
      '-j NETMAP --to 10.9.0.0/16',
      { type: 'netmap', to: { family: 'ip', address: a('10.9.0.0'), mask: 0xffff0000 } },
    ],
  ])('%s %s maps', (place, words, nat) => {
    expect(readTarget(place, words).effectOn()).toEqual({ kind: 'nat', ...nat });
  });
});
