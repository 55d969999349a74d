import { describe, expect, it } from 'vitest';
import type { Decide } from '../../src/walk/decide.ts';
import type { Hop } from '../../src/walk/trace.ts';
import { address, machineOf, type NodeSpec, packet, ruleList, walkAll } from './node.ts';

const nat = (rules: string) => `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${rules}
COMMIT
`;
const end = (hop: Hop | undefined) => {
  const { saddr, sport, daddr, dport } = hop?.after ?? {};
  return { saddr, sport, daddr, dport };
};
const flow = (from: string, sport: number, to: string, dport: number) => ({
  saddr: address(from),
  sport,
  daddr: address(to),
  dport,
});
const spec = (rules: string, change: NodeSpec = {}): NodeSpec => ({ rules: nat(rules), ...change });
const first: Decide = { choose: choice => (choice.kind === 'port' ? 0 : 1) };

// NETFILTER.md section 4: each reproduced on a kernel.
describe('one packet', () => {
  it.each<[string, string, string, ReturnType<typeof flow>]>([
    [
      'DNAT to an address and port',
      '-A PREROUTING -p tcp -j DNAT --to-destination 10.1.0.2:8080',
      'tcp 10.0.0.9:1024 > 10.0.0.1:80',
      flow('10.0.0.9', 1024, '10.1.0.2', 8080),
    ],
    [
      'DNAT to an address keeps the port',
      '-A PREROUTING -j DNAT --to-destination 10.1.0.2',
      'udp 10.0.0.9:1024 > 10.0.0.1:80',
      flow('10.0.0.9', 1024, '10.1.0.2', 80),
    ],
    [
      'DNAT to a port range keeps a port that lies in it',
      '-A PREROUTING -p udp -j DNAT --to-destination 10.1.0.2:70-90',
      'udp 10.0.0.9:1024 > 10.0.0.1:80',
      flow('10.0.0.9', 1024, '10.1.0.2', 80),
    ],
    [
      'DNAT to a port range takes the lowest free one',
      '-A PREROUTING -p udp -j DNAT --to-destination 10.1.0.2:100-110',
      'udp 10.0.0.9:1024 > 10.0.0.1:80',
      flow('10.0.0.9', 1024, '10.1.0.2', 100),
    ],
    [
      'the first NAT statement wins',
      '-A PREROUTING -j DNAT --to-destination 10.1.0.2\n-A PREROUTING -j DNAT --to-destination 10.1.0.3',
      'udp 10.0.0.9:1024 > 10.0.0.1:80',
      flow('10.0.0.9', 1024, '10.1.0.2', 80),
    ],
    [
      'REDIRECT takes the first address of the incoming interface',
      '-A PREROUTING -p udp -j REDIRECT --to-ports 53',
      'udp 10.0.0.9:1024 > 10.1.0.1:80',
      flow('10.0.0.9', 1024, '10.0.0.1', 53),
    ],
    [
      'MASQUERADE takes the address of the outgoing device',
      '-A POSTROUTING -j MASQUERADE',
      'udp 10.0.0.9:1024 > 10.1.0.2:80',
      flow('10.1.0.1', 1024, '10.1.0.2', 80),
    ],
    [
      'SNAT to an address',
      '-A POSTROUTING -j SNAT --to-source 10.1.0.77',
      'udp 10.0.0.9:1024 > 10.1.0.2:80',
      flow('10.1.0.77', 1024, '10.1.0.2', 80),
    ],
    [
      'NETMAP keeps host bits',
      '-A PREROUTING -d 10.0.7.0/24 -j NETMAP --to 10.1.0.0/24',
      'udp 10.0.0.9:1024 > 10.0.7.33:80',
      flow('10.0.0.9', 1024, '10.1.0.33', 80),
    ],
  ])('%s', (_, rules, text, expected) => {
    const [hop] = walkAll(machineOf(spec(rules)), [{ packet: packet(text) }]);
    expect(end(hop)).toEqual(expected);
  });

  // jhash over source and destination, as 48 of 48 measured choices had it: NETFILTER.md 4.2.
  it('takes one address of a range by the hash of both ends, always the same', () => {
    const machine = machineOf(spec('-A POSTROUTING -j SNAT --to-source 10.1.0.10-10.1.0.19'));
    const [a, b] = walkAll(
      machine,
      ['udp 10.0.0.9:1 > 10.1.0.2:2', 'udp 10.0.0.9:3 > 10.1.0.2:4'].map(t => ({ packet: packet(t) })),
    );
    expect(a?.after.saddr).toBe(b?.after.saddr);
    expect(a?.disposition).toBe('leaves-the-node');
  });
});

