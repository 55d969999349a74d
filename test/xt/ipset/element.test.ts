import { describe, expect, it } from 'vitest';
import { formatElement, parseElement } from '../../../src/xt/ipset/element.ts';
import { typeOf } from '../../../src/xt/ipset/type.ts';
import { createdSet } from './sets.ts';

function elements(create: string, key: string): readonly string[] | undefined {
  const type = typeOf(createdSet(['s', ...create.split(' ')]));
  if (typeof type === 'string') throw new Error(type);
  const parsed = parseElement(type, key);
  return typeof parsed === 'string' ? undefined : parsed.map(parts => formatElement(type, parts));
}

// What `ipset add` of ipset 7.17 made of the key, in the words of `ipset save`.
describe('elements as ipset writes them', () => {
  it.each([
    ['hash:ip netmask 24', '10.1.2.3', ['10.1.2.0']],
    ['hash:ip bitmask 255.255.0.255', '1.168.122.124', ['1.168.0.124']],
    ['hash:ip', '1.1.1.1-1.1.1.3', ['1.1.1.1', '1.1.1.2', '1.1.1.3']],
    ['hash:ip', '10.0.0.0/30', ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3']],
    ['hash:net', '2.0.0.1/24', ['2.0.0.0/24']],
    ['hash:net', '1.1.1.1/32', ['1.1.1.1']],
    ['hash:net', '10.2.0.0-10.2.1.12', ['10.2.0.0/24', '10.2.1.0/29', '10.2.1.8/30', '10.2.1.12']],
    ['hash:net', '0.0.0.0-128.0.0.1', ['0.0.0.0/1', '128.0.0.0/31']],
    ['hash:net family inet6', '2:0:0::1/24', ['2::/24']],
    ['hash:ip,port', '10.1.2.3,80', ['10.1.2.3,tcp:80']],
    ['hash:ip,port', '10.1.2.3,112:0', ['10.1.2.3,vrrp:0']],
    ['hash:ip,port', '10.1.2.3,200:0', ['10.1.2.3,200:0']],
    ['hash:ip,port', '10.1.2.3,icmp:8/0', ['10.1.2.3,icmp:echo-request']],
    ['hash:ip,port', '10.1.2.3,icmp:8/7', ['10.1.2.3,icmp:8/7']],
    ['hash:ip,port', '10.1.2.3,icmp:3/10', ['10.1.2.3,icmp:host-prohibited']],
    ['hash:ip,port', '10.1.2.3,icmp:pong', ['10.1.2.3,icmp:echo-reply']],
    ['hash:ip,port family inet6', '::1,icmpv6:1/4', ['::1,ipv6-icmp:port-unreachable']],
    ['hash:ip,port family inet6', '::1,icmpv6:128/9', ['::1,ipv6-icmp:128/9']],
    ['hash:ip,port', '1.1.1.1,udp:82-81', ['1.1.1.1,udp:81', '1.1.1.1,udp:82']],
    ['hash:ip,port,net', '10.0.0.1,tcp:80,192.168.0.1/24', ['10.0.0.1,tcp:80,192.168.0.0/24']],
    ['hash:net,iface', '0.0.0.0/0,physdev:eth0', ['0.0.0.0/0,physdev:eth0']],
    ['bitmap:ip range 10.0.0.0-10.0.255.255 netmask 24', '10.0.3.7', ['10.0.3.0']],
    ['bitmap:ip,mac range 10.0.0.0-10.0.0.255', '10.0.0.2,aa:bb:cc:dd:ee:f', ['10.0.0.2,AA:BB:CC:DD:EE:0F']],
    ['bitmap:ip,mac range 10.0.0.0-10.0.0.255', '10.0.0.1', ['10.0.0.1']],
    ['bitmap:port range 0-1000', 'udp:80-81', ['80', '81']],
  ])('%s: %s', (create, key, saved) => {
    expect(elements(create, key)).toEqual(saved);
    expect(saved.map(text => elements(create, text))).toEqual(saved.map(text => [text]));
  });

  it.each([
    ['hash:ip', '0.0.0.0'],
    ['hash:ip', 'fd00::1'],
    ['hash:ip', '10.0.0.1,80'],
    ['hash:ip', '10.0.0.0/0'],
    ['hash:ip family inet6', 'fd00::/64'],
    ['hash:ip', '0.0.0.1-255.255.255.254'],
    ['hash:net', '0.0.0.0/0'],
    ['hash:net', '0.0.0.0-255.255.255.255'],
    ['hash:net family inet6', '::/0'],
    ['hash:net family inet6', 'fd00::1-fd00::2'],
    ['hash:ip,port', '10.0.0.1'],
    ['hash:ip,port', '10.0.0.1,vrrp:5'],
    ['hash:ip,port', '10.0.0.1,icmp:nonsense'],
    ['hash:ip,port', '10.0.0.1,icmp:256/0'],
    ['hash:ip,port', '10.0.0.1,tcp:65536'],
    ['hash:ip,port', '10.0.0.1,0:0'],
    ['hash:mac', '00:00:00:00:00:00'],
    ['bitmap:ip,mac range 10.0.0.0-10.0.0.255', '10.0.0.1,00:11:22:33:44'],
    ['bitmap:ip range 10.0.0.0-10.0.0.255', '10.0.1.0'],
    ['bitmap:port range 1-1024', '0'],
    ['bitmap:port range 1-1024', '1025'],
    ['hash:net,iface', '10.0.0.0/24,a-name-of-sixtee'.padEnd(30, 'n')],
    ['hash:net,iface', '10.0.0.0/24,'],
  ])('%s refuses %s', (create, key) => {
    expect(elements(create, key)).toBeUndefined();
  });
});
