import type { Family } from '../../src/net/address.ts';
import { Fields } from './fields.ts';
import { type Probe, type Result, readProbe, readResult, readTopology, type Topology } from './probes.ts';
import { separate } from './separate.ts';
import { returnStrays } from './stray.ts';

/** Kind (req, rep, rst, icmp-error...) and number; joins the visits of one packet. */
export interface Key {
  readonly kind: string;
  readonly id: number;
}

export interface RecordedConnection {
  readonly state: string;
  readonly direction: string;
  readonly status: readonly string[];
}

export interface RecordedStep {
  readonly hook: string;
  readonly table: string;
  readonly chain: string;
  readonly type: string;
  readonly position: number | undefined;
  readonly rule: string | undefined;
  readonly verdict: string | undefined;
  readonly target: string | undefined;
  readonly policy: string | undefined;
  readonly mark: number;
  readonly packet: string | undefined;
  readonly ttl: number | undefined;
  readonly smac: string | undefined;
  readonly connection: RecordedConnection | undefined;
}

/** One visit of one packet to one node, as the kernel's trace has it. */
export interface Journey {
  readonly node: string;
  readonly family: Family;
  readonly key: Key | undefined;
  readonly iif: string | undefined;
  readonly oif: string | undefined;
  /** The IP id or the flow label. */
  readonly id: number | undefined;
  readonly before: string;
  readonly after: string;
  readonly innerBefore: string | undefined;
  readonly innerAfter: string | undefined;
  readonly fate: string;
  readonly steps: readonly RecordedStep[];
  /** Entries of the record that it is made of: 2 where the packet came back by lo. */
  readonly visits: number;
}

export interface RecordedTuple {
  readonly saddr: string;
  readonly daddr: string;
  readonly protocol: number;
  readonly sport: number | undefined;
  readonly dport: number | undefined;
  readonly icmp: { readonly type: number; readonly code: number; readonly id: number } | undefined;
}

export interface RecordedEntry {
  readonly original: RecordedTuple;
  readonly reply: RecordedTuple;
  readonly status: readonly string[];
  readonly mark: number;
}

/** An ICMP error seen on one of the node's wires, with the packet that it is about. */
export interface ErrorFrame {
  readonly node: string;
  readonly direction: string;
  readonly packet: string;
  readonly key: Key;
  readonly inner: string;
}

export interface LabDocument {
  readonly scenario: string;
  readonly variant: string;
  readonly nodes: readonly string[];
  readonly state: ReadonlyMap<string, Fields>;
  /** Source port, or ICMP id, of each probe by its number. */
  readonly sports: ReadonlyMap<number, number>;
  readonly journeys: readonly Journey[];
  readonly probes: readonly Probe[];
  /** In the order of the probes. */
  readonly results: readonly Result[];
  readonly topology: Topology;
  /** The description says that the probes were sent with wrong checksums, which no other field tells. */
  readonly wrongChecksums: boolean;
  readonly errorFrames: readonly ErrorFrame[];
  /** Packets on the wires, as texts, in their order. */
  readonly wire: readonly string[];
  /** Of a transfer by TFTP whether it worked. */
  readonly transferred: boolean | undefined;
  /** By node, both families: what `conntrack -L` showed at the end, and all entries that ever were. */
  readonly connections: ReadonlyMap<string, readonly RecordedEntry[]>;
  readonly everSeen: ReadonlyMap<string, readonly RecordedEntry[]>;
}

/** Whether a file's text may be such a document, before it is parsed. */
export const looksLikeDocument = (text: string): boolean =>
  text.includes('"observed"') && text.includes('"node_state_before"');

export function readDocument(text: string): LabDocument {
  const parsed: unknown = JSON.parse(text);
  const top = Fields.of(parsed, 'document');
  const state = new Map(
    top
      .fields('node_state_before')
      .entries()
      .map(([node, value]) => [node, Fields.of(value, node)]),
  );
  const journeys = top.objects('observed').map(readJourney);
  const nodes = [...new Set(journeys.map(journey => journey.node))];
  const connections = new Map<string, RecordedEntry[]>();
  const everSeen = new Map<string, RecordedEntry[]>();
  for (const node of nodes) {
    const after = ['conntrack_after', 'conntrack6_after'].flatMap(name => byNode(top, name, node));
    connections.set(node, after.map(readEntry));
    const events = byNode(top, 'conntrack_events', node).filter(event => event.has('orig'));
    everSeen.set(node, [...after, ...events].map(readEntry));
  }
  const sports = new Map<number, number>();
  for (const probe of top.objects('probes')) {
    const id = probe.maybeNumber('id');
    const sport = probe.maybeNumber('sport');
    if (id !== undefined && sport !== undefined) sports.set(id, sport);
  }
  return {
    scenario: top.text('scenario'),
    variant: top.text('variant'),
    nodes,
    state,
    sports,
    probes: top.objects('probes').map(readProbe),
    results: top.objects('result').map(readResult),
    topology: readTopology(top.fields('topology')),
    journeys: joinLoopback(returnStrays(top.text('variant') === 'iptables-legacy' ? separate(journeys) : journeys)),
    wrongChecksums: /wrong .*checksum/.test(top.maybeText('description') ?? ''),
    wire: top.objects('wire').flatMap(frame => frame.maybeText('pkt') ?? []),
    transferred: top.has('transfer_ok') ? top.value('transfer_ok') === true : undefined,
    errorFrames: top.objects('wire').flatMap(readErrorFrame),
    connections,
    everSeen,
  };
}

