import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { CtState } from '../../src/model/conntrack.ts';
import type { Packet } from '../../src/net/packet.ts';
import { Machine } from '../../src/walk/machine.ts';
import type { Hop, RuleStep } from '../../src/walk/trace.ts';
import { seeded } from '../bench/ruleset.ts';
import { nodeOf, packet } from './node.ts';

const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.2/31 -j MARK --set-xmark 0x1/0x1
-A PREROUTING -m limit --limit 1/sec -j MARK --set-xmark 0x100/0x100
-A FORWARD -d 10.1.0.7/32 -m mark --mark 0x1/0x1 -j MARK --set-xmark 0x2/0x2
-A POSTROUTING -m statistic --mode random --probability 0.50000000000 -j MARK --set-xmark 0x8/0x8
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:OURS - [0:0]
:DEEP - [0:0]
-A INPUT -i eth0 -p icmp -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -m comment --comment "all of them" -j OURS
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -f -j DROP
-A FORWARD ! -p tcp -j REJECT --reject-with icmp-port-unreachable
-A OURS -m conntrack --ctstate INVALID -j DROP
-A OURS -o eth1 -g DEEP
-A OURS -m mark --mark 0x40/0x40 -j RETURN
-A OURS -j MARK --set-xmark 0x10/0x10
-A DEEP -s 10.0.0.2/32 -m conntrack --ctstate NEW -j DROP
-A DEEP -m mark ! --mark 0x2/0x2 -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 10.0.0.1/32 -p tcp -j DNAT --to-destination 10.1.0.7
-A POSTROUTING -m mark --mark 0x1/0x1 -j MASQUERADE
COMMIT
`;

function randomPacket(random: () => number): Packet {
  const pick = <T>(...of: readonly [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0];
  const [from, to] = [`10.0.0.${pick(2, 3, 4)}`, pick('10.1.0.7', '10.1.0.8', '10.2.0.8', '10.0.0.1')];
  const rest = { iif: pick('eth0', 'eth0', 'eth2'), mark: pick(0, 0, 0x40) };
  if (random() < 0.2) return packet(`icmp ${from} > ${to}`, rest);
  const sent = packet(`${pick('tcp', 'tcp', 'udp')} ${from}:${pick(1000, 1001)} > ${to}:80`, rest);
  return random() < 0.2 ? { ...sent, fragment: 'later' } : sent;
}

const machine = (linear: boolean) =>
  new Machine(
    nodeOf({
      rules: RULES,
      interfaces: ['lo 127.0.0.1/8', 'eth0 10.0.0.1/24', 'eth1 10.1.0.1/24', 'eth2 10.2.0.1/24'],
    }),
    { linear },
  );

const rulesOf = (hop: Hop): readonly RuleStep[] => hop.steps.flatMap(step => (step.kind === 'rule' ? [step] : []));

const textsOf = (hop: Hop): readonly string[] =>
  rulesOf(hop).map(({ at }) => `${at.table} ${at.chain} ${at.rule.number} ${at.rule.text}`);

/** Most packets are of what the table says. */
const STATES: readonly CtState[] = ['invalid', 'untracked', 'established', 'related'];

test('a passage that is taken again is the one that the rules themselves would make, of connections old and new', () => {
  const [replaying, linear] = [machine(false), machine(true)];
  const random = seeded(11);
  const met = new Set<string>();
  for (let i = 0; i < 1500; i++) {
    const assumed = STATES[Math.floor(random() * 20)];
    const arrival = { packet: randomPacket(random), ...(assumed && { assumeState: assumed }) };
    const keeps = random() < 0.1;
    const [one, other] = [replaying, linear].map(machine => {
      const dice = seeded(i);
      const walked = machine.walk(arrival, { choose: ({ kind }) => (kind === 'port' ? 0 : Math.round(dice())) });
      if (keeps) walked.commit();
      return { hop: walked.hop, rules: textsOf(walked.hop) };
    });
    expect(isDeepStrictEqual(one, other), `packet ${i}: ${JSON.stringify(arrival)}`).toBe(true);
    for (const rule of one?.rules ?? []) met.add(rule);
  }
  const texts = [...met].map(rule => rule.slice(rule.indexOf('-A')));
  expect(RULES.split('\n').filter(line => line.startsWith('-A') && !texts.includes(line))).toEqual([]);
});

test('only chains are taken again whose rules ask for nothing that may change', () => {
  const replaying = machine(false);
  const walk = () =>
    rulesOf(
      replaying.walk({ packet: packet('tcp 10.0.0.3:1000 > 10.1.0.7:80', { iif: 'eth0' }) }, { choose: () => 0 }).hop,
    );
  for (let i = 0; i < 20; i++) walk();
  const [first, second] = [walk(), walk()];
  expect(second.map(step => [step.at.table, step.hook, first.includes(step)])).toEqual([
    ['mangle', 'prerouting', false],
    ['mangle', 'prerouting', false],
    ['mangle', 'forward', true],
    ['filter', 'forward', true],
    ['filter', 'forward', true],
    ['mangle', 'postrouting', false],
    ['nat', 'postrouting', true],
  ]);
});

test('packets that are all different are walked by the rules again, and no longer looked for', () => {
  const replaying = machine(false);
  const stepOf = (sender: number) => {
    const { hop } = replaying.walk(
      { packet: packet(`udp 10.0.0.${sender}:1000 > 10.2.0.8:80`, { iif: 'eth0' }) },
      { choose: () => 0 },
    );
    return rulesOf(hop).find(({ at }) => at.table === 'filter' && at.chain === 'FORWARD');
  };
  for (let i = 0; i < 10; i++) stepOf(4);
  const known = stepOf(4);
  for (let sender = 10; sender < 100; sender++) stepOf(sender);
  expect(stepOf(4)).toBe(known);
  for (let sender = 100; sender < 200; sender++) stepOf(sender);
  expect(stepOf(4)).toEqual(known);
  expect(stepOf(4)).not.toBe(known);
});
