import { describe, expect, it } from 'vitest';
import type { CtStatus } from '../../../src/model/conntrack.ts';
import type { ConnectionEntry, ConnectionView } from '../../../src/model/world.ts';
import { parseAddress } from '../../../src/net/address.ts';
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
  packets: { original: 1n, reply: 0n },
  bytes: { original: 29n, reply: 0n },
};
const fresh: ConnectionView = { state: 'new', entry };
const untracked: ConnectionView = { state: 'untracked', entry: undefined };
const changed = (change: Partial<ConnectionEntry>): ConnectionView => ({
  state: 'new',
  entry: { ...entry, ...change },
});

// What iptables 1.8.9, both backends, printed of the rule.
describe('printing', () => {
  it.each([
    ['-m connmark --mark 10/10', '-m connmark --mark 0xa/0xa'],
    [
      '-m connbytes --connbytes 10: --connbytes-mode avgpkt --connbytes-dir both',
      '-m connbytes --connbytes 10 --connbytes-mode avgpkt --connbytes-dir both',
    ],
    [
      '-m connbytes ! --connbytes 5:5 --connbytes-mode packets --connbytes-dir both',
      '-m connbytes --connbytes 5:5 --connbytes-mode packets --connbytes-dir both',
    ],
    [
      '-m connbytes --connbytes 0:0 --connbytes-mode packets --connbytes-dir both',
      '-m connbytes --connbytes 0 --connbytes-mode packets --connbytes-dir both',
    ],
    [
      '-m connbytes ! --connbytes 0:7 --connbytes-mode packets --connbytes-dir both',
      '-m connbytes ! --connbytes 0:7 --connbytes-mode packets --connbytes-dir both',
    ],
    [
      '-m connbytes --connbytes 18446744073709551615 --connbytes-mode bytes --connbytes-dir reply',
      '-m connbytes --connbytes 18446744073709551615 --connbytes-mode bytes --connbytes-dir reply',
    ],
    ['-m connlabel ! --label 0x10 --set', '-m connlabel ! --label "16" --set'],
    ['-m connlimit ! --connlimit-above 3', '-m connlimit --connlimit-upto 3 --connlimit-mask 32 --connlimit-saddr'],
    [
      '-m connlimit --connlimit-above 3 --connlimit-mask 255.255.255.0 --connlimit-daddr',
      '-m connlimit --connlimit-above 3 --connlimit-mask 24 --connlimit-daddr',
    ],
    ['-m helper --helper "a\'b c"', '-m helper --helper "a\\\'b c"'],
    [
      '-m cluster --cluster-total-nodes 32 --cluster-local-node 32 --cluster-hash-seed 5',
      '-m cluster --cluster-local-nodemask 0x80000000 --cluster-total-nodes 32 --cluster-hash-seed 0x00000005',
    ],
  ])('%s', (input, printed) => {
    expect(readRule(input)).toMatchObject({ text: printed, problems: [] });
  });

  it.each([
    '-m connbytes --connbytes 10:5 --connbytes-mode packets --connbytes-dir both',
    '-m connbytes --connbytes 18446744073709551616 --connbytes-mode packets --connbytes-dir both',
    '-m connlabel --label 128',
    '-m connlimit --connlimit-mask 24',
    '-m connlimit --connlimit-upto 3 --connlimit-above 4',
    '-m cluster --cluster-total-nodes 2 --cluster-local-node 3 --cluster-hash-seed 5',
    '-m cluster --cluster-total-nodes 2 --cluster-local-nodemask 4 --cluster-hash-seed 5',
    '-m cluster --cluster-total-nodes 33 --cluster-local-node 1 --cluster-hash-seed 5',
  ])('refuses %s', input => {
    expect(readRule(input).problems).toHaveLength(1);
  });
});

const cluster = (total: number, node: number, seed: string) =>
  `cluster --cluster-total-nodes ${total} --cluster-local-node ${node} --cluster-hash-seed ${seed}`;

