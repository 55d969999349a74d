import type { Outcome } from '../../../src/cluster/answer.ts';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { trace } from '../../../src/cluster/trace.ts';
import { parseAddress } from '../../../src/net/address.ts';
import { TCP, UDP } from '../../../src/net/packet.ts';
import type { Flow } from './flows.ts';
import { PLACES } from './topology.ts';

/** What the sender may get, as the walk tells it: by the chances that it leaves open there are several. */
export function predict(cluster: Cluster, flow: Flow): ReadonlySet<string> {
  const { from, protocol, sport, destination, dport, by } = flow;
  const source = by === 'loopback node port' ? '127.0.0.1' : flow.source;
  const answer = trace(
    cluster,
    {
      source: { address: addressOf(source), port: sport },
      destination: { address: addressOf(destination), port: dport },
      protocol: protocol === 'tcp' ? TCP : UDP,
      reply: true,
      ...(from.kind === 'node' && { node: from.name, fromNode: true }),
    },
    { version: 'test' },
  );
  return new Set(answer.outcomes.flatMap(outcome => resultsOf(outcome, flow)));
}

export function addressOf(text: string): NonNullable<ReturnType<typeof parseAddress>> {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is not an address`);
  return address;
}

function resultsOf(
  { disposition, reason, answered, deliveredTo, sourceSeen, hops }: Outcome,
  flow: Flow,
): readonly string[] {
  if (deliveredTo) {
    if (!answered?.accepted) return ['nothing'];
    // Sockets of pods are not captured.
    if (flow.by === 'closed port' && deliveredTo.kind === 'pod') return ['refused'];
    const server = PLACES.find(({ ip, ip6 }) => ip === deliveredTo.address || ip6 === deliveredTo.address);
    return [`answered ${server?.name} ${sourceSeen?.address}`];
  }
  const bySender = hops.length === 1 && flow.from.kind === 'node';
  switch (disposition) {
    case 'rejected':
      // The error comes by lo; what UDP is told first is that its packet did not leave (EPERM).
      return bySender ? ['refused', 'forbidden'] : ['refused'];
    case 'refused':
      return ['refused'];
    case 'dropped':
      return bySender && flow.protocol === 'udp' ? ['forbidden'] : ['nothing'];
    // Soft errors of UDP, which is not told of them; TCP gives up by them while it connects.
    case 'no-route':
    case 'ttl-exceeded':
    case 'loop':
      return ['unreachable', 'nothing'];
    case 'neighbour-unreachable':
    case 'martian':
    case 'reverse-path':
      return ['nothing'];
    default:
      return [`${disposition}: ${reason}`];
  }
}
