import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/model/route.ts';
import { formatAddress } from '../../src/net/address.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { parseRoutes } from '../../src/read/routes.ts';
import { parseRoutesJson } from '../../src/read/routes-json.ts';

const hops = (route: Route): string =>
  route.nexthops
    .map(h =>
      [h.gateway === undefined ? '' : formatAddress(h.gateway), h.device ?? '', h.weight, ...h.flags].join(' ').trim(),
    )
    .join('; ');
const short = (r: Route): string =>
  `${r.type} ${formatPrefix(r.destination)} table ${r.table} [${hops(r)}] tos ${r.tos} metric ${r.metric}${r.source === undefined ? '' : ` src ${formatAddress(r.source)}`}${r.flags.map(f => ` ${f}`).join('')}`;

// Lines of iproute2 6.1 on the left, the same routes as `ip -j route` printed them on the right.
const ROWS: readonly (readonly [text: string, json: object | undefined, meaning: string])[] = [
  [
    'default via 10.1.0.254 dev dm0 table 101 ',
    { dst: 'default', gateway: '10.1.0.254', dev: 'dm0', table: '101', flags: [] },
    'unicast 0.0.0.0/0 table 101 [10.1.0.254 dm0 1] tos 0 metric 0',
  ],
  [
    '10.4.0.0/24 dev w1 proto kernel scope link src 10.4.0.1 metric 77 ',
    { dst: '10.4.0.0/24', dev: 'w1', protocol: 'kernel', scope: 'link', prefsrc: '10.4.0.1', metric: 77, flags: [] },
    'unicast 10.4.0.0/24 table main [w1 1] tos 0 metric 77 src 10.4.0.1',
  ],
  [
    '10.20.0.0/16 \n\tnexthop via 10.1.0.9 dev dm0 weight 3 \n\tnexthop via 10.4.0.9 dev w1 weight 1 onlink ',
    {
      dst: '10.20.0.0/16',
      flags: [],
      nexthops: [
        { gateway: '10.1.0.9', dev: 'dm0', weight: 3, flags: [] },
        { gateway: '10.4.0.9', dev: 'w1', weight: 1, flags: ['onlink'] },
      ],
    },
    'unicast 10.20.0.0/16 table main [10.1.0.9 dm0 3; 10.4.0.9 w1 1 onlink] tos 0 metric 0',
  ],
  [
    '10.20.0.0/16 \\\tnexthop via 10.1.0.9 dev dm0 weight 3 ',
    undefined,
    'unicast 10.20.0.0/16 table main [10.1.0.9 dm0 3] tos 0 metric 0',
  ],
  [
    'unreachable 10.22.0.0/16 metric 5 ',
    { type: 'unreachable', dst: '10.22.0.0/16', metric: 5, flags: [] },
    'unreachable 10.22.0.0/16 table main [] tos 0 metric 5',
  ],
  [
    'blackhole 10.21.0.0/16 ',
    { type: 'blackhole', dst: '10.21.0.0/16', flags: [] },
    'blackhole 10.21.0.0/16 table main [] tos 0 metric 0',
  ],
  [
    'throw 10.24.0.0/16 table 77 ',
    { type: 'throw', dst: '10.24.0.0/16', table: '77', flags: [] },
    'throw 10.24.0.0/16 table 77 [] tos 0 metric 0',
  ],
  [
    '10.25.0.0/16 via inet6 fe80::1 dev dm0 ',
    { dst: '10.25.0.0/16', via: { family: 'inet6', host: 'fe80::1' }, dev: 'dm0', flags: [] },
    'unicast 10.25.0.0/16 table main [fe80::1 dm0 1] tos 0 metric 0',
  ],
  [
    '10.26.0.0/16 tos 0x10 via 10.1.0.9 dev dm0 proto static src 10.1.0.2 metric 3 realm 5 mtu lock 1400 features ecn rto_min lock 50ms congctl cubic ',
    {
      dst: '10.26.0.0/16',
      tos: '0x10',
      gateway: '10.1.0.9',
      dev: 'dm0',
      protocol: 'static',
      prefsrc: '10.1.0.2',
      metric: 3,
      flags: [],
      flow: { to: '5' },
      metrics: [{ mtu: 1400 }],
    },
    'unicast 10.26.0.0/16 table main [10.1.0.9 dm0 1] tos 16 metric 3 src 10.1.0.2',
  ],
  [
    '10.27.0.0/16 nhid 12 via 10.1.0.77 dev dm0 ',
    { dst: '10.27.0.0/16', nhid: 12, gateway: '10.1.0.77', dev: 'dm0', flags: [] },
    'unicast 10.27.0.0/16 table main [10.1.0.77 dm0 1] tos 0 metric 0',
  ],
  [
    '10.66.0.0/24 dev v2 proto kernel scope link src 10.66.0.1 dead linkdown ',
    {
      dst: '10.66.0.0/24',
      dev: 'v2',
      protocol: 'kernel',
      scope: 'link',
      prefsrc: '10.66.0.1',
      flags: ['dead', 'linkdown'],
    },
    'unicast 10.66.0.0/24 table main [v2 1 dead linkdown] tos 0 metric 0 src 10.66.0.1 dead linkdown',
  ],
  [
    'local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1 ',
    undefined,
    'local 127.0.0.1/32 table local [lo 1] tos 0 metric 0 src 127.0.0.1',
  ],
  [
    'unreachable default dev lo metric 4294967295 error -101 pref medium',
    undefined,
    'unreachable ::/0 table main [lo 1] tos 0 metric 4294967295',
  ],
  [
    'fd01::/64 metric 1024 expires 299sec mtu 1400 pref medium\n\tnexthop via fd00::9 dev dm0 weight 1 ',
    undefined,
    'unicast fd01::/64 table main [fd00::9 dm0 1] tos 0 metric 1024',
  ],
  [
    'multicast ff00::/8 dev w1 table local proto kernel metric 256 pref medium',
    undefined,
    'multicast ff00::/8 table local [w1 1] tos 0 metric 256',
  ],
];

