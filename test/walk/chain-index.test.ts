import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { Packet } from '../../src/net/packet.ts';
import { parseIptablesSave } from '../../src/read/iptables-save.ts';
import { enumerate } from '../../src/walk/decide.ts';
import { Machine } from '../../src/walk/machine.ts';
import type { Hop } from '../../src/walk/trace.ts';
import { kubeProxyRuleset, seeded } from '../bench/ruleset.ts';
import { nodeOf, packet } from './node.ts';

const SERVICES = 150;

/** Rules beyond kube-proxy's, of all that an index must leave alone, get wrong, or lose the order of. */
const MORE = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:LONG - [0:0]
-A PREROUTING -j LONG
ROWS
COMMIT
`;

const ROWS = (n: number): readonly string[] => [
  `-p udp -m udp --dport ${n + 40} -j MARK --set-xmark 0x${n.toString(16)}/0xff`,
  `-p tcp -m tcp --dport ${n + 70} -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0x1`,
  `-p tcp -m tcp ! --dport ${n} -m mark --mark 0x${n.toString(16)}/0xff -j MARK --set-xmark 0x2/0x2`,
  `-d 10.96.0.${n}/32 -m recent --name seen --set -j MARK --set-xmark 0x4/0x4`,
  `-m recent --name seen --set -p tcp -m tcp --dport ${n + 75} -j MARK --set-xmark 0x40/0x40`,
  `-m limit --limit 1/s -d 10.96.1.${n}/32 -j MARK --set-xmark 0x8/0x8`,
  `! -d 10.96.0.${n}/32 -s 10.0.0.${n}/32 -j MARK --set-xmark 0x10/0x10`,
  `-s 10.0.0.${n}/32 -j MARK --set-xmark 0x20/0x20`,
  `-i eth${n} -j MARK --set-xmark 0x80/0x80`,
  `-d 10.96.0.${n}/32 -d 10.96.0.1/32 -j DROP`,
  `-d 10.96.0.${n}/32 -m nobody --knows -j DROP`,
  `-d 10.96.0.${n}/31 -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x100/0x100`,
  `-d 10.96.0.${n}/32 -m length --length 60:70 -j MARK --set-xmark 0x200/0x200`,
];

const more = MORE.replace('ROWS', [...Array(24).keys()].flatMap(n => ROWS(n).map(row => `-A LONG ${row}`)).join('\n'));
const { text, services } = kubeProxyRuleset(SERVICES, 3);
const nodePorts = services.map(
  ({ address }, i) =>
    `-A KUBE-NODEPORTS -p tcp -m comment --comment "node port" -m tcp --dport ${30_000 + i} -j DNAT --to-destination ${address}:80`,
);
const full = `${more}${text.replace(/^-A KUBE-POSTROUTING/m, `${nodePorts.join('\n')}\n-A KUBE-POSTROUTING`)}`;

const node = () =>
  nodeOf({
    interfaces: ['lo 127.0.0.1/8', 'eth0 10.0.0.1/24', 'cni0 10.128.0.1/9'],
    namespace: { ruleset: { tables: parseIptablesSave(full, 'rules', { family: 'ip' }).tables } },
  });

/** Each kind of packet that rules ask about, with and without what an index asks for. */
function randomPacket(random: () => number): Packet {
  const pick = <T>(...of: readonly [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0];
  const below = (n: number) => Math.floor(random() * n);
  const service = services[below(SERVICES)];
  const to = pick(service?.address ?? '', `10.96.0.${below(30)}`, `10.96.1.${below(26)}`, '10.0.0.1', '10.128.0.7');
  const port = pick(80, 80, 30_000 + below(SERVICES), 40 + below(24), 70 + below(40));
  const from = pick(`10.0.0.${2 + below(30)}`, '10.128.0.9', '192.0.2.1');
  const shape = pick('tcp', 'tcp', 'tcp', 'udp', 'icmp', 'later', 'portless');
  const iif = pick('eth0', 'eth0', 'cni0', 'eth7');
  if (shape === 'icmp') return packet(`icmp ${from} > ${to}`, { iif });
  const base = packet(`${shape === 'udp' ? 'udp' : 'tcp'} ${from}:${1024 + below(60_000)} > ${to}:${port}`, {
    iif,
    mark: pick(0, below(40)),
  });
  if (shape === 'later') return { ...base, fragment: 'later' };
  if (shape !== 'portless') return base;
  const { sport: _, dport: __, ...rest } = base;
  return rest;
}

const rulesOf = (hop: Hop): readonly string[] =>
  hop.steps.flatMap(step =>
    step.kind === 'rule' ? [`${step.at.table} ${step.at.chain} ${step.at.rule.number} ${step.at.rule.text}`] : [],
  );

test('500 random packets through the index are those of the linear walk', () => {
  const indexed = new Machine(node());
  const linear = new Machine(node(), { linear: true });
  const random = seeded(4);
  const met = new Set<string>();
  for (let i = 0; i < 500; i++) {
    const arrival = { packet: randomPacket(random) };
    const [one, other] = [indexed, linear].map(machine => {
      const { branches, complete } = enumerate(decide => machine.walk(arrival, decide).hop, 16);
      return branches.map(({ value, probability, taken }) => ({
        hop: value,
        rules: rulesOf(value),
        probability,
        taken: taken.map(({ choice, option }) => [choice.kind, option]),
        complete,
      }));
    });
    expect(isDeepStrictEqual(one, other), `packet ${i}: ${JSON.stringify(arrival)}`).toBe(true);
    for (const { rules } of one ?? []) for (const rule of rules) met.add(rule);
  }
  expect(met.size).toBeGreaterThan(300);
});

test('what a packet leaves behind is the same, too', () => {
  const random = seeded(5);
  const packets = Array.from({ length: 100 }, () => randomPacket(random));
  const [one, other] = [false, true].map(linear => {
    const machine = new Machine(node(), { linear });
    const dice = seeded(6);
    return packets.map(packet => {
      const walked = machine.walk({ packet }, { choose: ({ kind }) => (kind === 'port' ? 0 : Math.round(dice())) });
      walked.commit();
      return [walked.hop, rulesOf(walked.hop)];
    });
  });
  expect(isDeepStrictEqual(one, other)).toBe(true);
});
