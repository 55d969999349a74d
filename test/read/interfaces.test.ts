import { describe, expect, it } from 'vitest';
import type { Interface } from '../../src/model/interface.ts';
import { formatAddress } from '../../src/net/address.ts';
import { mergeInterfaces, parseInterfaces } from '../../src/read/interfaces.ts';
import { parseInterfacesJson } from '../../src/read/interfaces-json.ts';

// As iproute2 6.1 printed it in a network namespace made for it.
const ADDR = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host 
       valid_lft forever preferred_lft forever
4: v1@w1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP group default qlen 1000
    link/ether e2:78:f1:22:09:84 brd ff:ff:ff:ff:ff:ff
    inet6 fe80::e078:f1ff:fe22:984/64 scope link tentative 
       valid_lft forever preferred_lft forever
6: dm0@dmp: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc noqueue state UP group 17 qlen 1000
    link/ether ee:50:9f:34:82:29 brd ff:ff:ff:ff:ff:ff
    altname dummyalt
    inet 10.1.0.1/24 metric 77 brd 10.1.0.255 scope global dynamic dm0
       valid_lft 300sec preferred_lft 100sec
    inet 10.1.0.2/24 brd 10.1.0.255 scope global secondary dm0:x
       valid_lft forever preferred_lft forever
    inet 10.3.0.1 peer 10.3.0.2/32 scope global dm0
       valid_lft forever preferred_lft forever
`;

const DETAIL = `4: v1@w1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP mode DEFAULT group default qlen 1000
    link/ether e2:78:f1:22:09:84 brd ff:ff:ff:ff:ff:ff promiscuity 1  allmulti 1 minmtu 68 maxmtu 65535 
    veth 
    bridge_slave state forwarding priority 32 cost 2 hairpin on guard off root_block off
7: vx0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether 5e:fd:9f:c3:7a:7f brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    vxlan id 7 remote 10.9.0.9 dev dm0 srcport 0 0 dstport 4789 ttl auto ageing 300 udpcsum addrgenmode eui64 
`;

const ADDR_JSON = JSON.stringify([
  {
    ifindex: 6,
    link: 'dmp',
    ifname: 'dm0',
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    mtu: 1400,
    group: '17',
    link_type: 'ether',
    address: 'ee:50:9f:34:82:29',
    addr_info: [
      { family: 'inet', local: '10.1.0.1', prefixlen: 24, broadcast: '10.1.0.255', scope: 'global', dynamic: true },
      { family: 'inet', local: '10.1.0.2', prefixlen: 24, broadcast: '10.1.0.255', scope: 'global', secondary: true },
      { family: 'inet', local: '10.3.0.1', address: '10.3.0.2', prefixlen: 32, scope: 'global', label: 'dm0' },
    ],
  },
]);

const short = (i: Interface | undefined) =>
  i?.addresses.map(a => `${formatAddress(a.address)}/${a.prefixLength} ${a.scope}${a.secondary ? ' secondary' : ''}`);

describe('ip addr and ip link', () => {
  const { value, remarks } = parseInterfaces(ADDR, 'ip-addr.txt');
  const { value: interfaces } = mergeInterfaces([value, parseInterfaces(DETAIL, 'ip-d-link.txt').value]);
  const named = (name: string) => interfaces.find(i => i.name === name);

  it('reads every line', () => expect(remarks).toEqual([]));

  it('keeps names without the peer, and numbers', () =>
    expect(interfaces.map(i => [i.index, i.name])).toEqual([
      [1, 'lo'],
      [4, 'v1'],
      [6, 'dm0'],
      [7, 'vx0'],
    ]));

  it.each([
    ['lo', { mtu: 65536, group: 0, kind: undefined, master: undefined, hairpin: undefined }],
    ['v1', { mtu: 1500, group: 0, kind: 'veth', master: 'br0', hairpin: true, mac: 'e2:78:f1:22:09:84' }],
    ['dm0', { mtu: 1400, group: 17, kind: undefined, mac: 'ee:50:9f:34:82:29' }],
    ['vx0', { mtu: 1450, kind: 'vxlan' }],
  ])('%s', (name, fields) => expect(named(name)).toMatchObject(fields));

  it('keeps addresses in the order of the list', () =>
    expect(short(named('dm0'))).toEqual(['10.1.0.1/24 global', '10.1.0.2/24 global secondary', '10.3.0.1/32 global']));

  it('reads peer, broadcast and flags', () => {
    const [first, , third] = named('dm0')?.addresses ?? [];
    expect(first).toMatchObject({ broadcast: 0x0a0100ff, flags: ['dynamic'] });
    expect(third).toMatchObject({ peer: 0x0a030002 });
    expect(named('v1')?.addresses[0]?.flags).toEqual(['tentative']);
  });

  it('says the same in text and in JSON, and nothing twice when both are given', () => {
    const json = parseInterfacesJson(ADDR_JSON, 'ip-j-addr.json');
    expect(json.remarks).toEqual([]);
    expect(json.value[0]?.addresses).toEqual(value.find(i => i.name === 'dm0')?.addresses);
    const both = mergeInterfaces([value, json.value]).value.find(i => i.name === 'dm0');
    expect(both?.addresses).toHaveLength(3);
  });

  it.each([
    [
      '3: veth1 state UP @eth0: <BROADCAST,UP> mtu 1500 master cni0 state forwarding priority 32 cost 2 \n    hairpin on guard off',
      true,
    ],
    [
      '3: veth1@eth0: <BROADCAST,UP> mtu 1500 master cni0 state forwarding priority 32 cost 2 \n    hairpin off guard off',
      false,
    ],
  ])('bridge link: %s', (text, hairpin) => {
    const reading = parseInterfaces(text, 'bridge-link.txt');
    expect(reading.value[0]).toMatchObject({ name: 'veth1', master: 'cni0', hairpin });
    expect(reading.remarks).toEqual([]);
  });

  it('ip -o addr shows no flags, and a remark says so', () => {
    const { value: parts } = parseInterfaces(
      '2: eth0    inet 10.0.0.1/24 scope global eth0\\       valid_lft forever',
      'f',
    );
    const merged = mergeInterfaces([parts]);
    expect(short(merged.value[0])).toEqual(['10.0.0.1/24 global']);
    expect(merged.remarks.map(r => r.text)).toEqual(['flags are not shown: 1 interfaces are read as up']);
  });

  it('remarks what it does not know, with its line', () =>
    expect(
      parseInterfaces('1: lo: <UP> mtu 5 wings 2\n    inet 10.0.0.1/8 scope host floppy lo\nhello', 'f').remarks.map(
        r => [r.line, r.text],
      ),
    ).toEqual([
      [1, '"wings" is not known and was not used'],
      [1, '"2" is not known and was not used'],
      [2, '"floppy" is not known and was not used'],
      [3, 'not a line of ip addr, ip link or bridge link: hello'],
    ]));
});
