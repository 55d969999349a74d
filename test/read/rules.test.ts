import { describe, expect, it } from 'vitest';
import { parseRules } from '../../src/read/rules.ts';
import { parseRulesJson } from '../../src/read/rules-json.ts';

const TEN = { family: 'ip', address: 0x0a000000, mask: 0xff000000 };
const lookup = (table: string) => ({ kind: 'lookup', table });

// Lines and objects of iproute2 6.1, of the same rules.
const ROWS: readonly (readonly [text: string, json: object, rule: object])[] = [
  [
    '0:	from all lookup local',
    { priority: 0, src: 'all', table: 'local' },
    { priority: 0, inverted: false, action: lookup('local') },
  ],
  [
    '100:	not from 10.0.0.0/8 tos 0x10 fwmark 0x10/0xff iif dm0 oif w1 uidrange 1-50 ipproto tcp sport 1-100 dport 80 lookup 77 suppress_prefixlength 0',
    {
      priority: 100,
      not: null,
      src: '10.0.0.0',
      srclen: 8,
      tos: '0x10',
      fwmark: '0x10',
      fwmask: '0xff',
      iif: 'dm0',
      oif: 'w1',
      uid_start: 1,
      uid_end: 50,
      ipproto: 'tcp',
      sport_start: 1,
      sport_end: 100,
      dport: 80,
      table: '77',
      suppress_prefixlen: 0,
    },
    {
      priority: 100,
      inverted: true,
      from: TEN,
      tos: 16,
      mark: { value: 16, mask: 255 },
      iif: 'dm0',
      oif: 'w1',
      uid: [1, 50],
      protocol: 6,
      sport: [1, 100],
      dport: [80, 80],
      action: { kind: 'lookup', table: '77', suppressPrefixLength: 0 },
    },
  ],
  [
    '110:	from 10.0.0.0/8 goto 200',
    { priority: 110, src: '10.0.0.0', srclen: 8, goto: 200 },
    { from: TEN, action: { kind: 'goto', priority: 200 } },
  ],
  [
    '121:	from all iif gone0 [detached] unreachable',
    { priority: 121, src: 'all', iif: 'gone0', iif_detached: null, action: 'unreachable' },
    { iif: 'gone0', action: { kind: 'unreachable' } },
  ],
  [
    '122:	from all fwmark 0x5 prohibit',
    { priority: 122, src: 'all', fwmark: '0x5', action: 'prohibit' },
    { mark: { value: 5, mask: 0xffffffff }, action: { kind: 'prohibit' } },
  ],
  [
    '124:	from all goto 9999 [unresolved]',
    { priority: 124, src: 'all', goto: 9999, unresolved: null },
    { action: { kind: 'goto', priority: 9999 } },
  ],
  [
    '125:	from all lookup main realms 5',
    { priority: 125, src: 'all', table: 'main', flow_to: '5' },
    { action: lookup('main') },
  ],
  [
    '127:	from all to 10.0.0.0/8 oif gone1 [detached] lookup main proto openr',
    {
      priority: 127,
      src: 'all',
      dst: '10.0.0.0',
      dstlen: 8,
      oif: 'gone1',
      oif_detached: null,
      table: 'main',
      protocol: 'openr',
    },
    { to: TEN, oif: 'gone1', action: lookup('main') },
  ],
  ['200:	from all nop', { priority: 200, src: 'all', nop: null }, { action: { kind: 'nop' } }],
];

describe('ip rule', () => {
  it.each(ROWS)('%s', (text, json, rule) => {
    for (const reading of [parseRules(text, 'f', 'ip'), parseRulesJson(JSON.stringify([json]), 'f', 'ip')]) {
      expect(reading.value[0]).toMatchObject({ family: 'ip', ...rule });
      expect(reading.remarks).toEqual([]);
    }
  });

  it.each([
    ['1000:	from all lookup [l3mdev-table]', { priority: 1000, src: 'all', l3mdev: null }],
    [
      '123:	from all lookup 300 suppress_ifgroup 17',
      { priority: 123, src: 'all', table: '300', suppress_ifgroup: '17' },
    ],
    [
      '126:	from all dport 53 tun_id 5 lookup main',
      { priority: 126, src: 'all', dport: 53, tun_id: 5, table: 'main' },
    ],
    ['128:	from all wings 4 lookup main', { priority: 128, src: 'all', wings: 4, table: 'main' }],
  ])('is not followed, and says so: %s', (text, json) => {
    for (const reading of [parseRules(text, 'f', 'ip'), parseRulesJson(JSON.stringify([json]), 'f', 'ip')]) {
      expect(reading.value[0]?.action.kind).toBe('unsupported');
      expect(reading.remarks.map(r => r.severity)).toEqual(['warning']);
    }
  });

  it.each([
    ['0:	from all lookup local\n32766:	from all lookup main\n32767:	from all lookup default', undefined, 'ip', 0],
    ['0:	from all lookup local\n55:	from fd00::/64 lookup 77', undefined, 'ip6', 0],
    ['0:	from all lookup local\n32766:	from all lookup main', 'ip6', 'ip6', 0],
    ['0:	from all lookup local\n32766:	from all lookup main', undefined, 'ip6', 1],
  ] as const)('family of %s', (text, hint, family, remarks) => {
    const reading = parseRules(text, 'f', hint);
    expect(reading.value.map(r => r.family)).toEqual(reading.value.map(() => family));
    expect(reading.remarks).toHaveLength(remarks);
  });
});
