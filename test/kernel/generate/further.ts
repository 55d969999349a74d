import type { PacketSpec, Wish } from '../observation.ts';
import { PLACES } from '../topology.ts';
import type { Random } from './random.ts';

/** What clients begin with, and servers: the numbers of SYN and SYN-ACK, the tags of INIT and INIT ACK. */
export const SEQ = { client: 1000, server: 5000 } as const;
const TAG = { client: 7, server: 9 } as const;

/** A further packet of a flow: the same again, or what may come next in its connection. */
export function further(random: Random, packet: PacketSpec, turn: number): PacketSpec {
  if (random.chance(0.2)) return packet;
  if (packet.protocol === 'tcp') return segment(random, packet, turn);
  return packet.protocol === 'sctp' ? chunk(random, packet) : packet;
}

/** Mostly in its windows; now and then anywhere. */
function segment(random: Random, packet: PacketSpec, turn: number): PacketSpec {
  // What acknowledges a SYN-ACK of the node's own stack is out of its window: such flows mostly begin and abort.
  const own = !PLACES.some(place => place[packet.family] === packet.daddr);
  const flags =
    own && random.chance(0.8)
      ? random.pick(['R', 'S'])
      : turn === 2
        ? 'A'
        : random.pick(['A', 'PA', 'FA', 'R', 'RA', 'S', 'SA']);
  const { mss: _, options: __, scale: ___, ...rest } = packet;
  const isSyn = flags === 'S';
  const seq = random.chance(0.75) ? SEQ.client + (isSyn ? 0 : 1) : oddNumber(random, SEQ.client);
  const ack = flags.includes('A') ? (random.chance(0.8) ? SEQ.server + 1 : oddNumber(random, SEQ.server)) : 0;
  const payload = flags === 'PA' ? random.pick(['hello', 'hello', 'x'.repeat(200)]) : '';
  const window = random.chance(0.2) ? { window: random.pick([0, 1, 1000, 65535]) } : {};
  const edges = flags.includes('A') && random.chance(0.05) ? { sack: [ack + 1, ack + random.pick([1, 5, 300])] } : {};
  return { ...rest, flags, seq, ack, payload, ...window, ...(isSyn ? opening(random) : edges) };
}

const oddNumber = (random: Random, base: number): number =>
  base + random.pick([-1000, -1, 0, 1, 2, 6, 200, 1000, 64240, 64241, 64250, 70000, 200_000, 0x8000_0000]);

/** Options that SYNs carry for connection tracking. */
export const opening = (random: Random): Partial<PacketSpec> => ({
  ...(random.chance(0.3) && { options: [4, 1, 1] }),
  ...(random.chance(0.15) && { scale: random.pick([0, 1, 7, 15]) }),
  ...(random.chance(0.1) && { window: random.pick([0, 1, 1000]) }),
});

const CHUNKS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14];

function chunk(random: Random, packet: PacketSpec): PacketSpec {
  const type = random.pick(CHUNKS);
  const tag = type === 1 && random.chance(0.9) ? 0 : random.pick([TAG.server, TAG.server, TAG.client, 0, 5]);
  return { ...packet, chunk: type, tag, chunkFlags: random.integer(0, 1), initTag: random.pick([7, 7, 8]) };
}

/** How whoever gets the packet answers. */
export function wishes(random: Random, packet: PacketSpec): Wish[] {
  if (!random.chance(0.55)) return [];
  const errors: readonly (readonly [number, number])[] =
    packet.family === 'ip'
      ? [
          [3, 3],
          [3, 1],
          [11, 0],
        ]
      : [
          [1, 4],
          [1, 0],
          [3, 0],
        ];
  if (random.chance(0.15)) {
    const [type, code] = random.pick(errors);
    return [{ kind: 'error', type, code }];
  }
  if (packet.protocol === 'sctp') return [association(random, packet)];
  if (packet.protocol !== 'tcp') return [{ kind: 'reply' }];
  const isSyn = packet.flags === 'S';
  const first = isSyn
    ? random.weighted([
        [6, 'SA'],
        [2, 'RA'],
        [0.5, 'A'],
        [0.5, 'S'],
      ])
    : random.weighted([
        [4, 'A'],
        [1, 'FA'],
        [1, 'R'],
        [0.5, 'SA'],
      ]);
  const usual = first === 'R' || first === 'RA' || !isSyn ? SEQ.server + (isSyn ? 0 : 1) : SEQ.server;
  const seq = random.chance(0.85) ? usual : oddNumber(random, SEQ.server);
  return [
    { kind: 'reply', flags: first, seq, ...(first.startsWith('S') && opening(random)) },
    { kind: 'reply', to: 'handshake', flags: random.pick(['A', 'R', 'RA']), seq: SEQ.client + 1 },
  ];
}

/** What answers a chunk, usually by the tag that its sender wants. */
function association(random: Random, { chunk: asked = 1 }: PacketSpec): Wish {
  const answer: Readonly<Record<number, number>> = { 0: 3, 1: 2, 4: 5, 7: 8, 8: 14, 10: 11 };
  const type = random.chance(0.8) ? (answer[asked] ?? 6) : random.pick(CHUNKS);
  const tag = random.chance(0.85) ? TAG.client : random.pick([0, 5, TAG.server]);
  return { kind: 'reply', chunk: type, tag, chunkFlags: random.integer(0, 1), initTag: TAG.server };
}
