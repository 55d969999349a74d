import { describe, expect, it } from 'vitest';
import { parseIptablesListing } from '../../src/read/iptables-listing.ts';
import type { TableHints } from '../../src/read/table-draft.ts';
import type { XtTable } from '../../src/xt/chain.ts';

const VERBOSE = ' pkts bytes target     prot opt in     out     source               destination         ';
const PLAIN = 'target     prot opt source               destination         ';

const rulesOf = (table: XtTable | undefined, chain: string): readonly string[] =>
  [...(table?.chains.get(chain)?.rules ?? [])].map(rule => rule.text.replace(`-A ${chain} `, ''));

/** A chain A with one rule as `iptables -nvL` prints it behind its counters. */
function one(line: string, hints: TableHints = {}) {
  const reading = parseIptablesListing(`Chain A (1 references)\n${VERBOSE}\n    0     0 ${line}`, 'f', {
    table: 'nat',
    ...hints,
  });
  return { rules: rulesOf(reading.tables[0], 'A'), remarks: reading.remarks.map(r => r.text) };
}

const ANY = '0.0.0.0/0            0.0.0.0/0           ';

describe('iptables -nvL', () => {
  // Each pair was printed by iptables 1.8.9 of one rule: `-nvL` and `-S`.
  it.each([
    [`KUBE-X    !6    --  lo     !eth+   ${ANY}[goto] `, '-i lo ! -o eth+ ! -p tcp -g KUBE-X'],
    [
      `DROP       0    -f  *      *       10.0.12.0/255.0.12.0  0.0.0.0/0           `,
      '-s 10.0.12.0/255.0.12.0 -f -j DROP',
    ],
    [
      `RETURN     0    --  *      *      !192.168.0.0/18       10.0.0.1            `,
      '! -s 192.168.0.0/18 -d 10.0.0.1/32 -j RETURN',
    ],
    [`           0    --  *      *       ${ANY} /* only a comment */`, '-m comment --comment "only a comment"'],
    [`RETURN     250  --  *      *       ${ANY}`, '-p 250 -j RETURN'],
    [
      `RETURN     17   --  *      *       ${ANY} mark match ! 0x5 udp spt:!9 dpts:5:6`,
      '-p udp -m mark ! --mark 0x5 -m udp ! --sport 9 --dport 5:6 -j RETURN',
    ],
    [
      `DNAT       6    --  *      *       ${ANY} /* default/web */ tcp to:10.0.0.1:80 random`,
      '-p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.0.0.1:80 --random',
    ],
    [`DNAT       6    --  *      *       ${ANY} to::80`, '-p tcp -j DNAT --to-destination :80'],
    [
      `SNAT       0    --  *      *       ${ANY} ADDRTYPE match dst-type !LOCAL to:10.0.0.9 random-fully`,
      '-m addrtype ! --dst-type LOCAL -j SNAT --to-source 10.0.0.9 --random-fully',
    ],
    [
      `MASQUERADE  6    --  *      *       ${ANY} masq ports: 1000-2000 random`,
      '-p tcp -j MASQUERADE --to-ports 1000-2000 --random',
    ],
    [`MASQUERADE  0    --  *      *       ${ANY} random-fully`, '-j MASQUERADE --random-fully'],
    [`REDIRECT   6    --  *      *       ${ANY} redir ports 15006`, '-p tcp -j REDIRECT --to-ports 15006'],
    [`MARK       0    --  *      *       ${ANY} MARK or 0x4000`, '-j MARK --set-xmark 0x4000/0x4000'],
    [`MARK       0    --  *      *       ${ANY} MARK xor 0x4000`, '-j MARK --set-xmark 0x4000/0x0'],
    [`MARK       0    --  *      *       ${ANY} MARK and 0xfffffff0`, '-j MARK --set-xmark 0x0/0xf'],
    [`MARK       0    --  *      *       ${ANY} MARK set 0x1`, '-j MARK --set-xmark 0x1/0xffffffff'],
    [
      `CONNMARK   0    --  *      *       ${ANY} CONNMARK restore mask 0x80`,
      '-j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
    ],
    [
      `RETURN     0    --  *      *       ${ANY} statistic mode random probability 0.33332999982`,
      '-m statistic --mode random --probability 0.33332999982 -j RETURN',
    ],
    [
      `RETURN     0    --  *      *       ${ANY} statistic mode nth every 3`,
      '-m statistic --mode nth --every 3 --packet 0 -j RETURN',
    ],
    [
      `RETURN     0    --  *      *       ${ANY} ! recent: CHECK seconds: 60 reap name: foo side: source mask: 255.255.255.255`,
      '-m recent ! --rcheck --seconds 60 --reap --name foo --mask 255.255.255.255 --rsource -j RETURN',
    ],
    [`RETURN     0    --  *      *       ${ANY} ! match-set s1 dst,dst`, '-m set ! --match-set s1 dst,dst -j RETURN'],
    [
      `RETURN     0    --  *      *       ${ANY} ctstate RELATED,ESTABLISHED ! ctstatus CONFIRMED`,
      '-m conntrack --ctstate RELATED,ESTABLISHED ! --ctstatus CONFIRMED -j RETURN',
    ],
    [
      `RETURN     0    --  *      *       ${ANY} PHYSDEV match ! --physdev-is-in`,
      '-m physdev ! --physdev-is-in -j RETURN',
    ],
    [
      `RETURN     6    --  *      *       ${ANY} multiport dports  !1,2:3`,
      '-p tcp -m multiport ! --dports 1,2:3 -j RETURN',
    ],
    [
      `RETURN     6    --  *      *       ${ANY} tcp dpt:80 flags:0x17/0x02`,
      '-p tcp -m tcp --dport 80 --tcp-flags FIN,SYN,RST,ACK SYN -j RETURN',
    ],
    [`RETURN     1    --  *      *       ${ANY} icmp !type 3 code 4`, '-p icmp -m icmp ! --icmp-type 3/4 -j RETURN'],
    [
      `LOG        0    --  *      *       ${ANY} LOG flags 12 level 7 prefix "x "y": "`,
      '-j LOG --log-prefix "x \\"y\\": " --log-level 7 --log-ip-options --log-uid',
    ],
    [`RETURN     0    --  *      *       ${ANY} owner GID match 0-10`, '-m owner --gid-owner 0-10 -j RETURN'],
  ])('%s', (line, rule) => {
    const { rules, remarks } = one(`${line}`.replace(/KUBE-X/, 'A     '), {});
    expect(rules).toEqual([rule.replace('KUBE-X', 'A')]);
    expect(remarks).toEqual([]);
  });

  it.each([
    [
      'filter',
      `REJECT     0    --  *      *       ${ANY} reject-with icmp-port-unreachable`,
      '-j REJECT --reject-with icmp-port-unreachable',
    ],
    [
      'raw',
      `ACCEPT     0    --  *      *       ${ANY} rpfilter loose validmark invert`,
      '-m rpfilter --loose --validmark --invert -j ACCEPT',
    ],
    ['raw', `CT         0    --  *      *       ${ANY} CT notrack`, '-j CT --notrack'],
    ['raw', `CT         0    --  *      *       ${ANY} NOTRACK`, '-j NOTRACK'],
    [
      'raw',
      `CT         17   --  *      *       ${ANY} udp dpt:69 CT helper tftp`,
      '-p udp -m udp --dport 69 -j CT --helper tftp',
    ],
    [
      'mangle',
      `TPROXY     6    --  *      *       ${ANY} TPROXY redirect 0.0.0.0:15001 mark 0x539/0xffffffff`,
      '-p tcp -j TPROXY --on-port 15001 --on-ip 0.0.0.0 --tproxy-mark 0x539/0xffffffff',
    ],
    [
      'mangle',
      `TCPMSS     6    --  *      *       ${ANY} tcp flags:0x06/0x02 TCPMSS clamp to PMTU`,
      '-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
    ],
  ])('%s: %s', (table, line, rule) => expect(one(line, { table }).rules).toEqual([rule]));

  it.each([
    [
      `DROP       0    --  *      *       ${ANY} limit: up to 40/sec burst 20 mode srcip`,
      '-m listed "limit: up to 40/sec burst 20 mode srcip" -j DROP',
    ],
    [
      `DROP       0    --  *      *       ${ANY} quota: 500 bytes tcp dpt:80`,
      '-m listed "quota: 500 bytes tcp dpt:80" -j DROP',
    ],
    [
      `DROP       0    --  *      *       localhost            0.0.0.0/0           `,
      '-m listed "-s localhost" -j DROP',
    ],
  ])('keeps what it cannot read back, and says so: %s', (line, rule) => {
    const { rules, remarks } = one(line);
    expect(rules).toEqual([rule]);
    expect(remarks[0]).toContain('not read back from the listing');
  });

  it('reads counters, and leaves rounded ones out', () => {
    const text = `Chain INPUT (policy DROP 3 packets, 120 bytes)\n${VERBOSE}\n    4   160 ACCEPT     all  --  lo     *       ${ANY}\n 123K   12G ACCEPT     tcp  --  *      *       ${ANY}\n`;
    const { tables, remarks } = parseIptablesListing(text, 'f', { table: 'filter' });
    const chain = tables[0]?.chains.get('INPUT');
    expect(chain?.base?.policy).toBe('drop');
    expect(chain?.counters).toEqual({ packets: 3n, bytes: 120n });
    expect(chain?.rules.at(0).counters).toEqual({ packets: 4n, bytes: 160n });
    expect(chain?.rules.at(1).counters).toBeUndefined();
    expect(remarks.map(r => [r.severity, r.text])).toEqual([
      ['lossy', 'counters of 1 rules are rounded (K, M, G) and were left out'],
    ]);
  });

  it('reads IPv6, and the blank opt column of old versions', () => {
    for (const opt of ['--', '  ']) {
      const text = `Chain FORWARD (policy ACCEPT 0 packets, 0 bytes)\n${VERBOSE}\n    0     0 DROP       tcp  ${opt}  eth0   *       fd00::/8            !fe80::1             tcp dpt:80\n    0     0            all  ${opt}  *      *       ::/0                 ::/0                \n`;
      const { tables } = parseIptablesListing(text, 'f', { table: 'filter' });
      expect(tables[0]?.family).toBe('ip6');
      expect(rulesOf(tables[0], 'FORWARD')).toEqual([
        '-s fd00::/8 ! -d fe80::1/128 -i eth0 -p tcp -m tcp --dport 80 -j DROP',
        '-A FORWARD',
      ]);
    }
  });
});

