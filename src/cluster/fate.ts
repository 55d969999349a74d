import { leadsToPods } from '../kubernetes/interface.ts';
import type { Disposition, RulePosition } from '../walk/trace.ts';
import type { ReceiverAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';
import { endpointAnswer } from './hop.ts';
import type { Journey, Visit } from './journey.ts';
import type { Session } from './session.ts';

/** What leaves the captured part counts as delivered as far as is known. */
export const countsAsDelivered = (disposition: Disposition): boolean =>
  disposition === 'delivered' || disposition === 'leaves-the-node' || disposition === 'leaves-the-cluster';

/** How a packet's journey ended, and who has it. */
export interface Fate {
  readonly journey: Journey;
  /** The namespaces as the packet left them. */
  readonly session: Session;
  readonly last: Visit;
  readonly disposition: Disposition;
  readonly delivered: boolean;
  readonly deliveredTo?: ReceiverAnswer;
  readonly headedFor?: ReceiverAnswer;
}

/** Tells a pod behind one of a node's interfaces from a host that the packet leaves what was captured for. */
export function fateOf(cluster: Cluster, session: Session, journey: Journey): Fate {
  const last = journey.visits.at(-1);
  if (!last) throw new Error('a journey without a visit');
  const { host, walked, next } = last;
  const { hop } = walked;
  const { disposition } = journey;
  const delivered = countsAsDelivered(disposition);
  const { daddr, dport } = hop.after;
  const at = endpointAnswer({ address: daddr, ...(dport !== undefined && { port: dport }) });
  const fate = { journey, session, last, disposition, delivered };
  if (disposition === 'delivered') return { ...fate, deliveredTo: { ...receiverAt(last), ...at } };
  if (!delivered) return fate;
  const { device, nexthop } = hop.out ?? {};
  const named = cluster.names.get(daddr);
  const direct = device !== undefined && (nexthop === undefined || nexthop === daddr);
  const local = named?.kind === 'pod' && (named.node === undefined || named.node === host.name);
  const behind = next ? next.kind === 'behind' : !last.tunnel && (local || (!named && leadsToPods(device ?? '')));
  if (direct && behind) {
    const receiver = local ? { kind: 'pod' as const, name: named.name } : { kind: 'host' as const };
    return { ...fate, disposition: 'delivered', deliveredTo: { ...receiver, node: host.name, ...at } };
  }
  const headedFor: ReceiverAnswer = named
    ? { kind: named.kind, name: named.name, ...(named.node !== undefined && { node: named.node }), ...at }
    : { kind: 'host', ...at };
  return { ...fate, headedFor };
}

function receiverAt({ host }: Visit): Pick<ReceiverAnswer, 'kind' | 'name' | 'node'> {
  if (host.kind === 'node') return { kind: 'socket', node: host.name };
  if (host.kind === 'outside') return { kind: 'host', name: host.name };
  return { kind: 'pod', name: host.name, ...(host.node !== undefined && { node: host.node }) };
}

/** Journeys with the same fate, the same last packet and the same rule that decided are one outcome. */
export function fateKey({ journey, last, disposition }: Fate): string {
  const { hop } = last.walked;
  const { saddr, daddr, sport, dport, mark, tos, ttl } = hop.after;
  const rule = decisiveRule(journey)?.at.rule.source;
  const { device, port, nexthop } = hop.out ?? {};
  const text = (value: unknown) => (value === undefined ? '' : String(value));
  const packet = [saddr, daddr, sport, dport, mark, tos, ttl, device, port, nexthop, rule?.file, rule?.line].map(text);
  return JSON.stringify([disposition, journey.reason, last.host.kind, last.host.name, ...packet]);
}

/** The rule that the last walk names, else the one that chose the destination, with the host that has it. */
export function decisiveRule({ visits, disposition }: Journey): { host: string; at: RulePosition } | undefined {
  const last = visits.at(-1);
  if (last?.walked.hop.decidedBy) return { host: last.host.name, at: last.walked.hop.decidedBy };
  if (disposition === 'dropped' || disposition === 'undecided') return undefined;
  let chosen: { host: string; at: RulePosition } | undefined;
  for (const { host, walked } of visits)
    for (const step of walked.hop.steps)
      if (step.kind === 'translation' && step.field === 'destination' && step.at)
        chosen = { host: host.name, at: step.at };
  return chosen;
}
