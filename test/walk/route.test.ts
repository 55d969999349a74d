import { describe, expect, it } from 'vitest';
import { address, machineOf, type NodeSpec, packet, walkAll } from './node.ts';

const fate = (text: string, spec: NodeSpec = {}, change = {}) =>
  walkAll(machineOf(spec), [{ packet: packet(text, change) }])[0];

// NETFILTER.md section 5.
describe('a received packet', () => {
  it.each<[string, string, NodeSpec, object, string]>([
    ['is forwarded', 'udp 10.0.0.9:1 > 10.1.0.2:2', {}, {}, 'leaves-the-node'],
    ['is delivered on any address of the node', 'udp 10.0.0.9:1 > 10.1.0.1:2', {}, {}, 'delivered'],
    ['with TTL 1 ends before forward', 'udp 10.0.0.9:1 > 10.1.0.2:2', {}, { ttl: 1 }, 'ttl-exceeded'],
    ['with TTL 1 is delivered locally', 'udp 10.0.0.9:1 > 10.0.0.1:2', {}, { ttl: 1 }, 'delivered'],
    ['without a route', 'udp 10.0.0.9:1 > 172.16.0.1:2', { routes: [] }, {}, 'no-route'],
    ['into a blackhole', 'udp 10.0.0.9:1 > 10.9.0.1:2', { routes: ['blackhole 10.9.0.0/16'] }, {}, 'no-route'],
    [
      'on an interface that does not forward',
      'udp 10.0.0.9:1 > 10.1.0.2:2',
      { sysctls: { 'net.ipv4.conf.eth0.forwarding': '0' } },
      {},
      'forwarding-disabled',
    ],
    [
      'whose out interface does not forward',
      'udp 10.0.0.9:1 > 10.1.0.2:2',
      { sysctls: { 'net.ipv4.conf.eth1.forwarding': '0' } },
      {},
      'leaves-the-node',
    ],
    ['from one of our own addresses', 'udp 10.1.0.1:1 > 10.1.0.2:2', {}, {}, 'martian'],
    ['from 127.0.0.1', 'udp 127.0.0.1:1 > 10.1.0.2:2', {}, {}, 'martian'],
    ['from 240.0.0.1 is forwarded', 'udp 240.0.0.1:1 > 10.1.0.2:2', {}, {}, 'leaves-the-node'],
    ['to 127.0.0.1', 'udp 10.0.0.9:1 > 127.0.0.1:2', {}, {}, 'martian'],
    [
      'to 127.0.0.1 with route_localnet',
      'udp 10.0.0.9:1 > 127.0.0.1:2',
      { sysctls: { 'net.ipv4.conf.all.route_localnet': '1' } },
      {},
      'delivered',
    ],
    ['from a multicast address', 'udp 224.0.0.5:1 > 10.1.0.2:2', {}, {}, 'martian'],
    ['whose source is behind another interface, rp_filter 0', 'udp 10.1.0.9:1 > 10.1.0.2:2', {}, {}, 'leaves-the-node'],
    [
      'whose source is behind another interface, rp_filter 1',
      'udp 10.1.0.9:1 > 10.1.0.2:2',
      { sysctls: { 'net.ipv4.conf.all.rp_filter': '1' } },
      {},
      'reverse-path',
    ],
    [
      'whose source is behind another interface, rp_filter 2',
      'udp 10.1.0.9:1 > 10.1.0.2:2',
      { sysctls: { 'net.ipv4.conf.eth0.rp_filter': '2' } },
      {},
      'leaves-the-node',
    ],
    [
      'whose source has no route, rp_filter 2',
      'udp 172.16.0.9:1 > 10.1.0.2:2',
      { routes: [], sysctls: { 'net.ipv4.conf.eth0.rp_filter': '2' } },
      {},
      'reverse-path',
    ],
    ['of IPv6 to ::1', 'udp [fd00::9]:1 > [::1]:2', {}, {}, 'martian'],
  ])('%s', (_, text, spec, change, expected) => {
    expect(fate(text, spec, change)?.disposition).toBe(expected);
  });

  it('has its TTL lowered before forward', () => {
    const hop = fate('udp 10.0.0.9:1 > 10.1.0.2:2');
    const forward = hop?.steps.find(step => step.kind === 'hook' && step.hook === 'forward');
    expect(forward).toMatchObject({ packet: { ttl: 63 } });
  });

  it.each([
    ['no route', 'udp 10.0.0.9:1 > 172.16.0.1:2', { routes: [] }, {}, { type: 3, code: 0 }],
    [
      'an unreachable route',
      'udp 10.0.0.9:1 > 172.16.0.1:2',
      { routes: ['unreachable 172.16.0.0/16'] },
      {},
      { type: 3, code: 1 },
    ],
    [
      'a prohibit route',
      'udp 10.0.0.9:1 > 172.16.0.1:2',
      { routes: ['prohibit 172.16.0.0/16'] },
      {},
      { type: 3, code: 13 },
    ],
    ['a TTL of 1', 'udp 10.0.0.9:1 > 10.1.0.2:2', {}, { ttl: 1 }, { type: 11, code: 0 }],
  ])('is answered for %s', (_, text, spec, change, icmp) => {
    expect(fate(text, spec, change)?.answers).toMatchObject([{ packet: { icmp, daddr: address('10.0.0.9') } }]);
  });
});

describe('policy routing', () => {
  const lookup = (table: string) => ({ kind: 'lookup', table }) as const;
  const at = { file: 'test', line: 0 };
  const rule = (priority: number, change: object) =>
    ({ family: 'ip', priority, inverted: false, action: lookup('main'), at, ...change }) as const;
  const base = [rule(0, { action: lookup('local') }), rule(32766, {})];
  const spec = (extra: ReturnType<typeof rule>): NodeSpec => ({
    routes: ['default via 10.0.0.254 dev eth0', '10.5.0.0/16 dev eth1 table 100', 'throw 10.5.1.0/24 table 100'],
    namespace: { rules: [...base, extra] },
  });
  it.each([
    [
      'a mark',
      rule(100, { mark: { value: 1, mask: 1 }, action: lookup('100') }),
      'udp 10.0.0.9:1 > 10.5.0.1:2',
      { mark: 1 },
      'eth1',
    ],
    [
      'another mark',
      rule(100, { mark: { value: 1, mask: 1 }, action: lookup('100') }),
      'udp 10.0.0.9:1 > 10.5.0.1:2',
      { mark: 2 },
      'eth0',
    ],
    ['a throw route goes on', rule(100, { action: lookup('100') }), 'udp 10.0.0.9:1 > 10.5.1.1:2', {}, 'eth0'],
    [
      'not',
      rule(100, { inverted: true, mark: { value: 1, mask: 1 }, action: lookup('100') }),
      'udp 10.0.0.9:1 > 10.5.0.1:2',
      {},
      'eth1',
    ],
    [
      'suppress_prefixlength 0',
      rule(100, { action: { kind: 'lookup', table: 'main', suppressPrefixLength: 0 } }),
      'udp 10.0.0.9:1 > 10.5.0.1:2',
      {},
      'eth0',
    ],
  ])('%s', (_, extra, text, change, device) => {
    expect(fate(text, spec(extra), change)?.out?.device).toBe(device);
  });
});
