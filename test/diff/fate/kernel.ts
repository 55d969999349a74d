import { type FateAnswer, fateDiff } from '../../../src/diff/fate/fate.ts';
import { packetOf } from '../../../src/diff/fate/packets.ts';
import type { Way } from '../../../src/diff/fate/way.ts';
import { wayWords } from '../../../src/diff/fate/way.ts';
import { boxWords } from '../../../src/diff/fate/words.ts';
import type { Namespace } from '../../../src/model/namespace.ts';
import { formatAddress } from '../../../src/net/address.ts';
import { ICMP, ICMPV6, type Packet, TCP, UDP } from '../../../src/net/packet.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';
import { Random } from '../../kernel/generate/random.ts';
import { restoreText } from '../../kernel/generate/ruleset.ts';
import { restoreTool } from '../../kernel/generate/scenario.ts';
import type { Lab } from '../../kernel/lab.ts';
import type { Load, Observation, PacketSpec, Probe, Via } from '../../kernel/observation.ts';
import { PLACES } from '../../kernel/topology.ts';
import type { Pair, Texts } from './pairs.ts';
import { partOf } from './part.ts';

/** A class of which both fates can be seen from outside, and whether the kernel showed them. */
export interface Confirmation {
  readonly packets: string;
  readonly reported: string;
  readonly confirmed: boolean;
  readonly before: string;
  readonly after: string;
}

/** Sends a packet of each of some reported classes to a node with the rules before, and to one with those after. */
export async function confirm(lab: Lab, pair: Pair, most: number): Promise<readonly Confirmation[]> {
  const [before, after] = [loadOf(pair.texts[0]), loadOf(pair.texts[1])];
  const sides = [await captured(lab, before), await captured(lab, after)] as const;
  const within = [partOf(new Random(pair.seed).fork('part'), pair)];
  const answer = fateDiff({ before: sides[0], after: sides[1], within, budget: 4000 });
  const samples = samplesOf(answer, most);
  const probes = samples.map(({ probe }) => probe);
  const [was, is] = [await observed(lab, before, probes), await observed(lab, after, probes)];
  return samples.map(({ packets, reported, expected }, i) => {
    const [one = '?', other = '?'] = [was[i], is[i]];
    return { packets, reported, confirmed: one === expected[0] && other === expected[1], before: one, after: other };
  });
}

const loadOf = ({ sets, rulesets }: Texts): Load => ({
  steps: [
    { argv: ['ipset', 'restore'], input: sets },
    ...rulesets.map(ruleset => ({
      argv: [restoreTool(ruleset), ...(ruleset.owner === 'nft' ? ['-f', '-'] : [])],
      input: restoreText(ruleset),
    })),
  ],
  sysctls: {},
});

async function captured(lab: Lab, load: Load): Promise<Namespace> {
  await lab.load(load);
  const { files, registered } = await lab.snapshot();
  const texts = Object.entries(files).map(([path, text]) => ({ path, text }));
  return { ...readNamespace('node', texts), registrations: registered, queues: [] };
}

async function observed(lab: Lab, load: Load, probes: readonly Probe[]): Promise<readonly End[]> {
  await lab.load(load);
  return (await lab.send(probes)).observed.map(endOf);
}

/** Where the probe itself ended; journeys behind it are of what the node answered. */
const endOf = ({ journeys }: Observation): End => {
  const kind = journeys[0]?.fate.kind;
  return kind === 'sent' || kind === 'to-local' || kind === 'dropped' ? kind : 'unseen';
};

type End = 'sent' | 'to-local' | 'dropped' | 'unseen';

interface Sample {
  readonly packets: string;
  readonly reported: string;
  readonly expected: readonly [End, End];
  readonly probe: Probe;
}

function samplesOf({ changed, interfaces }: FateAnswer, most: number): readonly Sample[] {
  const samples: Sample[] = [];
  for (const { packets, before, after, condition } of changed) {
    const [was, is] = [before[0]?.way, after[0]?.way];
    const box = packets.boxes.find(one => one.iif.some(name => PLACES.some(place => place.interface === name)));
    if (!box || !was || !is || before.length + after.length > 2 || condition !== undefined) continue;
    const expected = [expectedOf(was), expectedOf(is)] as const;
    if (expected[0] === expected[1] || expected.includes('unseen')) continue;
    const place = PLACES.find(one => box.iif.includes(one.interface));
    const packet = place && specOf(packetOf({ ...box, iif: [place.interface] }));
    if (!place || !packet) continue;
    const via: Via = { kind: 'frame', device: place.device, smac: place.mac, dmac: place.nodeMac };
    samples.push({
      packets: boxWords(box, interfaces),
      reported: `${wayWords(was)} > ${wayWords(is)}`,
      expected,
      probe: { id: samples.length + 1, via, packet },
    });
    if (samples.length === most) break;
  }
  return samples;
}

const expectedOf = ({ disposition }: Way): End =>
  disposition === 'leaves-the-node'
    ? 'sent'
    : disposition === 'delivered'
      ? 'to-local'
      : disposition === 'dropped' || disposition === 'rejected'
        ? 'dropped'
        : 'unseen';

function specOf({ family, saddr, daddr, protocol, sport, dport }: Packet): PacketSpec | undefined {
  const base = { family, saddr: formatAddress(saddr), daddr: formatAddress(daddr), ttl: 64 };
  const ports = { ...(sport !== undefined && { sport }), ...(dport !== undefined && { dport }) };
  if (protocol === TCP) return { ...base, ...ports, protocol: 'tcp', flags: 'S', seq: 1000, ack: 0 };
  if (protocol === UDP) return { ...base, ...ports, protocol: 'udp', payload: 'hello' };
  if (protocol === ICMP) return { ...base, protocol: 'icmp', type: 8, code: 0, icmpId: 1 };
  return protocol === ICMPV6 ? { ...base, protocol: 'icmpv6', type: 128, code: 0, icmpId: 1 } : undefined;
}
