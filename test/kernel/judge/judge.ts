import type { Namespace } from '../../../src/model/namespace.ts';
import type { LocalSocket } from '../../../src/model/socket.ts';
import { isIcmpError, type Packet } from '../../../src/net/packet.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';
import { Machine } from '../../../src/walk/machine.ts';
import type { Answer, Attached, Disposition, Hop } from '../../../src/walk/trace.ts';
import type { Difference } from '../compare.ts';
import type { Fate, Journey, Observation, Probe, Snapshot } from '../observation.ts';
import { LISTENING, TRANSPARENT_PORT } from '../topology.ts';
import { addressOf, arriving } from './arrival.ts';
import { ObservedDecide, place, type Report } from './decide.ts';
import { compareItems, observedItems, walkedItems } from './items.ts';
import { packetText, seenText } from './texts.ts';

/** Walks what was observed of one ruleset's probes, in their order, and lists what the kernel did otherwise. */
export class Judge {
  readonly #machine: Machine;
  #waiting: Answer[] = [];
  #walked: { readonly hop: Hop; readonly attached: Attached | undefined }[] = [];
  readonly remarks: readonly string[];

  constructor(snapshot: Snapshot, change: (namespace: Namespace) => Namespace = n => n) {
    const files = Object.entries(snapshot.files).map(([path, text]) => ({ path, text }));
    const namespace = change({ ...readNamespace('node', files), sockets: listening() });
    this.remarks = namespace.remarks.filter(r => r.severity === 'error').map(r => `${r.file}:${r.line}: ${r.text}`);
    this.#machine = new Machine(namespace, { fresh: true });
  }

  compare(probe: Probe, observed: Observation): Difference[] {
    const differences: Difference[] = [];
    this.#waiting = [];
    this.#walked = [];
    for (const [index, journey] of joinLoopback(observed.journeys).entries()) {
      const report: Report = (what, kernel, walk) =>
        differences.push({ probe: probe.id, journey: index, what, kernel, walk });
      if (observed.copies) continue;
      this.#journey(probe, observed, journey, report);
    }
    return differences;
  }

  #journey(probe: Probe, observed: Observation, journey: Journey, report: Report): void {
    const injected = journey.injected < 0 ? undefined : observed.injected[journey.injected];
    const packet = arriving(probe, journey, injected);
    if (!packet) {
      report('packet', 'seen', 'cannot be read');
      return;
    }
    const answer = journey.injected < 0 ? this.#take(journey, packet) : undefined;
    const arrival = answer ? { ...packet, ...(answer.packet.inner && { inner: answer.packet.inner }) } : packet;
    let hop: Hop;
    try {
      const walked = this.#machine.walk(
        { packet: arrival, sockets: socketsOf(probe), ...(answer?.attached && { attached: answer.attached }) },
        new ObservedDecide(journey, report),
      );
      hop = walked.hop;
      this.#walked.push({ hop, attached: walked.attached() });
      walked.commit();
    } catch (error) {
      report('crash', 'no', error instanceof Error ? (error.stack ?? error.message) : String(error));
      return;
    }
    this.#waiting.push(...hop.answers);
    compareItems(observedItems(journey), walkedItems(hop.steps), report);
    compareFate(journey.fate, hop, report);
  }

  /** The answer that the walk expected, if this packet of the node's own is one; else what the node's stack says. */
  #take({ packet: seen }: Journey, packet: Packet): Answer | undefined {
    if (!seen) return undefined;
    const text = seenText(seen);
    const at = this.#waiting.findIndex(answer => packetText(answer.packet) === text);
    if (at >= 0) return this.#waiting.splice(at, 1)[0];
    if (!isIcmpError(packet)) return undefined;
    const about = this.#walked.findLast(
      ({ hop }) => hop.disposition === 'delivered' || hop.disposition === 'leaves-the-node',
    );
    if (!about) return undefined;
    return {
      what: 'the stack',
      packet: { ...packet, inner: about.hop.after },
      ...(about.attached && { attached: about.attached }),
    };
  }
}

/** The node's own, which topology.ts opens. */
function listening(): LocalSocket[] {
  const any = (protocol: 'tcp' | 'udp', port: number, transparent: boolean): LocalSocket[] =>
    [0, 0n].map(address => ({ protocol, address, port, transparent, mark: 0 }));
  return [
    ...LISTENING.udp.flatMap(port => any('udp', port, false)),
    ...LISTENING.tcp.flatMap(port => any('tcp', port, false)),
    ...any('udp', TRANSPARENT_PORT, true),
  ];
}

/** The socket that sent a probe waits for its answers. */
function socketsOf({ via, packet }: Probe): readonly LocalSocket[] {
  if (via.kind !== 'socket' || via.close || packet.sport === undefined) return [];
  const address = via.bind === undefined ? (packet.family === 'ip' ? 0 : 0n) : addressOf(via.bind);
  return [{ protocol: 'udp', address, port: packet.sport, transparent: false, mark: via.mark ?? 0 }];
}

/** Out by lo and in again is one walk: the record has two journeys of it. */
function joinLoopback(journeys: readonly Journey[]): Journey[] {
  const joined: Journey[] = [];
  const open: Journey[] = [];
  for (const journey of journeys) {
    const last = open.findIndex(
      one => one.packet?.id === journey.packet?.id && one.packet?.protocol === journey.packet?.protocol,
    );
    const first = journey.iif === 'lo' ? open[last] : undefined;
    if (first) {
      open.splice(last, 1);
      joined[joined.indexOf(first)] = { ...first, steps: [...first.steps, ...journey.steps], fate: journey.fate };
      continue;
    }
    joined.push(journey);
    if (journey.oif === 'lo' && journey.fate.kind === 'sent') open.push(journey);
  }
  return joined;
}

const ALLOWED: Readonly<Record<Fate['kind'], readonly Disposition[]>> = {
  sent: ['leaves-the-node', 'neighbour-unreachable'],
  'to-local': ['delivered', 'refused'],
  ended: [
    'no-route',
    'reverse-path',
    'martian',
    'forwarding-disabled',
    'ttl-exceeded',
    'bridge-dropped',
    'neighbour-unreachable',
  ],
  dropped: ['dropped', 'rejected'],
  'ended-in-hook': ['nat-dropped', 'no-route', 'martian', 'consumed'],
  'nothing-seen': ['martian', 'no-route', 'leaves-the-node', 'bridge-dropped'],
};

function compareFate(fate: Fate, hop: Hop, report: Report): void {
  if (!ALLOWED[fate.kind].includes(hop.disposition)) report('fate', fate.kind, `${hop.disposition} (${hop.reason})`);
  if (fate.kind !== 'dropped') return;
  const { owner, table, chain, number } = fate.by;
  const kernel = number === undefined ? `policy of ${table} ${chain}` : `${owner} ${table} ${chain} ${number}`;
  const walk = hop.decidedBy ? place(hop.decidedBy) : hop.reason.replace(' is DROP', '');
  if (kernel !== walk) report('decided by', kernel, walk);
}
