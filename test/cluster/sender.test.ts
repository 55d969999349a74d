import { describe, expect, it } from 'vitest';
import { senderOf } from '../../src/cluster/sender.ts';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { C1, GW, lan, nodeFiles } from './lan.ts';

const cluster = lan({
  c1: C1,
  gw: {
    ...GW,
    links: [...GW.links, 'eth1 02:00:00:00:01:01 172.16.0.1/24'],
    routes: `${GW.routes}172.16.0.0/24 dev eth1\n`,
  },
  n1: nodeFiles(1),
  n2: nodeFiles(2),
});

describe('a sender by name', () => {
  it.each([
    // A host sends from the source of its route, else from an address of the device that leads there.
    ['c1', '10.96.0.10', '10.0.0.9', undefined, 'c1'],
    ['n2', '192.168.2.10', '192.168.2.1', undefined, 'n2'],
    ['n2', '10.0.0.9', '10.0.0.2', undefined, 'n2'],
    ['gw:5555', '172.16.0.9', '172.16.0.1', 5555, 'gw'],
    ['n1', '10.0.0.3', '10.0.0.3', undefined, 'n1'],
    // A pod has its own address, and no namespace that was captured.
    ['n1p1', '10.96.0.10', '192.168.1.10', undefined, undefined],
    ['default/n2p1', '10.96.0.10', '192.168.2.10', undefined, undefined],
    ['10.0.0.77:40', '10.96.0.10', '10.0.0.77', 40, undefined],
    ['fd00::1', 'fd00::2', 'fd00::1', undefined, undefined],
    ['[fd00::1]:53', 'fd00::2', 'fd00::1', 53, undefined],
  ])('%s, to %s: %s', (text, to, address, port, host) => {
    const found = senderOf(cluster, text, parseAddress(to) ?? 0);
    expect([formatAddress(found.source.address), found.source.port, found.host?.name]).toEqual([address, port, host]);
  });

  it.each([
    ['nobody', '10.96.0.10', "'nobody' is not an address"],
    ['c1', 'fd00::1', 'c1 has no address to send to fd00::1 from'],
    ['__proto__', '10.96.0.10', "'__proto__' is not an address"],
    ['c1:99999', '10.96.0.10', 'is no port'],
  ])('%s, to %s: %s', (text, to, message) => {
    expect(() => senderOf(cluster, text, parseAddress(to) ?? 0)).toThrow(message);
  });
});
