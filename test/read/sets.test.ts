import { describe, expect, it } from 'vitest';
import { parseIpset } from '../../src/read/ipset.ts';
import { parseRecent } from '../../src/read/recent.ts';
import { parseAnnotatedConf, parseSysctls, parseSysctlsJson, sysctlName } from '../../src/read/sysctl.ts';

describe('ipset', () => {
  // As ipset 7.17 printed it.
  const SAVE = `create a hash:ip,port family inet hashsize 1024 maxelem 65536 timeout 100 counters comment skbinfo bucketsize 12 initval 0x83d76726
add a 1.2.3.5,tcp:80 timeout 0 packets 3 bytes 4 comment "say \\ hi" skbmark 0x1/0xff skbprio 1:10 skbqueue 3
create b hash:net family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0xcc39caef
add b fd01::/16 nomatch
add b fd00::/8
create c bitmap:port range 1-1000
create d list:set size 8
add d a
`;
  const LIST = `Name: b
Type: hash:net
Revision: 7
Header: family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0xcc39caef
Size in memory: 1384
References: 1
Number of entries: 2
Members:
fd01::/16 nomatch
fd00::/8
`;
  const { value, remarks } = parseIpset(SAVE, 'f');

  it('reads sets in their order', () => {
    expect(remarks).toEqual([]);
    expect([...value.values()].map(s => [s.name, s.type, s.family])).toEqual([
      ['a', 'hash:ip,port', 'ip'],
      ['b', 'hash:net', 'ip6'],
      ['c', 'bitmap:port', undefined],
      ['d', 'list:set', undefined],
    ]);
    expect(value.get('a')?.options.get('timeout')).toBe('100');
    expect(value.get('a')?.options.get('counters')).toBe('');
    expect(value.get('c')?.options.get('range')).toBe('1-1000');
  });

  it('reads elements with all that stands beside them', () =>
    expect(value.get('a')?.elements).toEqual([
      {
        key: '1.2.3.5,tcp:80',
        nomatch: false,
        timeout: 0,
        packets: 3n,
        bytes: 4n,
        comment: 'say \\ hi',
        skbmark: { value: 1, mask: 255 },
        skbprio: '1:10',
        skbqueue: 3,
        source: { file: 'f', line: 2 },
      },
    ]));

  it('reads ipset list as the same', () => {
    const list = parseIpset(LIST, 'f');
    expect(list.remarks).toEqual([]);
    const plain = (elements: readonly object[] | undefined) => elements?.map(e => ({ ...e, source: undefined }));
    expect(plain(list.value.get('b')?.elements)).toEqual(plain(value.get('b')?.elements));
    expect(list.value.get('b')?.options).toEqual(value.get('b')?.options);
  });

  it('does not take the members that `ipset list -t` leaves out for none', () => {
    const terse = parseIpset(LIST.slice(0, LIST.indexOf('Members')), 'f');
    expect([...terse.value.keys()]).toEqual([]);
    expect(terse.remarks.map(r => r.severity)).toEqual(['error']);
  });

  it.each([
    ['add gone 1.2.3.4', 'an element of a set that was not created'],
    ['create x some:thing', 'not a set'],
    ['create x hash:ip family inet\nadd x 1.2.3.4 wings 5', 'is not known and was not used'],
    ['hello', 'not a line of ipset save'],
  ])('remarks: %s', (text, remark) => expect(parseIpset(text, 'f').remarks[0]?.text).toContain(remark));
});

describe('sysctl', () => {
  it.each([
    ['net.ipv4.conf.eth0/1.rp_filter', 'net.ipv4.conf.eth0/1.rp_filter'],
    ['net/ipv4/conf/eth0.1/rp_filter', 'net.ipv4.conf.eth0/1.rp_filter'],
    ['/proc/sys/net/ipv4/conf/vlan.eth.1/rp_filter', 'net.ipv4.conf.vlan/eth/1.rp_filter'],
    ['net.ipv4.ip_forward', 'net.ipv4.ip_forward'],
  ])('%s', (text, name) => expect(sysctlName(text)).toBe(name));

  it('keeps values as they are, tabs too', () => {
    const { value, remarks } = parseSysctls(
      'net.ipv4.ip_local_port_range = 32768\t60999\nkernel.domainname = \n/proc/sys/net/ipv4/conf/all/rp_filter:2\nnonsense',
      'f',
    );
    expect([...value]).toEqual([
      ['net.ipv4.ip_local_port_range', '32768\t60999'],
      ['kernel.domainname', ''],
      ['net.ipv4.conf.all.rp_filter', '2'],
    ]);
    expect(remarks.map(r => r.line)).toEqual([4]);
  });

  it('reads a JSON object in either form', () =>
    expect([
      ...parseSysctlsJson('{"net.ipv4.ip_forward":"1","net/ipv4/conf/eth0.1/rp_filter":2,"__proto__":"x"}', 'f').value,
    ]).toEqual([
      ['net.ipv4.ip_forward', '1'],
      ['net.ipv4.conf.eth0/1.rp_filter', '2'],
      ['__proto__', 'x'],
    ]));

  it('reads values noted behind names', () =>
    expect([
      ...parseAnnotatedConf(
        'total 0\ndr-xr-xr-x 1 root root 0 Jul 18 02:37 .\ndr-xr-xr-x 1 root root 0 Jul 18 03:03 vlan.eth.1  # 2\n',
        'f',
        'rp_filter',
      ).value,
    ]).toEqual([['net.ipv4.conf.vlan/eth/1.rp_filter', '2']]));
});

describe('xt_recent', () => {
  const LINE =
    'src=127.0.0.1 ttl: 64 last_seen: 4295436483 oldest_pkt: 6 4295436381, 4295436381, 4295436432, 4295436483';

  it('counts hits, and tells no ages without a clock', () =>
    expect(parseRecent(LINE, 'f', 'A').value.get('A')?.entries).toEqual([{ address: 0x7f000001, ttl: 64, hits: 4 }]));

  it('tells ages, newest first, with a clock', () =>
    expect(parseRecent(LINE, 'f', 'A', { now: 4295436583n, hz: 100 }).value.get('A')?.entries[0]?.agesSeconds).toEqual([
      1, 1.51, 2.02, 2.02,
    ]));

  it.each([
    ['', ['A']],
    [`==> /proc/net/xt_recent/X <==\n${LINE}\n\n==> /proc/net/xt_recent/Y <==\n`, ['X', 'Y']],
    [`/proc/net/xt_recent/X:${LINE}`, ['A', 'X']],
  ])('lists of %s', (text, names) => expect([...parseRecent(text, 'f', 'A').value.keys()]).toEqual(names));

  it('remarks a list without a name', () => expect(parseRecent(LINE, 'f', undefined).remarks).toHaveLength(1));
});
