import type { Outcome, TraceAnswer } from '../cluster/answer.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { trace } from '../cluster/trace.ts';
import { leadsToPods } from '../kubernetes/interface.ts';
import { MASQUERADE_BIT } from '../kubernetes/meaning.ts';
import type { Namespace } from '../model/namespace.ts';
import { InputError } from '../model/source.ts';
import { type Address, type Family, familyOf, formatAddress, parseAddress } from '../net/address.ts';
import { contains, networkOf, type Prefix, parsePrefix, prefixLength, prefixOf } from '../net/prefix.ts';
import { parseProtocol } from '../net/protocol.ts';
import type { AddressExplained, PathExplained, PathOutcome } from './answer.ts';
import type { Merged } from './merge.ts';

/** A sender of each kind. */
interface Sender {
  readonly from: PathExplained['from'];
  readonly address: Address;
  readonly inRanges?: boolean;
}

/** Walks a first packet from each kind of source to each address of a service, at every node. */
export function pathsOf(
  cluster: Cluster,
  outside: readonly Namespace[],
  nodes: readonly Namespace[],
  service: Merged,
  version: string,
): PathExplained[] {
  return nodes.flatMap(node =>
    service.addresses.flatMap(target => {
      if (!target.fates.some(each => each.node === node.name)) return [];
      const known = target.address === undefined ? undefined : parseAddress(target.address);
      const families: readonly Family[] = known === undefined ? ['ip', 'ip6'] : [familyOf(known)];
      return families.flatMap(family => {
        const address = known ?? ownAddress(node, family);
        if (address === undefined || (known === undefined && !hasFamily(service, family))) return [];
        return sendersAt(cluster, outside, node, family, service).flatMap(
          sender => pathOf(cluster, node, sender, target, address, service, version) ?? [],
        );
      });
    }),
  );
}

const hasFamily = ({ clusterIPs, endpoints }: Merged, family: Family): boolean =>
  clusterIPs.some(text => text.includes(':') === (family === 'ip6')) ||
  endpoints.some(({ address }) => address.includes(':') === (family === 'ip6'));

function pathOf(
  cluster: Cluster,
  node: Namespace,
  { from, address: source }: Sender,
  { kind, port }: AddressExplained,
  address: Address,
  { protocol }: Merged,
  version: string,
): PathExplained | undefined {
  const request = {
    source: { address: source },
    destination: { address, port },
    protocol: parseProtocol(protocol) ?? 6,
    node: node.name,
    ct: 'new' as const,
    ...(from === 'node' && { fromNode: true }),
  };
  let answer: TraceAnswer;
  try {
    answer = trace(cluster, request, { version });
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
  return {
    node: node.name,
    from,
    source: formatAddress(source),
    kind,
    address: formatAddress(address),
    port,
    outcomes: answer.outcomes.map(outcome => outcomeOf(outcome, service(cluster, outcome))),
  };
}

function service({ names }: Cluster, { translations }: Outcome): string | undefined {
  const to = translations.findLast(({ field }) => field === 'destination')?.to.address;
  const address = to === undefined ? undefined : parseAddress(to);
  return address === undefined ? undefined : names.get(address)?.node;
}

function outcomeOf(outcome: Outcome, endpointNode: string | undefined): PathOutcome {
  const { probability, disposition, reason, translations, sourceSeen, decidedBy, hops, reasons } = outcome;
  const dnat = translations.findLast(({ field }) => field === 'destination');
  const snat = translations.findLast(({ field, rule }) => field === 'source' && rule !== undefined);
  const marked = hops.some(({ steps }) =>
    steps.some(step => step.kind === 'rule' && (step.markAfter & MASQUERADE_BIT) !== 0),
  );
  return {
    probability,
    disposition,
    marked,
    ...(dnat?.rule && { dnat: { ...dnat.to, rule: dnat.rule } }),
    ...(snat?.rule && { snat: { rule: snat.rule } }),
    ...(endpointNode !== undefined && { endpointNode }),
    ...(sourceSeen && { sourceSeen: sourceSeen.address }),
    ...(decidedBy && { decidedBy }),
    reason,
    reasons,
  };
}

function sendersAt(
  { names }: Cluster,
  outside: readonly Namespace[],
  node: Namespace,
  family: Family,
  service: Merged,
): Sender[] {
  const senders: Sender[] = [];
  const own = ownAddress(node, family);
  const serving = new Set(service.endpoints.map(({ address }) => address));
  const pods = [...names].flatMap(([address, named]) =>
    familyOf(address) === family && named.kind === 'pod' && named.node === node.name ? [address] : [],
  );
  const pod = pods.find(address => !serving.has(formatAddress(address))) ?? pods[0] ?? besidePods(node, family);
  if (pod !== undefined) senders.push({ from: 'pod', address: pod });
  if (own !== undefined) senders.push({ from: 'node', address: own });
  const ranges = (service.loadBalancerSourceRanges ?? []).flatMap(text => parsePrefix(text) ?? []);
  const inside = ranges.find(range => range.family === family);
  const clients = [...outside.flatMap(host => addressesOf(host, family)), elsewhere(family)];
  const refused = clients.find(address => !ranges.some(range => contains(range, address)));
  if (inside) senders.push({ from: 'outside', address: clients.find(a => contains(inside, a)) ?? within(inside) });
  if (refused !== undefined) senders.push({ from: 'outside', address: refused });
  return senders;
}

/** An address kept for documentation, which is nobody's. */
const elsewhere = (family: Family): Address => (family === 'ip' ? 0xc0000263 : 0x20010db8ffff00000000000000000063n);

/** Some address of a prefix that is not its first one. */
function within(prefix: Prefix): Address {
  const { address } = networkOf(prefix);
  const whole = prefixLength(prefix) === (prefix.family === 'ip' ? 32 : 128);
  if (whole) return address;
  return typeof address === 'number' ? address + 1 : address + 1n;
}

const addressesOf = ({ interfaces }: Namespace, family: Family): Address[] =>
  (interfaces ?? []).flatMap(({ addresses }) =>
    addresses.flatMap(({ address, scope }) => (scope === 'global' && familyOf(address) === family ? [address] : [])),
  );

/** The address that a node is known by: the first one of an interface that leads to no pods. */
function ownAddress(node: Namespace, family: Family): Address | undefined {
  const outward = (node.interfaces ?? []).filter(({ name, flags, kind }) => {
    return !flags.includes('LOOPBACK') && !leadsToPods(name) && kind !== 'vxlan' && kind !== 'dummy';
  });
  const found = outward.flatMap(each => addressesOf({ ...node, interfaces: [each] }, family));
  return found[0] ?? node.localAddresses.find(address => familyOf(address) === family);
}

/** Where no pod is known: who was seen behind an interface that leads to pods, else some address next to one. */
function besidePods(node: Namespace, family: Family): Address | undefined {
  const seen = node.neighbours?.find(
    ({ address, device, mac, proxy }) =>
      !proxy && mac !== undefined && leadsToPods(device ?? '') && familyOf(address) === family,
  );
  if (seen) return seen.address;
  for (const { name, addresses } of node.interfaces ?? []) {
    if (!leadsToPods(name)) continue;
    const own = addresses.find(each => familyOf(each.address) === family && each.prefixLength < 31);
    if (!own) continue;
    const { address } = networkOf(prefixOf(own.address, own.prefixLength));
    return typeof address === 'number' ? address + 200 : address + 200n;
  }
  return undefined;
}
