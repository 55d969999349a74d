import { describe, expect, it } from 'vitest';
import { answerOf, packetOf, readRule, worldOf } from '../rows.ts';

// What iptables 1.8.9 prints of the words; `nft` where iptables-nft prints something else.
describe('-m tcp and -m udp', () => {
  it.each([
    ['-p tcp --dport 80', '-p tcp -m tcp --dport 80'],
    ['-p tcp --destination-port ssh:http', '-p tcp -m tcp --dport 22:80'],
    ['-p tcp --sport 1024:', '-p tcp -m tcp --sport 1024:65535'],
    ['-p tcp --dport :', '-p tcp -m tcp'],
    ['-p tcp ! --dport :', '-p tcp -m tcp', '-p tcp'],
    ['-p tcp --dport 0x50', '-p tcp -m tcp --dport 80'],
    ['-p tcp ! --syn', '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN'],
    ['-p tcp --tcp-flags ALL NONE', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE'],
    ['-p tcp --tcp-flags SYN,ACK,FIN SYN,ACK', '-p tcp -m tcp --tcp-flags FIN,SYN,ACK SYN,ACK'],
    ['-p tcp --tcp-flags NONE NONE', '-p tcp -m tcp'],
    ['-p tcp ! --tcp-flags NONE NONE', '-p tcp -m tcp ! --tcp-flags NONE NONE', '-p tcp'],
    ['-p tcp --tcp-flags NONE SYN --dport 5', '-p tcp -m tcp --dport 5'],
    ['-p tcp ! --dport : --tcp-option 5', '-p tcp -m tcp --tcp-option 5'],
    [
      '-p tcp ! --tcp-flags SYN,RST SYN --sport 5 ! --tcp-option 8 --dport 6',
      '-p tcp -m tcp --sport 5 --dport 6 ! --tcp-option 8 ! --tcp-flags SYN,RST SYN',
    ],
    ['-p udp --sport domain', '-p udp -m udp --sport 53'],
    ['-p udp --dport ssh', '-p udp -m udp --dport 22'],
    ['-p udp --dport 65616', '-p udp -m udp --dport 80'],
    ['-p udp --dport 100:53', '-p udp -m udp --dport 100:53'],
    ['-p udp ! --sport :', '-p udp -m udp', '-p udp'],
    ['-m udp --dport 1 -p 17', '-p udp -m udp --dport 1'],
  ])('%s', (words, legacy, nft = legacy) => {
    expect(readRule(words)).toMatchObject({ text: legacy, problems: [] });
    expect(readRule(words, { backend: 'nft' })).toMatchObject({ text: nft, problems: [] });
  });

  it.each([
    '-p tcp --dport 90:80',
    '-p tcp --dport 080',
    '-p tcp --dport 80,90',
    '-p tcp --dport tftp',
    '-p tcp --dport HTTP',
    '-p tcp --dport 80 --destination-port 81',
    '-p tcp --tcp-option 0',
    '-p tcp --tcp-flags SYN,ECE ECE',
    '-p tcp --syn --tcp-flags SYN SYN',
    '-p tcp --tcp-flags SYN',
    '-m tcp --dport 1',
    '-p udp -m tcp --dport 1',
    '-p udplite -m udp --dport 80',
    '-p udplite --dport 80',
    '-p udp --dport -80',
    '-p udp --dport 1:2:3',
    '-p udp --dport 0x50',
  ])('refuses %s', words => {
    expect(readRule(words).problems).not.toEqual([]);
  });

  it.each([
    ['-p tcp --dport 80', {}, true],
    ['-p tcp ! --dport 80:90', {}, false],
    ['-p tcp --sport 40001:', {}, false],
    ['-p tcp --syn', {}, true],
    ['-p tcp --syn', { tcp: { flags: 0x12 } }, false],
    ['-p tcp --tcp-flags ALL NONE', { tcp: { flags: 0xc0 } }, true],
    ['-p tcp --tcp-flags NONE SYN', {}, false],
    ['-p tcp ! --dport 0:65535', {}, false],
    ['-p tcp --tcp-option 2', { tcp: { flags: 2, mss: 1460 } }, true],
    ['-p tcp --tcp-option 2', { tcp: { flags: 2, mss: null } }, false],
    ['-p tcp ! --tcp-option 8', { tcp: { flags: 2, options: [2, 4] } }, true],
    ['-p tcp --dport 80', { protocol: 17 }, false],
    ['-p tcp ! --dport 80', { protocol: 17 }, false],
    ['-p tcp --dport 80', { fragment: 'later' as const }, false],
    ['-p udp --dport 5000', { protocol: 17, dport: 5000 }, true],
    ['-p udp --dport 5001:4999', { protocol: 17, dport: 5000 }, false],
    ['-p udp ! --dport 5001:4999', { protocol: 17, dport: 5000 }, true],
  ])('%s against %o', (words, packet, expected) => {
    expect(answerOf(words, packet)).toBe(expected);
  });

  it.each([
    ['-p tcp --tcp-option 8', 6],
    ['-p tcp --syn', 6],
    ['-p udp --sport 5', 17],
  ])('does not know %s of a packet that does not tell', (words, protocol) => {
    const { sport: _sport, tcp: _tcp, ...untold } = packetOf({ protocol });
    expect(readRule(words).statements[1]?.evaluate(untold, worldOf())).toMatchObject({ kind: 'unknown' });
  });
});
