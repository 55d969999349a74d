import { describe, expect, test } from 'vitest';
import type { Truth } from '../../../src/model/truth.ts';
import type { World } from '../../../src/model/world.ts';
import { type Packet, TCP_FLAG, UDP } from '../../../src/net/packet.ts';
import { packetOf, worldOf } from '../../xt/rows.ts';
import { ruleOf, truthOf } from './rows.ts';

const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
const meta = (key: string) => ({ meta: { key } });
const ct = (key: string) => ({ ct: { key } });
const match = (left: object, op: string, right: unknown) => ({ match: { op, left, right } });
const tcp = (flags: number): Partial<Packet> => ({ tcp: { flags } });
const { SYN, ACK, RST } = TCP_FLAG;
const ip6: Partial<Packet> = { family: 'ip6', saddr: 1n, daddr: 2n };
const tuple = { saddr: 0x0a000001, daddr: 0x0a600001, protocol: 6, sport: 40000, dport: 80 };
const entry = {
  direction: 'original',
  status: new Set(['CONFIRMED', 'DST_NAT'] as const),
  original: tuple,
  reply: { ...tuple, saddr: 0xc0a80101, daddr: 0x0a000001, sport: 8080, dport: 40000 },
  mark: 5,
  zone: 0,
  helper: undefined,
  labels: undefined,
  expires: undefined,
  packets: undefined,
  bytes: undefined,
} as const;
const known: Partial<World> = { connection: { state: 'established', entry } };
const invalid: Partial<World> = { connection: { state: 'invalid', entry: undefined } };
const name = (truth: Truth) => (typeof truth === 'boolean' ? (truth ? 'yes' : 'no') : truth.kind);

type Row = [
  what: string,
  expr: object,
  packet: Partial<Packet>,
  expected: string,
  world?: Partial<World>,
  objects?: object[],
];