const byNode = (top: Fields, name: string, node: string): readonly Fields[] =>
  top.has(name) ? top.fields(name).objects(node) : [];

function readKey(fields: Fields): Key | undefined {
  const [kind, id] = fields.list('key');
  return typeof kind === 'string' && typeof id === 'number' ? { kind, id } : undefined;
}

function readJourney(fields: Fields): Journey {
  return {
    node: fields.text('node'),
    family: fields.maybeText('family') === 'ip6' ? 'ip6' : 'ip',
    key: readKey(fields),
    iif: fields.maybeText('iif'),
    oif: fields.maybeText('oif'),
    id: fields.maybeNumber('ip_id') ?? fields.maybeNumber('flow_label'),
    before: fields.text('nat_before'),
    after: fields.text('nat_after'),
    innerBefore: fields.maybeText('inner_before'),
    innerAfter: fields.maybeText('inner_after'),
    fate: fields.text('fate'),
    steps: fields.objects('steps').map(readStep),
    visits: 1,
  };
}

function readStep(fields: Fields): RecordedStep {
  return {
    hook: fields.text('hook'),
    table: fields.text('table'),
    chain: fields.text('chain'),
    type: fields.text('type'),
    position: fields.maybeNumber('pos'),
    rule: fields.maybeText('rule'),
    verdict: fields.maybeText('verdict'),
    target: fields.maybeText('target'),
    policy: fields.maybeText('policy'),
    mark: fields.number('mark'),
    packet: fields.maybeText('pkt'),
    ttl: fields.maybeNumber('ttl'),
    smac: fields.maybeText('smac'),
    connection: fields.has('ct_state')
      ? {
          state: fields.text('ct_state'),
          direction: fields.maybeText('ct_dir') ?? 'original',
          status: fields.texts('ct_status'),
        }
      : undefined,
  };
}

function readErrorFrame(fields: Fields): readonly ErrorFrame[] {
  const key = readKey(fields);
  if (!key || !fields.has('inner')) return [];
  const node = fields.text('ns');
  const direction = fields.text('dir');
  return [{ node, direction, key, packet: fields.text('pkt'), inner: fields.text('inner') }];
}

function readTuple(fields: Fields): RecordedTuple {
  const id = fields.maybeNumber('icmp_id');
  return {
    saddr: fields.text('src'),
    daddr: fields.text('dst'),
    protocol: fields.number('proto'),
    sport: fields.maybeNumber('sport'),
    dport: fields.maybeNumber('dport'),
    icmp: id === undefined ? undefined : { id, type: fields.number('icmp_type'), code: fields.number('icmp_code') },
  };
}

const readEntry = (fields: Fields): RecordedEntry => ({
  original: readTuple(fields.fields('orig')),
  reply: readTuple(fields.fields('reply')),
  status: fields.texts('status'),
  mark: fields.maybeNumber('mark') ?? 0,
});

/** A packet that leaves by lo and comes back is two entries of the record, and one walk. */
function joinLoopback(journeys: readonly Journey[]): readonly Journey[] {
  const joined: Journey[] = [];
  for (const journey of journeys) {
    const at = journey.iif === 'lo' ? joined.findLastIndex(earlier => isLoopedTo(earlier, journey)) : -1;
    const earlier = joined[at];
    if (!earlier) joined.push(journey);
    else
      joined[at] = {
        ...earlier,
        iif: journey.iif,
        after: journey.after,
        innerAfter: journey.innerAfter ?? earlier.innerAfter,
        fate: journey.fate,
        steps: [...earlier.steps, ...journey.steps],
        visits: 2,
      };
  }
  return joined;
}

const isLoopedTo = (earlier: Journey, journey: Journey): boolean =>
  earlier.visits === 1 &&
  earlier.node === journey.node &&
  earlier.family === journey.family &&
  earlier.iif === undefined &&
  earlier.oif === 'lo' &&
  earlier.id === journey.id &&
  earlier.key?.kind === journey.key?.kind &&
  earlier.key?.id === journey.key?.id &&
  earlier.after === journey.before;