describe('ip route', () => {
  it.each(ROWS)('%s', (text, json, meaning) => {
    const reading = parseRoutes(text, 'f');
    expect(reading.value.map(short)).toEqual([meaning]);
    expect(reading.remarks).toEqual([]);
    if (!json) return;
    const same = parseRoutesJson(JSON.stringify([json]), 'f');
    expect(same.value.map(short)).toEqual([meaning]);
    expect(same.remarks).toEqual([]);
  });

  it('takes table and family from the hints where the text does not say them', () => {
    const [route] = parseRoutes('default dev eth0 scope link ', 'f', { table: '101', family: 'ip6' }).value;
    expect(route && short(route)).toBe('unicast ::/0 table 101 [eth0 1] tos 0 metric 0');
  });

  it('a default without an address is of the family of its neighbours', () =>
    expect(parseRoutes('default dev tun0 metric 1024\nfd00::/8 dev tun0 metric 1024', 'f').value[0]?.family).toBe(
      'ip6',
    ));

  it('from: a route for some sources only', () => {
    const [route] = parseRoutes('fd04::/64 from fd00::/64 via fd00::9 dev dm0 metric 1024 pref medium', 'f').value;
    expect(route?.from && formatPrefix(route.from)).toBe('fd00::/64');
  });

  it('keeps a tunnel of the route, and says so', () => {
    const { value, remarks } = parseRoutes(
      '10.29.0.0/16  encap ip id 7 src 0.0.0.0 dst 10.1.0.9 ttl 0 tos 0 dev vx0 scope link ',
      'f',
    );
    expect(value[0]?.nexthops).toEqual([{ device: 'vx0', weight: 1, encap: 'ip', flags: [] }]);
    expect(remarks.map(r => r.severity)).toEqual(['warning']);
  });

  it('does not believe JSON that says dst twice', () => {
    const { value, remarks } = parseRoutesJson(
      '[{"dst":"10.29.0.0/16","encap":"ip","id":7,"dst":"10.1.0.9","dev":"vx0","flags":[]}]',
      'f',
    );
    expect(value).toEqual([]);
    expect(remarks.map(r => r.severity)).toEqual(['error']);
  });

  it.each([
    ['10.0.0.0/8 dev eth0 wings 5', '"wings" is not known and was not used'],
    ['elsewhere dev eth0', 'not a line of ip route: elsewhere'],
    ['10.0.0.0/8 via nowhere dev eth0', 'not a gateway: nowhere'],
    ['10.1.1.1 via 10.0.0.1 dev eth0 src 10.0.0.2 \n    cache ', 'an answer of `ip route get`, not a table'],
  ])('remarks: %s', (text, remark) => expect(parseRoutes(text, 'f').remarks.map(r => r.text)).toContain(remark));
});
