import { describe, expect, it } from 'vitest';
import type { CtStatus } from '../../../src/model/conntrack.ts';
import type { ConnectionEntry, ConnectionView } from '../../../src/model/world.ts';
import { answerOf, readRule } from '../rows.ts';

const entry: ConnectionEntry = {
  direction: 'original',
  status: new Set<CtStatus>(),
  original: { saddr: 0x7f000001, daddr: 0x7f000001, protocol: 17, sport: 40000, dport: 9 },
  reply: { saddr: 0x7f000001, daddr: 0x7f000001, protocol: 17, sport: 9, dport: 40000 },
  mark: 0,
  zone: 0,
  helper: undefined,
  labels: undefined,
  expires: undefined,
  packets: undefined,
  bytes: undefined,
};
const fresh: ConnectionView = { state: 'new', entry };
const untracked: ConnectionView = { state: 'untracked', entry: undefined };
const invalid: ConnectionView = { state: 'invalid', entry: undefined };
const withStatus = (...status: CtStatus[]): ConnectionView => ({
  state: 'established',
  entry: { ...entry, status: new Set(status) },
});

// What iptables 1.8.9, both backends, printed of the rule.
describe('printing', () => {
  it.each([
    ['-m conntrack --ctstate NEW,ESTABLISHED,RELATED', '-m conntrack --ctstate NEW,RELATED,ESTABLISHED'],
    ['-m conntrack --ctstate est', '-m conntrack --ctstate ESTABLISHED'],
    ['-m conntrack ! --ctstate DNAT,SNAT', '-m conntrack ! --ctstate SNAT,DNAT'],
    ['-m conntrack --ctstatus NONE,EXPECTED', '-m conntrack --ctstatus EXPECTED'],
    ['-m conntrack ! --ctstatus NONE', '-m conntrack ! --ctstatus NONE'],
    ['-m conntrack --ctproto 0x11 --ctdir reply', '-m conntrack --ctproto 17 --ctdir REPLY'],
    ['-m conntrack --ctorigsrcport ssh:http', '-m conntrack --ctorigsrcport 22:80'],
    ['-m conntrack --ctorigsrcport 70000', '-m conntrack --ctorigsrcport 4464'],
    ['-m conntrack ! --ctorigsrc 10.1.2.3/8', '-m conntrack ! --ctorigsrc 10.1.2.3/8'],
    ['-m conntrack --ctorigsrc 10.1.2.3/255.0.255.0', '-m conntrack --ctorigsrc 10.1.2.3'],
    ['-m conntrack --ctorigsrc 0.0.0.0/0', '-m conntrack --ctorigsrc 0.0.0.0/0'],
    ['-m conntrack --ctexpire :5', '-m conntrack --ctexpire 0:5'],
    ['-m conntrack ! --ctexpire 010', '-m conntrack ! --ctexpire 8'],
    ['-m state --state est,new', '-m state --state NEW,ESTABLISHED'],
    ['-m state ! --state INVALID,RELATED', '-m state ! --state INVALID,RELATED'],
  ])('%s', (input, printed) => {
    expect(readRule(input)).toMatchObject({ text: printed, problems: [] });
  });

  it.each([
    '-m conntrack',
    '-m conntrack --ctstate NEW,',
    '-m conntrack --ctstate ,NEW',
    '-m conntrack --ctdir r',
    '-m conntrack --ctproto 256',
    '-m conntrack --ctorigsrc 10.1.2.3/foo',
    '-m conntrack --ctorigsrc fd00::1',
    '-m conntrack --ctorigsrcport 0x50',
    '-m conntrack --ctexpire 1:2:3',
    '-m state --state SNAT',
    '-m state --state __proto__',
  ])('refuses %s', input => {
    expect(readRule(input).problems).toHaveLength(1);
  });
});

// Seen on a kernel 6.18: a datagram to 127.0.0.1:9, with and without NOTRACK, and a ping.
describe('answers', () => {
  it.each([
    ['conntrack --ctstate UNTRACKED --ctorigsrc 9.9.9.9', untracked, true],
    ['conntrack ! --ctstate NEW --ctproto 6', untracked, true],
    ['conntrack --ctstate NEW,INVALID', untracked, false],
    ['conntrack --ctproto 17', untracked, false],
    ['conntrack ! --ctproto 6', untracked, false],
    ['conntrack ! --ctstatus NONE', untracked, false],
    ['state --state UNTRACKED', untracked, true],
    ['state ! --state INVALID', invalid, false],
    ['conntrack --ctstatus NONE', fresh, false],
    ['conntrack ! --ctstatus NONE', fresh, true],
    ['conntrack --ctstatus CONFIRMED', fresh, false],
    ['conntrack ! --ctstatus CONFIRMED', fresh, true],
    ['conntrack --ctstatus CONFIRMED,NONE', withStatus('CONFIRMED'), true],
    ['conntrack --ctdir ORIGINAL', fresh, true],
    ['conntrack --ctdir REPLY', fresh, false],
    ['conntrack --ctorigdstport 9', fresh, true],
    ['conntrack ! --ctorigdstport 8:10', fresh, false],
    ['conntrack --ctorigdstport 10:8', fresh, false],
    ['conntrack ! --ctorigdstport 10:8', fresh, true],
    ['conntrack --ctproto 17 --ctreplsrc 127.0.0.1 --ctreplsrcport 9', fresh, true],
    ['conntrack --ctreplsrc 10.0.0.1/0', fresh, true],
    ['conntrack --ctproto 0', fresh, false],
    ['conntrack ! --ctproto 0', fresh, true],
    ['conntrack ! --ctstate SNAT,DNAT', fresh, true],
    ['conntrack --ctstate NEW ! --ctorigsrc 127.0.0.0/8', fresh, false],
    ['conntrack --ctstate DNAT', withStatus('DST_NAT'), true],
    ['conntrack ! --ctstate RELATED,ESTABLISHED,DNAT', withStatus('DST_NAT'), false],
    ['conntrack --ctstate SNAT', withStatus('DST_NAT'), false],
  ])('%#: %s', (options, connection, expected) => {
    expect(answerOf(`-m ${options}`, {}, { connection })).toBe(expected);
  });

  const ping: ConnectionView = {
    state: 'new',
    entry: {
      ...entry,
      original: { saddr: 0x7f000001, daddr: 0x7f000001, protocol: 1, icmp: { type: 8, code: 0, id: 77 } },
      reply: { saddr: 0x7f000001, daddr: 0x7f000001, protocol: 1, icmp: { type: 0, code: 0, id: 77 } },
    },
  };
  it.each([
    ['--ctorigdstport 2048', true],
    ['--ctreplsrcport 77', true],
    ['--ctrepldstport 0', true],
    ['--ctrepldstport 1:65535', false],
  ])('of a ping, %s', (options, expected) => {
    expect(answerOf(`-m conntrack ${options}`, {}, { connection: ping })).toBe(expected);
  });

  it('does not know the time left of an entry that was not captured', () => {
    expect(answerOf('-m conntrack --ctexpire 1:5', {}, { connection: fresh })).toMatchObject({ kind: 'unknown' });
    const old: ConnectionView = { state: 'new', entry: { ...entry, expires: 5 } };
    expect(answerOf('-m conntrack --ctexpire 1:5', {}, { connection: old })).toBe(true);
    expect(answerOf('-m conntrack ! --ctexpire 1:5', {}, { connection: old })).toBe(false);
  });
});
