import { describe, expect, it } from 'vitest';
import { readTarget } from './effect.ts';

// Saved by iptables 1.8.9, but for CLUSTERIP and LED, which no kernel at hand has: as their sources print.
describe('small targets', () => {
  it.each([
    ['ip filter INPUT', '-j AUDIT --type ACCEPT', '-j AUDIT --type accept'],
    ['ip mangle POSTROUTING', '-j CLASSIFY --set-class 0x1:ffffff', '-j CLASSIFY --set-class 0001:ffff'],
    ['ip mangle POSTROUTING', '-j CLASSIFY --set-class -1:2zz', '-j CLASSIFY --set-class ffff:0002'],
    ['ip security INPUT', '-j CONNSECMARK --save', undefined],
    ['ip security INPUT', '-j SECMARK --selctx system_u:object_r:httpd_packet_t:s0', undefined],
    ['ip filter INPUT', '-j IDLETIMER --timeout 42 --label foo --alarm', undefined],
    ['ip filter INPUT', '-j LED --led-trigger-id foo --led-delay INF', '-j LED --led-trigger-id "foo" --led-delay inf'],
    ['ip6 filter INPUT', '-j LED --led-trigger-id "foo" --led-delay 42 --led-always-blink', undefined],
    ['ip filter INPUT', '-j NFQUEUE', '-j NFQUEUE --queue-num 0'],
    [
      'ip filter INPUT',
      '-j NFQUEUE --queue-balance 3: --queue-cpu-fanout --queue-bypass',
      '-j NFQUEUE --queue-balance 3:65535 --queue-bypass --queue-cpu-fanout',
    ],
    [
      'ip filter INPUT',
      '-j RATEEST --rateest-name f --rateest-interval 1.5s --rateest-ewmalog 100S',
      '-j RATEEST --rateest-name f --rateest-interval 2.0s --rateest-ewmalog 128.0s',
    ],
    [
      'ip filter INPUT',
      '-j RATEEST --rateest-name a --rateest-interval 1 --rateest-ewmalog 2',
      '-j RATEEST --rateest-name a --rateest-interval 250.0ms --rateest-ewmalog 500.0ms',
    ],
    [
      'ip filter INPUT',
      '-p tcp -j SYNPROXY --ecn --mss 1 --wscale 2 --timestamp --sack-perm',
      '-p tcp -j SYNPROXY --sack-perm --timestamp --wscale 2 --mss 1 --ecn',
    ],
    [
      'ip filter INPUT',
      '-j TEE --gateway 1.1.1.1 --oif eth012345678901234',
      '-j TEE --gateway 1.1.1.1 --oif eth012345678901',
    ],
    [
      'ip mangle PREROUTING',
      '-p tcp -j TPROXY --on-port http',
      '-p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0',
    ],
    [
      'ip6 mangle PREROUTING',
      '-p udp -j TPROXY --on-port 5',
      '-p udp -j TPROXY --on-port 5 --on-ip :: --tproxy-mark 0x0/0x0',
    ],
    ['ip filter INPUT', '-j CLUSTERIP', undefined],
    [
      'ip filter INPUT',
      '-j CLUSTERIP --new --hashmode sourceip --clustermac 01:aa:7b:47:f7:d7 --total-nodes 2 --local-node 1',
      '-j CLUSTERIP --new --hashmode sourceip --clustermac 01:AA:7B:47:F7:D7 --total-nodes 2 --local-node 1 --hash-init 0',
    ],
    ['ip filter INPUT', '-j QUEUE', undefined],
  ])('%s %s', (place, words, saved) => {
    expect(readTarget(place, words).printed).toBe(saved ?? words);
  });

  it.each([
    ['ip filter INPUT', '-j AUDIT --type acc'],
    ['ip filter INPUT', '-j CHECKSUM --checksum-fill'],
    ['ip mangle PREROUTING', '-j CLASSIFY --set-class 1:2'],
    ['ip mangle POSTROUTING', '-j CLASSIFY --set-class 1:'],
    ['ip filter INPUT', '-j CONNSECMARK --save'],
    ['ip filter INPUT', '-j SECMARK --selctx x'],
    ['ip filter INPUT', '-j IDLETIMER --timeout 2147483 --label lm'],
    ['ip filter INPUT', '-j IDLETIMER --timeout 0 --label foo'],
    ['ip filter INPUT', '-j LED'],
    ['ip filter INPUT', '-j LED --led-trigger-id 12345678901234567'],
    ['ip filter INPUT', '-j NFQUEUE --queue-balance 3'],
    ['ip filter INPUT', '-j NFQUEUE --queue-balance 3:3'],
    ['ip filter INPUT', '-j NFQUEUE --queue-balance :'],
    ['ip filter INPUT', '-j NFQUEUE --queue-cpu-fanout'],
    ['ip filter INPUT', '-j RATEEST --rateest-name e --rateest-interval 9s --rateest-ewmalog 30s'],
    ['ip filter INPUT', '-j RATEEST --rateest-name o --rateest-interval 250ms --rateest-ewmalog 250ms'],
    ['ip filter INPUT', '-j RATEEST --rateest-name g --rateest-interval 1x --rateest-ewmalog 2'],
    ['ip filter OUTPUT', '-p tcp -j SYNPROXY --mss 1'],
    ['ip filter INPUT', '! -p tcp -j SYNPROXY --mss 1'],
    ['ip filter INPUT', '-j TEE --gateway 0.0.0.0'],
    ['ip mangle PREROUTING', '-p sctp -j TPROXY --on-port 5'],
    ['ip mangle PREROUTING', '-p tcp -j TPROXY --on-port 0x50'],
    ['ip mangle OUTPUT', '-p tcp -j TPROXY --on-port 5'],
    ['ip filter INPUT', '-j TRACE'],
    ['ip filter INPUT', '-j CLUSTERIP --new'],
    [
      'ip filter INPUT',
      '-j CLUSTERIP --new --hashmode sourceip --clustermac 02:aa:7b:47:f7:d7 --total-nodes 2 --local-node 1',
    ],
  ])('%s refuses %s', (place, words) => {
    expect(readTarget(place, words).printed).toBe('refused');
  });

  it.each([
    ['-j TRACE', '-j TRACE'],
    ['-j QUEUE', 'refused'],
  ])('nft takes %s as %s', (words, printed) => {
    expect(readTarget('ip filter INPUT', words, 'nft').printed).toBe(printed);
  });
});

