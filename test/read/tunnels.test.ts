import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { mergeInterfaces, parseInterfaces } from '../../src/read/interfaces.ts';
import { parseInterfacesJson } from '../../src/read/interfaces-json.ts';

const link = (
  name: string,
  detail: string,
) => `5: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN
    link/ether 66:03:de:ad:be:03 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535
    ${detail} addrgenmode eui64 numtxqueues 1
`;

function shown(interfaces: ReturnType<typeof mergeInterfaces>['value']) {
  const tunnel = interfaces[0]?.tunnel;
  if (!tunnel) return undefined;
  const { local, remote, ...rest } = tunnel;
  return {
    ...rest,
    ...(local !== undefined && { local: formatAddress(local) }),
    ...(remote !== undefined && { remote: formatAddress(remote) }),
  };
}

/** Lines as iproute2 6.1 prints them for links that were made with `ip link add`. */
describe('ip -d link of a tunnel', () => {
  it.each([
    [
      'vxlan id 4096 local 10.10.100.209 dev ens160 srcport 0 0 dstport 4789 nolearning ttl auto ageing 300 udpcsum',
      { kind: 'vxlan', id: 4096, local: '10.10.100.209', device: 'ens160', port: 4789 },
    ],
    [
      'vxlan id 7 group 239.1.1.1 dev eth0 srcport 40000 50000 dstport 8472 ttl 5 ageing 300',
      { kind: 'vxlan', id: 7, remote: '239.1.1.1', device: 'eth0', port: 8472, sourcePorts: [40000, 50000], ttl: 5 },
    ],
    ['vxlan external id 0 srcport 0 0 dstport 8472 ageing 300', { kind: 'vxlan', id: 0, port: 8472, external: true }],
    [
      'geneve id 100 remote 10.0.0.2 ttl auto dstport 6081',
      { kind: 'geneve', id: 100, remote: '10.0.0.2', port: 6081 },
    ],
    ['ipip any remote any local any ttl inherit nopmtudisc', { kind: 'ipip' }],
    [
      'ipip ipip remote 10.0.0.2 local 10.0.0.1 ttl 64 nopmtudisc',
      { kind: 'ipip', remote: '10.0.0.2', local: '10.0.0.1', ttl: 64 },
    ],
    ['wireguard', { kind: 'wireguard' }],
    ['veth', undefined],
    ['bridge forward_delay 1500', undefined],
  ])('%s', (detail, expected) => {
    const { value } = mergeInterfaces([parseInterfaces(link('t0', detail), 'ip-d-link.txt').value]);
    expect(shown(value)).toEqual(expected);
  });

  it.each([
    [
      {
        info_kind: 'vxlan',
        info_data: { id: 1, local: '10.0.0.1', link: 'eth0', port_range: { low: 0, high: 0 }, port: 8472 },
      },
      { kind: 'vxlan', id: 1, local: '10.0.0.1', device: 'eth0', port: 8472 },
    ],
    [
      { info_kind: 'geneve', info_data: { id: 3, remote6: 'fd00::2', port: 6081 } },
      { kind: 'geneve', id: 3, remote: 'fd00::2', port: 6081 },
    ],
    [{ info_kind: 'ipip', info_data: { local: 'any', remote: 'any', ttl: 0 } }, { kind: 'ipip' }],
    [{ info_kind: 'wireguard' }, { kind: 'wireguard' }],
    [{ info_kind: 'veth' }, undefined],
  ])('%j', (linkinfo, expected) => {
    const text = JSON.stringify([{ ifindex: 5, ifname: 't0', flags: ['UP'], linkinfo }]);
    expect(shown(mergeInterfaces([parseInterfacesJson(text, 'x.json').value]).value)).toEqual(expected);
  });
});
