import { expect, test } from 'vitest';
import type { Asked } from '../../../src/model/ruleset.ts';
import { parseIptablesSave } from '../../../src/read/iptables-save.ts';

const CASES: readonly (readonly [rule: string, asks: readonly Asked[] | undefined])[] = [
  ['-j ACCEPT', []],
  [
    '-s 10.0.0.0/8 ! -d 10.0.0.1/32 -i eth0 -o eth+ -p tcp -f -j DROP',
    ['saddr', 'daddr', 'iif', 'oif', 'protocol', 'fragment'],
  ],
  ['-m comment --comment "to all" -m mark --mark 0x1/0x1 -g OURS', []],
  ['-p udp -j REJECT --reject-with icmp-port-unreachable', ['protocol']],
  ['-m conntrack --ctstate RELATED,ESTABLISHED -j OURS', ['ctstate']],
  ['-m conntrack ! --ctstate INVALID -j MARK --set-xmark 0x4/0x4', ['ctstate']],
  // Names may be cut short: these are flags of the connection.
  ['-m conntrack --ctstate D -j ACCEPT', undefined],
  ['-m conntrack --ctstate NEW,sn -j ACCEPT', undefined],
  ['-m conntrack --ctstate NEW --ctdir REPLY -j ACCEPT', undefined],
  ['-m conntrack --ctstate NEW --ctorigdst 10.0.0.1/32 -j ACCEPT', undefined],
  ['-m conntrack --ctstatus ASSURED -j ACCEPT', undefined],
  ['-p tcp -m tcp --dport 80 -j ACCEPT', undefined],
  ['-m limit --limit 1/sec -j ACCEPT', undefined],
  ['-m set --match-set ours src -j ACCEPT', undefined],
  ['-m addrtype --dst-type LOCAL -j ACCEPT', undefined],
  ['-j CONNMARK --save-mark', undefined],
  ['-j NFQUEUE --queue-num 1', undefined],
  ['-j REJECT --reject-with nonsense', undefined],
  ['-m nonsense -j ACCEPT', undefined],
];

test.each(CASES)('%s', (rule, asks) => {
  const text = `*filter\n:FORWARD ACCEPT [0:0]\n:OURS - [0:0]\n-A FORWARD ${rule}\nCOMMIT\n`;
  const [table] = parseIptablesSave(text, 'rules', { family: 'ip', owner: 'iptables-legacy' }).tables;
  expect(table?.chains.get('FORWARD')?.rules.asks?.(0)).toEqual(asks);
});
