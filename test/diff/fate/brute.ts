import { type FateAnswer, type FateRequest, fateDiff } from '../../../src/diff/fate/fate.ts';
import { packetOf } from '../../../src/diff/fate/packets.ts';
import { type Box, boxHolds, type Point, SELF } from '../../../src/diff/fate/space/box.ts';
import { from } from '../../../src/diff/fate/space/intervals.ts';
import { type Address, type Family, parseAddress } from '../../../src/net/address.ts';
import { hasPorts, type Packet } from '../../../src/net/packet.ts';
import type { Random } from '../../kernel/generate/random.ts';
import { PORTS, PREFIXES, placeAddresses, SERVICES } from '../../kernel/generate/words.ts';
import { OWN } from '../../kernel/topology.ts';
import { Oracle } from './oracle.ts';

export interface Wrong {
  readonly kind: 'equal' | 'different';
  readonly packet: Packet;
  readonly before: string;
  readonly after: string;
}

export interface Held {
  readonly answer: FateAnswer;
  readonly packets: number;
  /** Packets of which the answer says that it is undecided. */
  readonly undecided: number;
  readonly differing: number;
  readonly wrong: readonly Wrong[];
}

/** Holds an answer against packets that are walked one by one. */
export function bruteForce(request: FateRequest, random: Random, packets: number): Held {
  const answer = fateDiff(request);
  const { within } = request;
  const sides = [new Oracle(request.before), new Oracle(request.after)] as const;
  const names = answer.interfaces;
  const wrong: Wrong[] = [];
  const count = { packets: 0, undecided: 0, differing: 0 };
  for (let i = 0; i < packets; i++) {
    const drawn =
      random.chance(0.2) && answer.changed.length > 0
        ? inside(random, random.pick(answer.changed).packets.boxes)
        : within && random.chance(0.3)
          ? inside(random, within)
          : anyPoint(random, names);
    const packet = packetOf(boxOf(drawn));
    const point = pointOf(packet);
    if (within && !holding(within, point)) continue;
    count.packets++;
    const before = sides[0].fate(packet, i);
    const after = sides[1].fate(packet, i);
    const found = whereIs(answer, point);
    if (before !== after) count.differing++;
    if (found === 'undecided') count.undecided++;
    else if (before === undefined || after === undefined) {
      if (before !== after && found === 'equal')
        wrong.push({ kind: 'equal', packet, before: before ?? '?', after: after ?? '?' });
    } else if (found === 'equal' && before !== after) wrong.push({ kind: 'equal', packet, before, after });
    else if (found === 'changed' && before === after) wrong.push({ kind: 'different', packet, before, after });
  }
  return { answer, wrong, ...count };
}

const holding = (boxes: readonly Box[], point: Point): boolean => boxes.some(box => boxHolds(box, point));

/** `conditional`: it hangs on what the lots say. */
function whereIs(answer: FateAnswer, point: Point): 'equal' | 'changed' | 'conditional' | 'undecided' {
  if (answer.undecided.some(({ packets }) => holding(packets.boxes, point))) return 'undecided';
  const change = answer.changed.find(({ packets }) => holding(packets.boxes, point));
  if (!change) return 'equal';
  return change.condition === undefined ? 'changed' : 'conditional';
}

const pointOf = ({ family, iif = SELF, saddr, daddr, protocol, sport = 0, dport = 0, mark }: Packet): Point => ({
  family,
  iif,
  saddr,
  daddr,
  protocol,
  sport,
  dport,
  mark,
});

const boxOf = ({ family, iif, saddr, daddr, protocol, sport, dport, mark }: Point): Box => ({
  family,
  iif: [iif],
  saddr: from(saddr),
  daddr: from(daddr),
  protocol: from(protocol),
  sport: from(sport),
  dport: from(dport),
  mark: { value: mark, mask: 0xffffffff },
});

/** A packet of one of the boxes. */
function inside(random: Random, boxes: readonly Box[]): Point {
  const { family, iif, ...box } = random.pick(boxes);
  const within = (set: Box['saddr']): Address => {
    const { low, high } = random.pick(set);
    if (typeof low === 'bigint' || typeof high === 'bigint')
      return BigInt(low) + (BigInt(Math.floor(random.next() * 2 ** 32)) * (BigInt(high) - BigInt(low))) / 2n ** 32n;
    return random.chance(0.3) ? (random.chance(0.5) ? low : high) : low + Math.floor(random.next() * (high - low + 1));
  };
  return {
    family,
    iif: random.pick(iif),
    saddr: within(box.saddr),
    daddr: within(box.daddr),
    protocol: Number(within(box.protocol)),
    sport: Number(within(box.sport)),
    dport: Number(within(box.dport)),
    mark: 0,
  };
}

function anyPoint(random: Random, names: readonly string[]): Point {
  const family: Family = random.chance(0.6) ? 'ip' : 'ip6';
  const protocol = random.weighted([
    [8, 6],
    [6, 17],
    [2, family === 'ip' ? 1 : 58],
    [1, 132],
    [0.5, 136],
    [0.5, 50],
    [0.5, 51],
    [0.5, 47],
    [0.5, random.integer(0, 255)],
  ]);
  const port = () =>
    random.chance(0.7)
      ? Math.min(65535, Math.max(0, random.pick(PORTS) + random.integer(-1, 1)))
      : random.integer(0, 65535);
  const ports = hasPorts(protocol);
  return {
    family,
    iif: random.chance(0.2) ? SELF : random.pick(names),
    saddr: anyAddress(random, family),
    daddr: anyAddress(random, family),
    protocol,
    sport: ports ? port() : 0,
    dport: ports ? port() : 0,
    mark: 0,
  };
}

function anyAddress(random: Random, family: Family): Address {
  if (random.chance(0.1))
    return family === 'ip'
      ? random.integer(0, 0xffffffff)
      : (BigInt(random.integer(0, 0xffffffff)) << 96n) | BigInt(random.integer(0, 0xffffffff));
  const text = random.pick(
    random.weighted<readonly string[]>([
      [5, placeAddresses(family)],
      [4, SERVICES[family]],
      [3, OWN[family]],
      [2, PREFIXES[family].map(prefix => prefix.split('/')[0] ?? '')],
      [
        1,
        family === 'ip'
          ? ['10.66.1.1', '10.66.2.1', '10.200.0.1', '224.0.0.1', '8.8.8.8']
          : ['fd00:66:1::1', 'ff02::1', '2001:db8::1', 'fe80::1'],
      ],
    ]),
  );
  const address = parseAddress(text) ?? 0;
  if (random.chance(0.75)) return address;
  const by = random.integer(-1, 3);
  return typeof address === 'bigint'
    ? address + BigInt(Math.max(by, 0))
    : Math.min(0xffffffff, Math.max(0, address + by));
}
