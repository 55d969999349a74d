import { describe, expect, test } from 'vitest';
import { readNamespace } from '../../src/read/snapshot.ts';
import { tracks } from '../../src/walk/hooks.ts';

const trackedBy = (path: string, text: string) => {
  const { ruleset } = readNamespace('node', [{ path, text }]);
  return (['ip', 'ip6'] as const).filter(family => tracks(ruleset, family)).join(' ');
};

describe('what of iptables makes conntrack active', () => {
  test.each([
    ['-m conntrack --ctstate NEW -j ACCEPT', 'ip'],
    ['-m state --state NEW', 'ip'],
    ['-p tcp -m tcp --dport 80 -j ACCEPT', ''],
    ['-m comment --comment "DNAT and -m state of -j MASQUERADE" -j ACCEPT', ''],
    ['-m comment --comment state -j ACCEPT', ''],
    ['-j LOG --log-prefix "a -j SNAT "', ''],
    ['-j CT --notrack', ''],
    ['-j CT --zone 1', 'ip'],
    ['-j CONNMARK --restore-mark', 'ip'],
  ])('%s', (rule, expected) => {
    const text = `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING ${rule}\n-A PREROUTING -s 10.0.0.1/32\nCOMMIT\n`;
    expect(trackedBy('iptables-save.txt', text)).toBe(expected);
  });

  test('MASQUERADE at the end of a line', () => {
    const text = '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n';
    expect(trackedBy('iptables-save.txt', text)).toBe('ip');
  });
});

// nf_ct_netns_get in net/netfilter/nft_*.c; dnat and snat ask for their own family alone, as Linux 6.18 showed.
describe('what of nft makes conntrack active', () => {
  const inet = (rule: string, more = '') => `table inet t {\n${more}\tchain c {\n\t\t${rule}\n\t}\n}\n`;
  test.each([
    ['tcp dport 80 accept', ''],
    ['ct state new accept', 'ip ip6'],
    ['ct mark . meta mark { 0x1 . 0x2 } accept', 'ip ip6'],
    ['meta mark set ct mark', 'ip ip6'],
    ['tcp dport 22 ct count over 5 reject', 'ip ip6'],
    ['dnat ip to 10.0.0.1', 'ip'],
    ['dnat ip6 to fd00::1', 'ip6'],
    ['masquerade', 'ip ip6'],
    ['redirect to :80', 'ip ip6'],
    ['notrack', ''],
    ['log prefix "ct dnat " accept', ''],
    ['accept comment "ct state dnat"', ''],
    ['iifname "ct" accept', ''],
  ])('%s', (rule, expected) => {
    expect(trackedBy('nft-list-ruleset.txt', inet(rule))).toBe(expected);
  });

  test.each([
    ['an object', inet('accept', '\tct helper h {\n\t\ttype "tftp" protocol udp\n\t\tl3proto ip\n\t}\n'), 'ip ip6'],
    ['a table of one family', 'table ip6 t {\n\tchain c {\n\t\tct state new\n\t}\n}\n', 'ip6'],
    ['a dormant table', 'table ip t {\n\tflags dormant\n\tchain c {\n\t\tct state new\n\t}\n}\n', 'ip'],
    ['an extension of iptables', 'table ip t {\n\tchain c {\n\t\txt match "conntrack"\n\t}\n}\n', 'ip'],
    ['another extension', 'table ip t {\n\tchain c {\n\t\txt match "recent"\n\t}\n}\n', ''],
  ])('%s', (_, text, expected) => {
    expect(trackedBy('nft-list-ruleset.txt', text)).toBe(expected);
  });
});