/** A forwarded TCP SYN from 10.0.0.1:40000 to 10.0.0.2:80, in by eth0 and out by eth1, in a table of family inet. */
const ROWS: readonly Row[] = [
  ['an address', match(payload('ip', 'saddr'), '==', '10.0.0.1'), {}, 'yes'],
  ['a prefix', match(payload('ip', 'daddr'), '==', { prefix: { addr: '10.0.0.0', len: 30 } }), {}, 'yes'],
  ['the end of a range', match(payload('ip', 'daddr'), '==', { range: ['10.0.0.1', '10.0.0.2'] }), {}, 'yes'],
  ['beyond a range', match(payload('ip', 'daddr'), '==', { range: ['10.0.0.3', '10.0.0.9'] }), {}, 'no'],
  ['an address, of IPv6', match(payload('ip', 'saddr'), '!=', '10.0.0.9'), ip6, 'no'],
  ['a port, of UDP', match(payload('tcp', 'dport'), '!=', 22), { protocol: UDP }, 'no'],
  ['th dport, of UDP', match(payload('th', 'dport'), '==', 80), { protocol: UDP }, 'yes'],
  ['ports in a set', match(payload('tcp', 'dport'), '==', { set: [22, { range: [80, 90] }] }), {}, 'yes'],
  ['ports not in a set', match(payload('tcp', 'dport'), '!=', { set: [22, { range: [80, 90] }] }), {}, 'no'],
  ['a later fragment', match(payload('tcp', 'dport'), '==', 80), { fragment: 'later' }, 'no'],
  ['l4proto', match(meta('l4proto'), '==', { set: ['tcp', 'udp'] }), {}, 'yes'],
  ['nfproto', match(meta('nfproto'), '==', 'ipv6'), ip6, 'yes'],
  ['tcp flags, any of them', match(payload('tcp', 'flags'), 'in', ['syn', 'ack']), tcp(ACK), 'yes'],
  ['tcp flags, none of them', match(payload('tcp', 'flags'), 'in', ['syn', 'ack']), tcp(RST), 'no'],
  [
    'tcp flags, of a mask',
    match({ '&': [payload('tcp', 'flags'), ['syn', 'ack']] }, '==', 'syn'),
    tcp(SYN | ACK),
    'no',
  ],
  ['a mark under a mask', match({ '&': [meta('mark'), 0x4000] }, '!=', 0), { mark: 0x4001 }, 'yes'],
  ['a mark under another', match({ '&': [meta('mark'), 0x4000] }, '!=', 0), { mark: 0x8000 }, 'no'],
  ['an interface', match(meta('iifname'), '==', 'eth*'), {}, 'yes'],
  ['a star alone', match(meta('iifname'), '==', 'eth'), {}, 'no'],
  ['no interface', match(meta('oifname'), '==', 'eth1'), { oif: undefined }, 'no'],
  ['not an interface', match(meta('oifname'), '!=', 'eth1'), { oif: undefined }, 'yes'],
  ['interface 0', match(meta('oif'), '==', '0'), { oif: undefined }, 'yes'],
  ['ct state, any of them', match(ct('state'), 'in', ['established', 'related']), {}, 'yes', known],
  ['ct state of a set', match(ct('state'), '==', { set: ['established', 'new'] }), {}, 'yes', known],
  [
    'ct state != a,b is about the sum of the bits',
    match(ct('state'), '!=', { '|': ['established', 'related'] }),
    {},
    'yes',
    known,
  ],
  ['ct state invalid', match(ct('state'), 'in', 'invalid'), {}, 'yes', invalid],
  ['ct mark without a connection', match(ct('mark'), '!=', 5), {}, 'no', invalid],
  ['ct status', match(ct('status'), 'in', 'dnat'), {}, 'yes', known],
  ['ct status under a mask', match({ '&': [ct('status'), 'dnat'] }, '==', 'dnat'), {}, 'yes', known],
  ['ct original', match({ ct: { key: 'ip daddr', dir: 'original' } }, '==', '10.96.0.1'), {}, 'yes', known],
  ['ct reply port', match({ ct: { key: 'proto-src', dir: 'reply' } }, '==', 8080), {}, 'yes', known],
  ['ct direction', match(ct('direction'), '==', 'original'), {}, 'yes', known],
  ['icmp type of TCP', match(payload('icmp', 'type'), '!=', 'echo-request'), {}, 'no'],
  [
    'icmp type',
    match(payload('icmp', 'type'), '==', 'echo-request'),
    { protocol: 1, icmp: { type: 8, code: 0 } },
    'yes',
  ],
  ['dscp', match(payload('ip', 'dscp'), '==', 'ef'), { tos: 0xb8 }, 'yes'],
  ['ttl', match(payload('ip', 'ttl'), '<', 64), { ttl: 63 }, 'yes'],
  [
    'a named set',
    match(payload('ip', 'daddr'), '==', '@s'),
    {},
    'yes',
    {},
    [
      {
        set: {
          name: 's',
          type: 'ipv4_addr',
          handle: 3,
          flags: ['interval'],
          elem: [{ prefix: { addr: '10.0.0.0', len: 8 } }],
        },
      },
    ],
  ],
  [
    'a concatenation',
    match({ concat: [payload('ip', 'daddr'), meta('l4proto'), payload('th', 'dport')] }, '==', '@s'),
    {},
    'yes',
    {},
    [
      {
        set: {
          name: 's',
          type: ['ipv4_addr', 'inet_proto', 'inet_service'],
          handle: 3,
          elem: [{ concat: ['10.0.0.2', 'tcp', 80] }],
        },
      },
    ],
  ],
  [
    'a concatenation with a range',
    match({ concat: [payload('ip', 'saddr'), payload('ip', 'daddr')] }, '==', {
      set: [{ concat: [{ prefix: { addr: '10.0.0.0', len: 24 } }, { range: ['10.0.0.2', '10.0.0.9'] }] }],
    }),
    {},
    'yes',
  ],
  ['numgen random', match({ numgen: { mode: 'random', mod: 4, offset: 0 } }, '<', 3), {}, 'chance'],
  ['numgen random, all of them', match({ numgen: { mode: 'random', mod: 4, offset: 0 } }, '<', 4), {}, 'yes'],
  ['what nobody told', match(payload('tcp', 'window'), '==', 100), {}, 'unknown'],
  ['an expression from the future', match({ crystal: { ball: 1 } }, '==', 1), {}, 'unknown'],
];

