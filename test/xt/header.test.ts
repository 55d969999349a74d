import { describe, expect, it } from 'vitest';
import { builtinHook } from '../../src/xt/tables.ts';
import { packetOf, readRule, worldOf } from './rows.ts';

type Backend = 'legacy' | 'nft';

function save(backend: Backend, place: string, words: string): string {
  const [family, table = '', chain = ''] = place.split(' ');
  const { text, problems } = readRule(words, {
    family: family === 'ip6' ? 'ip6' : 'ip',
    backend,
    table,
    chain,
    hook: builtinHook(table, chain),
  });
  return problems.length > 0 ? 'refused' : text;
}

const FORWARD = 'ip filter FORWARD';
const FORWARD6 = 'ip6 filter FORWARD';

describe('the header of a rule', () => {
  // As both backends of iptables 1.8.9 save it.
  it.each([
    [FORWARD, '-i + -j ACCEPT', '-j ACCEPT'],
    [FORWARD, '-i eth0+ -o +', '-i eth0+'],
    [FORWARD, '-i * -o eth*foo', '-i * -o eth*foo'],
    [FORWARD, '-s 1.2.3.4/0', ''],
    [FORWARD, '-s 10/8', '-s 10.0.0.0/8'],
    [FORWARD, '-s 10.1/16', '-s 10.1.0.0/16'],
    [FORWARD, '-s 192.168.0.1/24 -d 192.168.0.1/0.0.0.255', '-s 192.168.0.0/24 -d 0.0.0.1/0.0.0.255'],
    [FORWARD6, '-s ::ffff:1.2.3.4', '-s ::ffff:1.2.3.4/128'],
    [FORWARD, '-p ALL -j ACCEPT', '-j ACCEPT'],
    [FORWARD, '-p 0x6', '-p tcp'],
    [FORWARD, '-p mh', '-p mobility-header'],
    [FORWARD6, '-p 58', '-p ipv6-icmp'],
    [FORWARD, '! -p 255', '! -p 255'],
    [FORWARD, '--fragment -j ACCEPT', '-f -j ACCEPT'],
    [FORWARD, '! -f', '! -f'],
    [FORWARD, '-4 -c 1 2 -j ACCEPT', '-j ACCEPT'],
    [FORWARD6, '--ipv6 --set-counters 0x1,2 -j ACCEPT', '-j ACCEPT'],
    [FORWARD, '--sour 1.2.3.4 -j ACCEPT', '-s 1.2.3.4/32 -j ACCEPT'],
    [FORWARD, '-mcomment --comment=abc', '-m comment --comment abc'],
    [FORWARD, '-m mark ! --mark=1', '-m mark ! --mark 0x1'],
    [FORWARD, '-i abcdefghijklmno', '-i abcdefghijklmno'],
    ['ip nat INPUT', '-i eth0', '-i eth0'],
    ['ip nat prerouting', '-o eth0', '-o eth0'],
  ])('%s %s', (place, words, saved) => {
    expect(save('legacy', place, words)).toBe(saved);
    expect(save('nft', place, words)).toBe(saved);
  });

  it.each([
    [FORWARD, '! -i +', '', '! -i +'],
    [FORWARD, '! -o + -j ACCEPT', '-j ACCEPT', '! -o + -j ACCEPT'],
    [FORWARD, '! -s 0.0.0.0/0', '! -s 0.0.0.0/0', 'refused'],
    [FORWARD6, '! -s ::/0', '! -s ::/0', 'refused'],
    [FORWARD, '-p mptcp', '-p mptcp', '-p tcp'],
    [
      FORWARD,
      '-p tcp -m tcp --sport 2 -m tcp --dport 1',
      '-p tcp -m tcp --sport 2 -m tcp --dport 1',
      '-p tcp -m tcp --sport 2 --dport 1',
    ],
  ])('%s %s differs between the backends', (place, words, legacy, nft) => {
    expect(save('legacy', place, words)).toBe(legacy);
    expect(save('nft', place, words)).toBe(nft);
  });

  it.each([
    [FORWARD, '-i ""'],
    [FORWARD, '-i abcdefghijklmno+'],
    [FORWARD, '-i a -i b'],
    [FORWARD, '-s 10.0.0.0/33'],
    [FORWARD, '-s 10.0.0.0/08'],
    [FORWARD, '-s ::1'],
    [FORWARD, '-s 1.2.3.4 -s 1.2.3.5'],
    [FORWARD, '-s ! 1.2.3.4'],
    [FORWARD, '! ! -s 1.2.3.4'],
    [FORWARD, '-p 256'],
    [FORWARD, '-p icmp6'],
    [FORWARD, '! -p all'],
    [FORWARD, '-p tcp -p udp'],
    [FORWARD, '-f -f'],
    [FORWARD6, '-f'],
    [FORWARD, '-6 -j ACCEPT'],
    [FORWARD6, '-4 -j ACCEPT'],
    [FORWARD, '-c 1 -j ACCEPT'],
    [FORWARD, '-c 1, -j ACCEPT'],
    [FORWARD, '-c ,3 -j ACCEPT'],
    [FORWARD, '-c a,3 -j ACCEPT'],
    [FORWARD, '-c 1,2 -c 1,2'],
    [FORWARD, '-j'],
    [FORWARD, '-j ""'],
    [FORWARD, '-j accept'],
    [FORWARD, '-j ACCEPT -j DROP'],
    [FORWARD, '-j ACCEPT -g other'],
    [FORWARD, '-g NOSUCH'],
    [FORWARD, '! -j ACCEPT'],
    [FORWARD, '! -m mark --mark 1'],
    [FORWARD, '--log-prefix x'],
    ['ip nat PREROUTING', '-o eth0'],
    ['ip filter INPUT', '-o eth0'],
    ['ip filter OUTPUT', '-i eth0'],
    ['ip nat POSTROUTING', '-i eth0'],
  ])('%s refuses %s', (place, words) => {
    expect(save('legacy', place, words)).toBe('refused');
    expect(save('nft', place, words)).toBe('refused');
  });

  // More than iptables 1.8.9 takes, which is strict by mistake (1.8.10 takes it) or reads octal here.
  it.each([
    ['-ptcp -s1.2.3.4 -ieth0 -jACCEPT', '-s 1.2.3.4/32 -i eth0 -p tcp -j ACCEPT'],
    ['--protocol=tcp --in-interface=eth0 --jump=ACCEPT', '-i eth0 -p tcp -j ACCEPT'],
    ['-s 010.1.1.1', 'refused'],
    ['-s 1.2.3.4,5.6.7.8', 'refused'],
  ])('%s', (words, saved) => {
    expect(save('legacy', FORWARD, words)).toBe(saved);
  });

  it.each([
    ['! -i +', false],
    ['-i eth+', true],
    ['! -s 0.0.0.0/0', false],
    ['! -o eth1', false],
    ['-f', false],
    ['! -f', true],
  ])('%s answers %s for a forwarded packet', (words, expected) => {
    expect(readRule(words).statements[0]?.evaluate(packetOf(), worldOf())).toBe(expected);
  });
});
