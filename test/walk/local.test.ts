import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { Links } from '../../src/walk/local.ts';
import { address, nodeOf } from './node.ts';

const node = nodeOf({
  interfaces: [
    'lo ::1/128',
    'va 2001:db8:1::1/64 fd00:1::3/64 fd00:1::2/64 fd00:1::1/64 fe80::a/64',
    'vb 2002:102:304::1/64 2001:db8:2::1/64 fd00:2::1/64 fe80::b/64',
  ],
});
const flags = new Map([
  [address('fd00:1::2'), ['deprecated']],
  [address('fd00:1::3'), ['tentative']],
]);
const links = new Links({
  ...node,
  interfaces: node.interfaces?.map(link => ({
    ...link,
    addresses: link.addresses.map(one => ({ ...one, flags: flags.get(one.address) ?? [] })),
  })),
});

// `ip -6 route get` of Linux 6.18 with these addresses on two veth interfaces.
describe('the source of IPv6 that a device gives', () => {
  it.each([
    ['its own network', 'va', 'fd00:1::9', 'fd00:1::1'],
    ['another network of its kind', 'va', 'fd00:7::7', 'fd00:1::1'],
    ['a public address', 'va', '2001:db8:77::1', '2001:db8:1::1'],
    ['a public address of the other device', 'vb', '2001:db8:2::9', '2001:db8:2::1'],
    ['a unique local address', 'vb', 'fd00:9::1', 'fd00:2::1'],
    ['6to4, of which only the other device has one', 'va', '2002:505::1', '2001:db8:1::1'],
    ['a link-local address', 'va', 'fe80::77', 'fe80::a'],
    ['loopback', 'lo', '::1', '::1'],
    ['an address of its own, deprecated as it is', 'va', 'fd00:1::2', 'fd00:1::2'],
    ['a group of the link', 'vb', 'ff02::1', 'fe80::b'],
    ['a group of everywhere', 'va', 'ff0e::1', '2001:db8:1::1'],
    ['a site-local address', 'va', 'fec0::1', 'fd00:1::1'],
  ])('for %s', (_, device, destination, source) => {
    expect(formatAddress(links.select6(device, address(destination)) ?? 0)).toBe(source);
  });
});
