import { isDeepStrictEqual } from 'node:util';
import { parseIpv4 } from '../../src/net/address.ts';
import type { Packet } from '../../src/net/packet.ts';
import { parseIptablesSave } from '../../src/read/iptables-save.ts';
import { type Decide, enumerate } from '../../src/walk/decide.ts';
import { Machine } from '../../src/walk/machine.ts';
import { nodeOf, packet } from '../walk/node.ts';
import { kubeProxyRuleset, seeded } from './ruleset.ts';

// Walks many packets through one node, from its prerouting to the neighbour's address, and prints how fast as JSON.
const [count = 10_000, seconds = 1] = process.argv.slice(2).map(Number);
const { text, services } = kubeProxyRuleset(count, 10);
const bytes = new TextEncoder().encode(text);
function machineOf(linear: boolean): Machine {
  const { tables } = parseIptablesSave(bytes, 'rules');
  for (const table of tables) table.parse();
  const interfaces = ['lo 127.0.0.1/8', 'eth0 10.0.0.1/24', 'cni0 10.128.0.1/9'];
  return new Machine(nodeOf({ interfaces, namespace: { ruleset: { tables } } }), { linear });
}
const random = seeded(7);
const diceOf = (dice: () => number): Decide => ({
  choose: choice => (choice.kind === 'chance' ? Number(dice() >= choice.probability) : 0),
});
const addresses = services.map(({ address }) => parseIpv4(address) ?? 0);
const base = packet('tcp 10.0.0.9:40000 > 10.96.0.10:80');
const next = (): Packet => ({
  ...base,
  daddr: addresses[Math.floor(random() * addresses.length)] ?? 0,
  sport: 1024 + Math.floor(random() * 60_000),
});

const indexed = machineOf(false);
const dice = diceOf(random);
/** Of the process, all of its threads: what else the machine does costs nothing, and what the collector does counts. */
const cpuSince = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};
/** Making up the packets is not counted; going through the list of each one's rules is. */
const walk = (cpuSeconds: number): { packets: number; rules: number; rate: number } => {
  let spent = 0;
  let packets = 0;
  let rules = 0;
  while (spent < cpuSeconds) {
    const batch = Array.from({ length: 500 }, next);
    const start = process.cpuUsage();
    for (const packet of batch)
      for (const step of indexed.walk({ packet }, dice).hop.steps)
        if (step.kind === 'rule' && step.at.chain !== '') rules++;
    spent += cpuSince(start);
    packets += batch.length;
  }
  return { packets, rules, rate: packets / spent };
};
walk(seconds * 3);
const rates = Array.from({ length: 9 }, () => walk(seconds)).sort((a, b) => a.rate - b.rate);
const { rate = 0, packets = 1, rules = 0 } = rates[4] ?? {};

const traces = Array.from({ length: 9 }, () => {
  const one = next();
  const start = performance.now();
  enumerate(decide => indexed.walk({ packet: one }, decide));
  return performance.now() - start;
}).sort((a, b) => a - b);

const linear = machineOf(true);
let differences = 0;
for (let i = 0; i < 500; i++) {
  const one = next();
  const [a, b] = [indexed, linear].map(machine =>
    machine
      .walk({ packet: one }, diceOf(seeded(i)))
      .hop.steps.map(step =>
        step.kind === 'rule' ? { ...step, at: [step.at.table, step.at.chain, step.at.rule.text] } : step,
      ),
  );
  if (!isDeepStrictEqual(a, b)) differences++;
}
process.stdout.write(
  JSON.stringify({ rate, rulesEach: rules / packets, warmTrace: traces[4], differences, services: count }),
);