describe('a connection', () => {
  const rules =
    '-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.1.0.2:8080\n-A POSTROUTING -p tcp --dport 8080 -j MASQUERADE';
  const syn = { packet: packet('tcp 10.0.0.9:1024 > 10.0.0.1:80') };

  it('asks the nat chains once: a repeated SYN is translated without them', () => {
    const [one, two] = walkAll(machineOf(spec(rules)), [syn, syn]);
    expect(ruleList(one ?? two ?? never())).toEqual(['nat PREROUTING 1', 'nat POSTROUTING 1']);
    expect(two && ruleList(two)).toEqual([]);
    expect(end(two)).toEqual(end(one));
  });

  it('undoes both translations for the answer: destination in prerouting, source in postrouting', () => {
    const [, hop] = walkAll(machineOf(spec(rules)), [
      syn,
      { packet: packet('tcp 10.1.0.2:8080 > 10.1.0.1:1024 SA', { iif: 'eth1' }) },
    ]);
    expect(end(hop)).toEqual(flow('10.0.0.1', 80, '10.0.0.9', 1024));
    const forward = hop?.steps.find(s => s.kind === 'hook' && s.hook === 'forward');
    expect(forward).toMatchObject({ packet: { saddr: address('10.1.0.2'), sport: 8080, daddr: address('10.0.0.9') } });
    expect(hop?.connection).toMatchObject({ state: 'established', direction: 'reply' });
  });

  it('that was dropped is not remembered: the retry is new again', () => {
    const drop = `${nat(rules)}*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n`;
    const [one, two] = walkAll(machineOf({ rules: drop }), [syn, syn]);
    expect([one, two].map(hop => hop && ruleList(hop))).toEqual([['nat PREROUTING 1'], ['nat PREROUTING 1']]);
  });

  it('keeps its source port unless another connection has it', () => {
    const other = { packet: packet('tcp 10.0.0.8:1024 > 10.0.0.1:80') };
    const [one, two] = walkAll(machineOf(spec(rules)), [syn, other], first);
    expect(end(one).sport).toBe(1024);
    expect(end(two).sport).toBeGreaterThan(1024);
  });

  it('shows an ICMP error its own addresses on both sides', () => {
    const inner = packet('tcp 10.1.0.1:1024 > 10.1.0.2:8080');
    const error = packet('icmp 10.1.0.2 > 10.1.0.1', { icmp: { type: 3, code: 3 }, inner, iif: 'eth1' });
    const [, hop] = walkAll(machineOf(spec(rules)), [syn, { packet: error }]);
    expect(hop?.connection.state).toBe('related');
    expect(hop?.after).toMatchObject({ saddr: address('10.0.0.1'), daddr: address('10.0.0.9') });
    expect(hop?.after.inner).toMatchObject({
      saddr: address('10.0.0.9'),
      sport: 1024,
      daddr: address('10.0.0.1'),
      dport: 80,
    });
  });

  it('of an invalid packet is none, and nothing is translated', () => {
    const [hop] = walkAll(machineOf(spec(rules)), [{ packet: packet('tcp 10.0.0.9:1024 > 10.0.0.1:80 SA') }]);
    expect(hop).toMatchObject({ disposition: 'delivered', connection: { state: 'invalid' } });
    expect(hop && ruleList(hop)).toEqual([]);
  });
});

function never(): never {
  throw new Error('no hop');
}