describe('nft matches', () => {
  test.each(ROWS)('%s', (_, expr, packet, expected, world = {}, objects = []) => {
    const rule = ruleOf([expr], 'inet', objects);
    expect(name(truthOf(rule, packetOf(packet), worldOf(world)))).toBe(expected);
  });
});

describe('fib', () => {
  const reached = (device: string): Partial<World> => ({
    route: () => ({ kind: 'found', type: 'unicast', device, gateway: undefined, prefixLength: 24, source: undefined }),
  });
  const local: Partial<World> = {
    route: () => ({
      kind: 'found',
      type: 'local',
      device: 'lo',
      gateway: undefined,
      prefixLength: 32,
      source: undefined,
    }),
  };
  const fib = (result: string, ...flags: string[]) => ({ fib: { result, flags } });
  test.each<Row>([
    [
      'the source is reached by the same interface',
      match(fib('oif', 'saddr', 'iif'), '==', false),
      {},
      'no',
      reached('eth0'),
    ],
    ['the source is reached by another', match(fib('oif', 'saddr', 'iif'), '==', false), {}, 'yes', reached('eth9')],
    ['a local address counts as missing', match(fib('oif', 'daddr'), '==', false), {}, 'yes', local],
    ['its device', match(fib('oif', 'daddr'), '==', 'eth9'), {}, 'yes', reached('eth9')],
    ['its type', match(fib('type', 'daddr'), '==', 'local'), {}, 'yes', { addressType: () => new Set(['LOCAL']) }],
    [
      'duplicate address detection',
      match(fib('oif', 'saddr', 'iif'), '==', false),
      { family: 'ip6', saddr: 0n, daddr: 0xff02n << 112n, protocol: 58 },
      'no',
      { ...reached('eth9'), hook: 'prerouting' },
    ],
  ])('%s', (_, expr, packet, expected, world = {}) => {
    expect(name(truthOf(ruleOf([expr]), packetOf(packet), worldOf(world)))).toBe(expected);
  });
});

