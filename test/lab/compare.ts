import type { Namespace } from '../../src/model/namespace.ts';
import type { Packet } from '../../src/net/packet.ts';
import { readNamespace } from '../../src/read/snapshot.ts';
import type { Decide } from '../../src/walk/decide.ts';
import { type Arrival, Machine, type Walked } from '../../src/walk/machine.ts';
import type { ConnectionSnapshot, Hop } from '../../src/walk/trace.ts';
import { compareItems } from './align.ts';
import { Answers } from './answers.ts';
import { compareConnections } from './connections.ts';
import { RecordDecide, type Report } from './decide.ts';
import { type Journey, type LabDocument, readDocument } from './document.ts';
import { compareFate } from './fate.ts';
import { formatPacket, inputPacket, isSent } from './packet.ts';
import { type NftForm, nodeFiles } from './state.ts';
import { recordedItems, walkedItems } from './steps.ts';

export interface Difference {
  readonly kind: string;
  readonly node: string | undefined;
  readonly journey: Journey | undefined;
  readonly lines: readonly string[];
}

export interface Comparison {
  readonly journeys: number;
  readonly rules: number;
  readonly differences: readonly Difference[];
}

/** What the comparison asks of a Machine; `connections` is the table that the walks left behind. */
export interface Walker {
  walk(arrival: Arrival, decide: Decide): Walked;
  connections?(): readonly ConnectionSnapshot[];
}

/** Walks every journey of a document and compares; a document that cannot be read is one difference. */
export function compareDocument(
  path: string,
  text: string,
  makeWalker: (namespace: Namespace) => Walker = namespace => new Machine(namespace),
  nft: NftForm = 'json',
): Comparison {
  const differences: Difference[] = [];
  try {
    const document = readDocument(text);
    for (const node of document.nodes) compareNode(document, path, node, nft, makeWalker, differences);
    const steps = document.journeys.flatMap(journey => journey.steps);
    return {
      journeys: document.journeys.reduce((sum, journey) => sum + journey.visits, 0),
      rules: steps.filter(step => step.type === 'rule' && step.table !== 'labtrace').length,
      differences,
    };
  } catch (error) {
    differences.push({ kind: 'document', node: undefined, journey: undefined, lines: [said(error)] });
    return { journeys: 0, rules: 0, differences };
  }
}

function compareNode(
  document: LabDocument,
  path: string,
  node: string,
  nft: NftForm,
  makeWalker: (namespace: Namespace) => Walker,
  differences: Difference[],
): void {
  const reportOf =
    (journey: Journey | undefined): Report =>
    (kind, ...lines) =>
      differences.push({ kind, node, journey, lines });
  try {
    const namespace = readNamespace(node, nodeFiles(document, path, node, nft));
    for (const { severity, file, line, text } of namespace.remarks)
      if (severity === 'error') reportOf(undefined)('remark', `${file}:${line}: ${text}`);
    const walker = makeWalker(namespace);
    const answers = new Answers();
    for (const journey of document.journeys)
      if (journey.node === node) compareJourney(document, journey, namespace, walker, answers, reportOf(journey));
    const connections = walker.connections?.();
    if (connections) compareConnections(document.connections.get(node) ?? [], connections, reportOf(undefined));
  } catch (error) {
    reportOf(undefined)('state', said(error));
  }
}

/** Walks one recorded visit from the record, and compares. */
export function compareJourney(
  document: LabDocument,
  journey: Journey,
  namespace: Namespace,
  walker: Pick<Walker, 'walk'>,
  answers: Answers,
  report: Report,
): void {
  const packet = inputPacket(document, journey);
  if (!packet) {
    report('document', 'the packet cannot be read');
    return;
  }
  const answer = isSent(journey) ? answers.take(journey, packet, report) : undefined;
  const arriving = answer?.packet.inner ? { ...packet, inner: answer.packet.inner } : packet;
  let hop: Hop;
  try {
    const attached = answer?.attached && { attached: answer.attached };
    const through = isSent(journey) && journey.iif !== 'lo' ? journey.iif : undefined;
    const arrival = { packet: arriving, ...attached, ...(through !== undefined && { through }) };
    const walked = walker.walk(arrival, new RecordDecide(document, journey, packet, report));
    hop = walked.hop;
    walked.commit();
  } catch (error) {
    report('crash', said(error));
    return;
  }
  answers.add(journey, hop);
  compareVisit(journey, hop, namespace, report);
}

/** A walk against the record of one visit: every step, the packet, the interfaces and the fate. */
export function compareVisit(journey: Journey, hop: Hop, namespace: Namespace, report: Report): void {
  compareItems(recordedItems(journey, namespace), walkedItems(hop.steps, journey, namespace), report);
  compareEnds(journey, hop, report);
  compareFate(journey.fate, hop, report);
}

/** Interfaces as the last hook saw them, and the packet when it was last seen. */
function compareEnds(journey: Journey, hop: Hop, report: Report): void {
  const packets = hop.steps.flatMap(step => (step.kind === 'hook' || step.kind === 'hook-end' ? [step.packet] : []));
  const last = (name: 'iif' | 'oif') => packets.findLast((packet: Packet) => packet[name] !== undefined)?.[name];
  for (const name of ['iif', 'oif'] as const)
    if (last(name) !== journey[name]) report(name, `recorded ${journey[name]}, walked ${last(name)}`);
  const seen = journey.fate.includes(' by the core') ? entered(hop) : hop.after;
  const after = seen && formatPacket(seen);
  if (after !== journey.after) report('packet after', `recorded ${journey.after}, walked ${after}`);
  if (journey.innerAfter === undefined) return;
  const inner = hop.after.inner && formatPacket(hop.after.inner);
  if (inner !== journey.innerAfter) report('inner packet', `recorded ${journey.innerAfter}, walked ${inner}`);
}

/** Where the core drops a packet the observer last saw it as the hook began. */
const entered = (hop: Hop): Packet | undefined => hop.steps.findLast(step => step.kind === 'hook')?.packet;

const said = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
