import type { ConntrackEntry, Tuple } from '../../../src/model/conntrack.ts';
import { formatAddress } from '../../../src/net/address.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';
import type { ConnectionSnapshot } from '../../../src/walk/trace.ts';
import type { Observation, SeenEntry, SeenTuple, Snapshot } from '../observation.ts';

/** A connection in which kernel and walk do not agree. */
export interface Disagreement {
  readonly connection: string;
  readonly kernel: string;
  readonly walk: string;
}

/**
 * Holds the kernel's table after the last packet, as the project's readers take it, against the walk's. Entries that
 * the kernel deleted meanwhile are left aside.
 */
export function compareConnections(
  after: Pick<Snapshot, 'files'>,
  walked: readonly ConnectionSnapshot[],
  observed: readonly Observation[],
): Disagreement[] {
  const files = Object.entries(after.files).map(([path, text]) => ({ path, text }));
  const kernel = new Map((readNamespace('node', files).conntrack ?? []).map(entry => [keyOf(entry), entryText(entry)]));
  const walk = new Map(walked.flatMap(one => (one.original ? [[nameOf(one.original, one.zone), textOf(one)]] : [])));
  const destroyed = new Set(
    observed.flatMap(({ connections = [] }) =>
      connections.flatMap(one => (one.event === 'destroyed' ? [seenKey(one)] : [])),
    ),
  );
  return [...new Set([...kernel.keys(), ...walk.keys()])].flatMap(connection => {
    const [theirs, ours] = [kernel.get(connection) ?? 'none', walk.get(connection) ?? 'none'];
    return theirs === ours || destroyed.has(connection) ? [] : [{ connection, kernel: theirs, walk: ours }];
  });
}

function tupleText({ saddr, daddr, protocol, sport, dport, icmp }: Tuple): string {
  const message = icmp && `type ${icmp.type}/${icmp.code} id ${icmp.id}`;
  const ports = sport === undefined ? '' : `ports ${sport} ${dport}`;
  return `${protocol} ${formatAddress(saddr)} > ${formatAddress(daddr)} ${message ?? ports}`.trim();
}

const nameOf = (original: Tuple, zone = 0): string => `${tupleText(original)} zone ${zone}`;
const keyOf = (entry: ConntrackEntry): string =>
  nameOf(entry.original, entry.zone || entry.zoneOriginal || entry.zoneReply || 0);

const stateText = (reply: Tuple, mark: number, words: readonly string[]): string =>
  [`reply ${tupleText(reply)} mark ${mark}`, ...words].join(' ');

const entryText = ({ reply, mark, unreplied, assured, protocolState }: ConntrackEntry): string =>
  stateText(reply, mark, [
    ...(protocolState === undefined ? [] : [protocolState]),
    ...(unreplied ? [] : ['SEEN_REPLY']),
    ...(assured ? ['ASSURED'] : []),
  ]);

const textOf = ({ original, reply, mark = 0, status, protocolState }: ConnectionSnapshot): string =>
  reply
    ? stateText(reply, mark, [
        ...(protocolState === undefined ? [] : [protocolState]),
        ...(['SEEN_REPLY', 'ASSURED'] as const).filter(bit => status.includes(bit)),
      ])
    : `${original?.protocol}`;

function seenKey({ original, zone, zoneOriginal, zoneReply }: SeenEntry): string {
  const { saddr, daddr, protocol, sport, dport, icmpType, icmpCode = 0, icmpId = 0 }: SeenTuple = original;
  const message = icmpType === undefined ? undefined : `type ${icmpType}/${icmpCode} id ${icmpId}`;
  const ports = sport === undefined ? '' : `ports ${sport} ${dport}`;
  const text = `${protocol} ${saddr} > ${daddr} ${message ?? ports}`.trim();
  return `${text} zone ${zone || zoneOriginal || zoneReply || 0}`;
}