// Seen on a kernel 6.18: a datagram to 127.0.0.1:9 (::1 below), with and without NOTRACK.
describe('answers', () => {
  it.each([
    ['connmark --mark 0', fresh, true],
    ['connmark ! --mark 0', fresh, false],
    ['connmark ! --mark 5', untracked, false],
    ['connmark --mark 0x4000/0x4000', changed({ mark: 0xc000 }), true],
    ['connlabel --label 3', untracked, false],
    ['connlabel ! --label 3 --set', untracked, true],
    ['connlabel --label 3 --set', fresh, true],
    ['connlabel ! --label 3 --set', fresh, false],
    ['helper --helper ftp', untracked, false],
    ['helper ! --helper ftp', untracked, true],
    ['helper --helper ""', fresh, false],
    ['helper ! --helper ""', fresh, true],
    ['connlimit --connlimit-above 0', fresh, true],
    ['connlimit --connlimit-upto 0', fresh, false],
    ['connlimit --connlimit-above 4294967295', fresh, false],
    ['connbytes ! --connbytes 5 --connbytes-mode packets --connbytes-dir both', untracked, false],
    ['connbytes ! --connbytes 5 --connbytes-mode packets --connbytes-dir both', fresh, true],
    ['connbytes --connbytes 1:1 --connbytes-mode packets --connbytes-dir original', fresh, true],
    ['connbytes ! --connbytes 1:1 --connbytes-mode packets --connbytes-dir original', fresh, true],
    ['connbytes --connbytes 0 --connbytes-mode packets --connbytes-dir reply', fresh, true],
    ['connbytes --connbytes 29:29 --connbytes-mode avgpkt --connbytes-dir both', fresh, true],
    [cluster(2, 1, '1'), fresh, false],
    [cluster(2, 2, '1'), fresh, true],
    [cluster(7, 1, '0xdeadbeef'), fresh, true],
    [cluster(7, 5, '0xdeadbeef'), fresh, false],
    ['cluster --cluster-total-nodes 2 --cluster-local-nodemask 3 --cluster-hash-seed 1', untracked, false],
    ['cluster --cluster-total-nodes 2 ! --cluster-local-nodemask 3 --cluster-hash-seed 1', untracked, false],
  ])('%#: %s', (options, connection, expected) => {
    expect(answerOf(`-m ${options}`, {}, { connection })).toBe(expected);
  });

  it.each([1, 2, 3, 4, 5])('node %i of 5 for ::1', node => {
    const saddr = parseAddress('::1') ?? 0n;
    const connection = changed({ original: { saddr, daddr: saddr, protocol: 17, sport: 1, dport: 9 } });
    expect(answerOf(`-m ${cluster(5, node, '7')}`, {}, { connection }, 'ip6')).toBe(node === 3);
  });

  it('node 7 of 9 for 2001:db8:7::9', () => {
    const saddr = parseAddress('2001:db8:7::9') ?? 0n;
    const connection = changed({ original: { saddr, daddr: saddr, protocol: 17, sport: 1, dport: 9 } });
    const nodes = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter(n =>
      answerOf(`-m ${cluster(9, n, '77')}`, {}, { connection }, 'ip6'),
    );
    expect(nodes).toEqual([7]);
  });

  it.each([
    ['connlabel --label 3', fresh],
    ['connlimit --connlimit-above 1', fresh],
    ['helper --helper ftp', changed({ status: new Set<CtStatus>(['EXPECTED']) })],
    ['connbytes --connbytes 5 --connbytes-mode bytes --connbytes-dir both', changed({ bytes: undefined })],
    [cluster(2, 1, '1'), changed({ status: new Set<CtStatus>(['EXPECTED']) })],
  ])('does not know %s', (options, connection) => {
    expect(answerOf(`-m ${options}`, {}, { connection })).toMatchObject({ kind: 'unknown' });
  });
});
