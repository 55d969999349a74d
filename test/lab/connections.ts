import type { Tuple } from '../../src/model/conntrack.ts';
import { formatEndpoint, parseAddress } from '../../src/net/address.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../../src/net/packet.ts';
import type { ConnectionSnapshot } from '../../src/walk/trace.ts';
import type { Report } from './decide.ts';
import type { RecordedEntry, RecordedTuple } from './document.ts';
import { hex, statusText } from './steps.ts';

interface Entry {
  readonly reply: string;
  readonly mark: number;
  readonly status: string;
}

/** Protocols of the lab's packets; the kernel's own chatter (IGMP) is not among the journeys. */
const COMPARED = new Set([TCP, UDP, ICMP, ICMPV6]);

/** Holds the connections that the walks left behind against what the node's table showed. */
export function compareConnections(
  recorded: readonly RecordedEntry[],
  walked: readonly ConnectionSnapshot[],
  report: Report,
): void {
  const theirs = new Map<string, Entry>();
  for (const { original, reply, mark, status } of recorded)
    if (COMPARED.has(original.protocol))
      theirs.set(recordedTuple(original), { reply: recordedTuple(reply), mark, status: statusText(status) });
  const ours = new Map<string, Entry>();
  for (const { original, reply, mark, status } of walked)
    if (original && reply && COMPARED.has(original.protocol))
      ours.set(tupleText(original), { reply: tupleText(reply), mark: mark ?? 0, status: statusText(status) });
  for (const [tuple, entry] of theirs) {
    const own = ours.get(tuple);
    if (!own) report('conntrack', `no connection ${tuple} after the walks`);
    else {
      if (own.reply !== entry.reply)
        report('conntrack', `${tuple}: reply recorded ${entry.reply}, walked ${own.reply}`);
      if (own.mark !== entry.mark)
        report('conntrack', `${tuple}: mark recorded ${hex(entry.mark)}, walked ${hex(own.mark)}`);
      if (own.status !== entry.status)
        report('conntrack', `${tuple}: status recorded ${entry.status}, walked ${own.status}`);
    }
  }
  for (const tuple of ours.keys()) if (!theirs.has(tuple)) report('conntrack', `no connection ${tuple} was recorded`);
}

function tupleText({ saddr, daddr, protocol, sport, dport, icmp }: Tuple): string {
  if (icmp)
    return `${protocol} ${formatEndpoint(saddr)} > ${formatEndpoint(daddr)} type ${icmp.type} code ${icmp.code} id ${icmp.id}`;
  return `${protocol} ${formatEndpoint(saddr, sport)} > ${formatEndpoint(daddr, dport)}`;
}

function recordedTuple({ saddr, daddr, sport, dport, icmp, protocol }: RecordedTuple): string {
  const from = parseAddress(saddr);
  const to = parseAddress(daddr);
  if (from === undefined || to === undefined) throw new Error(`a connection of ${saddr} with ${daddr}`);
  return tupleText({
    saddr: from,
    daddr: to,
    protocol,
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
    ...(icmp && { icmp }),
  });
}