describe('what they do', () => {
  it.each([
    ['ip filter INPUT', '-j NFQUEUE --queue-num 7 --queue-bypass', { kind: 'queue', number: 7, bypass: true }],
    ['ip filter INPUT', '-j QUEUE', { kind: 'queue', number: 0, bypass: false }],
    [
      'ip mangle PREROUTING',
      '-p tcp -j TPROXY --on-port 15001 --on-ip 127.0.0.1 --tproxy-mark 0x1/0x3',
      { kind: 'tproxy', address: 0x7f000001, port: 15001, mark: { value: 1, mask: 3 } },
    ],
    ['ip mangle PREROUTING', '-p tcp -j TPROXY --on-port 0', { kind: 'tproxy', port: 80, mark: { value: 0, mask: 0 } }],
    [
      'ip mangle POSTROUTING',
      '-j CLASSIFY --set-class 1:2',
      { kind: 'changes', changes: [{ kind: 'set', field: 'priority', value: 0x10002 }] },
    ],
    ['ip filter INPUT', '-j TEE --gateway 1.1.1.1', { kind: 'note', text: 'a copy goes to 1.1.1.1' }],
  ])('%s %s', (place, words, effect) => {
    expect(readTarget(place, words).effectOn()).toEqual(effect);
  });

  // nf_synproxy: SYN is answered, ACK is let in or not by its cookie, everything else goes on.
  it.each([
    [0x02, 'consumed'],
    [0x10, 'undecided'],
    [0x18, 'undecided'],
    [0x12, 'note'],
    [0x11, 'note'],
    [0x04, 'note'],
  ])('SYNPROXY with TCP flags 0x%s', (flags, kind) => {
    expect(readTarget('ip filter INPUT', '-p tcp -j SYNPROXY').effectOn({ tcp: { flags } })).toMatchObject({ kind });
  });

  it('CLUSTERIP is not decided', () => {
    expect(readTarget('ip filter INPUT', '-j CLUSTERIP').effectOn()).toMatchObject({ kind: 'undecided' });
  });
});