describe('iptables -L', () => {
  it('says what a listing without -v does not show, and reads prompts and line numbers', () => {
    const text = `[root@node01 ~]# iptables -t nat -nL --line-numbers\nChain OUTPUT (policy ACCEPT)\nnum  ${PLAIN}\n1    DOCKER     all  --  0.0.0.0/0           !127.0.0.0/8          ADDRTYPE match dst-type LOCAL\n\nChain DOCKER (1 references)\nnum  ${PLAIN}\n[root@node01 ~]# \n`;
    const { tables, remarks } = parseIptablesListing(text, 'f');
    expect(tables.map(t => t.name)).toEqual(['nat']);
    expect(rulesOf(tables[0], 'OUTPUT')).toEqual(['! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER']);
    expect(remarks.map(r => r.text)).toEqual([
      'iptables -L without -v shows no interfaces: 1 rules are read as if they had neither -i nor -o',
    ]);
  });

  it('without -n: says that there are names', () => {
    const text = `Chain INPUT (policy ACCEPT)\n${PLAIN}\nACCEPT     tcp  --  anywhere             anywhere             tcp flags:FIN,SYN,RST,ACK/SYN\n`;
    const { tables, remarks } = parseIptablesListing(text, 'f', { table: 'filter' });
    expect(rulesOf(tables[0], 'INPUT')).toEqual(['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT']);
    expect(remarks.map(r => r.severity)).toEqual(['lossy', 'lossy']);
  });

  it.each([
    ['INPUT FORWARD OUTPUT', 'filter'],
    ['PREROUTING INPUT OUTPUT POSTROUTING', 'nat'],
    ['PREROUTING OUTPUT', 'raw'],
    ['PREROUTING INPUT FORWARD OUTPUT POSTROUTING', 'mangle'],
  ])('judges the table by its chains: %s', (chains, table) => {
    const text = chains
      .split(' ')
      .map(chain => `Chain ${chain} (policy ACCEPT)\n${PLAIN}\n\n`)
      .join('');
    const { tables, remarks } = parseIptablesListing(text, 'f');
    expect(tables.map(t => t.name)).toEqual([table]);
    expect(remarks[0]?.text).toContain(`read as ${table}`);
  });

  it('a chain that comes again begins another table', () => {
    const table = (chains: string) =>
      chains
        .split(' ')
        .map(c => `Chain ${c} (policy ACCEPT)\n${PLAIN}\n`)
        .join('\n');
    const text = `${table('INPUT FORWARD OUTPUT')}\n${table('PREROUTING INPUT OUTPUT POSTROUTING')}`;
    expect(parseIptablesListing(text, 'f').tables.map(t => t.name)).toEqual(['filter', 'nat']);
  });
});