// nft_fib_can_skip, since Linux 6.15 and in 6.14.5 and 6.12.26.
describe('fib saddr . iif oif missing, in input', () => {
  const missing = match({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, '==', false);
  const elsewhere: Partial<World> = {
    hook: 'input',
    route: () => ({
      kind: 'found',
      type: 'unicast',
      device: 'eth9',
      gateway: undefined,
      prefixLength: 0,
      source: undefined,
    }),
  };
  const on = (release: string | undefined): Partial<World> => ({
    ...elsewhere,
    sysctl: key => (key === 'kernel.osrelease' ? release : undefined),
  });
  const socket = (connected: boolean) => ({
    socket: () => ({ transparent: false, wildcard: false, connected }) as const,
  });
  const established: Partial<World> = { connection: { state: 'established', entry: undefined } };
  test.each<[string, Partial<Packet>, Partial<World>, string]>([
    ['on lo, Linux 6.18', { iif: 'lo' }, on('6.18.44-fc'), 'no'],
    ['on lo, Linux 6.15', { iif: 'lo' }, on('6.15.0'), 'no'],
    ['on lo, Linux 6.14.5', { iif: 'lo' }, on('6.14.5'), 'no'],
    ['on lo, Linux 6.14.4', { iif: 'lo' }, on('6.14.4'), 'yes'],
    ['on lo, Linux 6.12.26', { iif: 'lo' }, on('6.12.26-generic'), 'no'],
    ['on lo, Linux 6.12.25', { iif: 'lo' }, on('6.12.25'), 'yes'],
    ['on lo, Linux 6.13.12', { iif: 'lo' }, on('6.13.12'), 'yes'],
    ['on lo, Linux 5.15', { iif: 'lo' }, on('5.15.0-91-generic'), 'yes'],
    ['on lo, a kernel that nobody told', { iif: 'lo' }, on(undefined), 'unknown'],
    ['on lo, as the route says', { iif: 'eth9' }, on(undefined), 'no'],
    ['of a connection', {}, { ...on('6.18.0'), ...socket(true) }, 'no'],
    ['of a connection, Linux 6.1', {}, { ...on('6.1.0'), ...socket(true) }, 'yes'],
    ['to who listens', {}, { ...on('6.18.0'), ...socket(false) }, 'yes'],
    ['sockets not captured, established', {}, { ...on('6.18.0'), ...established }, 'unknown'],
    ['sockets not captured, new', {}, on('6.18.0'), 'yes'],
    ['of UDP', { protocol: UDP }, { ...on('6.18.0'), ...established }, 'yes'],
  ])('%s', (_, packet, world, expected) => {
    expect(name(truthOf(ruleOf([missing]), packetOf(packet), worldOf(world)))).toBe(expected);
  });
});

// nft_exthdr_tcp_strip_eval.
describe('reset tcp option maxseg', () => {
  const evaluate = (packet: Partial<Packet>) => {
    const { statements } = ruleOf([{ reset: { 'tcp option': { name: 'maxseg' } } }], 'ip');
    return statements[0]?.evaluate(packetOf(packet), worldOf());
  };
  test.each<[string, Partial<Packet>, unknown]>([
    [
      'of a SYN',
      { tcp: { flags: SYN, mss: 1460, options: [2, 4] } },
      { kind: 'changes', changes: [{ kind: 'tcp', header: { flags: SYN, mss: null, options: [4] } }] },
    ],
    [
      'of a packet without it',
      { tcp: { flags: ACK, mss: null, options: [8] } },
      { kind: 'changes', changes: [{ kind: 'tcp', header: { flags: ACK, mss: null, options: [8] } }] },
    ],
    ['of UDP', { protocol: UDP }, false],
    ['of a later fragment', { fragment: 'later' }, false],
  ])('%s', (_, packet, expected) => {
    expect(evaluate(packet)).toEqual(expected);
  });
});

describe('what an element of a dynamic set has beside its key', () => {
  const over = { limit: { rate: 10, burst: 5, per: 'second', inv: true } };
  const under = { limit: { rate: 10, burst: 5, per: 'second' } };
  const update = (stmt: readonly object[]) => ({
    set: { op: 'update', elem: payload('ip', 'saddr'), set: '@s', ...(stmt.length > 0 && { stmt }) },
  });
  const set = (stmt: readonly object[]) => ({
    set: { name: 's', type: 'ipv4_addr', handle: 3, flags: ['dynamic'], ...(stmt.length > 0 && { stmt }) },
  });
  const counter = { counter: { packets: 0, bytes: 0 } };
  const elements = (own: object) => ({
    set: { name: 's', type: 'ipv4_addr', handle: 3, elem: [{ elem: { val: '10.0.0.1', ...own } }] },
  });
  const meter = { meter: { key: payload('ip', 'saddr'), stmt: over, size: 100, name: 'm' } };
  test.each<[string, object, object[], Truth]>([
    ['nothing', update([]), [set([])], true],
    ['a limit that it is over', update([over]), [set([])], false],
    ['a limit that it is within', update([under]), [set([])], true],
    ['the limit of its set', update([]), [set([over])], false],
    ['the limit of a meter', meter, [], false],
    ['a found element that is over', match(payload('ip', 'saddr'), '==', '@s'), [elements(over)], false],
    ['a found element that is within', match(payload('ip', 'saddr'), '==', '@s'), [elements(under)], true],
    ['a found element, where none may be', match(payload('ip', 'saddr'), '!=', '@s'), [elements(over)], false],
    ['a found element that counts', match(payload('ip', 'saddr'), '==', '@s'), [elements(counter)], true],
  ])('%s', (_, expr, objects, usual) => {
    const truth = truthOf(ruleOf([expr, { drop: null }], 'ip', objects), packetOf(), worldOf());
    if (typeof truth === 'boolean') expect(truth).toBe(usual);
    else expect(truth).toMatchObject({ kind: 'unknown', usual });
  });
});
