import { leadsToPods } from '../kubernetes/interface.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Walked } from '../walk/machine.ts';
import type { Disposition, Hop, RulePosition } from '../walk/trace.ts';
import type { ReceiverAnswer } from './answer.ts';
import { endpointAnswer } from './hop.ts';
import type { Names } from './names.ts';

/** What leaves the captured part counts as delivered as far as is known. */
export const countsAsDelivered = (disposition: Disposition): boolean =>
  disposition === 'delivered' || disposition === 'leaves-the-node' || disposition === 'leaves-the-cluster';

/** A walk through one node, and what the cluster knows of its end. */
export interface Visit {
  readonly walked: Walked;
  readonly disposition: Disposition;
  readonly delivered: boolean;
  readonly deliveredTo?: ReceiverAnswer;
  readonly headedFor?: ReceiverAnswer;
}

/** Tells a pod behind one of the node's interfaces from a host that the packet leaves the node for. */
export function visitOf(walked: Walked, namespace: Namespace, names: Names): Visit {
  const { hop } = walked;
  const { disposition } = hop;
  const delivered = countsAsDelivered(disposition);
  const { daddr, dport } = hop.after;
  const at = endpointAnswer({ address: daddr, ...(dport !== undefined && { port: dport }) });
  if (disposition === 'delivered')
    return { walked, disposition, delivered, deliveredTo: { kind: 'socket', node: hop.node, ...at } };
  if (!delivered) return { walked, disposition, delivered };
  const { device, port, nexthop } = hop.out ?? {};
  const named = names.get(daddr);
  const direct = device !== undefined && (nexthop === undefined || nexthop === daddr);
  const local = named?.kind === 'pod' && (named.node === undefined || named.node === hop.node);
  if (direct && (local || (!named && (port !== undefined || isPodSide(namespace, device)))))
    return {
      walked,
      disposition: 'delivered',
      delivered,
      deliveredTo: { kind: local ? 'pod' : 'host', ...(local && { name: named.name }), node: hop.node, ...at },
    };
  const headedFor: ReceiverAnswer = named
    ? { kind: named.kind, name: named.name, ...(named.node !== undefined && { node: named.node }), ...at }
    : { kind: 'host', ...at };
  return { walked, disposition, delivered, headedFor };
}

function isPodSide({ interfaces }: Namespace, device: string): boolean {
  const known = interfaces?.find(({ name }) => name === device);
  return known?.kind === 'bridge' || leadsToPods(device);
}

/** Branches with the same fate, the same last packet and the same rule that decided are one outcome. */
export function visitKey({ walked: { hop }, disposition }: Visit): string {
  const { saddr, daddr, sport, dport, mark, tos, ttl } = hop.after;
  const rule = decisiveRule(hop)?.rule.source;
  const { device, port, nexthop } = hop.out ?? {};
  const text = (value: unknown) => (value === undefined ? '' : String(value));
  const packet = [saddr, daddr, sport, dport, mark, tos, ttl, device, port, nexthop, rule?.file, rule?.line].map(text);
  return JSON.stringify([disposition, hop.reason, ...packet]);
}

/** The rule that the walk names, else the one that chose the destination. */
export function decisiveRule(hop: Hop): RulePosition | undefined {
  if (hop.decidedBy) return hop.decidedBy;
  if (hop.disposition === 'dropped' || hop.disposition === 'undecided') return undefined;
  let chosen: RulePosition | undefined;
  for (const step of hop.steps) if (step.kind === 'translation' && step.field === 'destination') chosen = step.at;
  return chosen;
}
