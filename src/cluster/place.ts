import { leadsToPods } from '../kubernetes/interface.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Route } from '../model/route.ts';
import { InputError } from '../model/source.ts';
import { type Address, formatAddress } from '../net/address.ts';
import { contains, prefixLength, prefixOf } from '../net/prefix.ts';
import type { AssumptionAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';
import type { TraceRequest } from './request.ts';

/** Where the packet starts; without `iif` the node itself sends it. */
export interface Place {
  readonly node: Namespace;
  readonly iif?: string;
  readonly assumptions: readonly AssumptionAnswer[];
}

export function choosePlace(cluster: Cluster, request: TraceRequest): Place {
  const { address } = request.source;
  const assumptions: AssumptionAnswer[] = [];
  const node = chooseNode(cluster, request, assumptions);
  if (request.fromNode) return { node, assumptions };
  if (request.in !== undefined) {
    const iif = checkInterface(node, request.in);
    const port = bridgePortOf(node, iif, address);
    if (port === undefined) return { node, iif, assumptions };
    const what = `it comes in by ${port}, the port of ${iif} behind which ${formatAddress(address)} is`;
    return { node, iif: port, assumptions: [{ what, change: '--in PORT' }, ...assumptions] };
  }
  if (isLocal(node, address)) {
    assumptions.push({ what: `${node.name} sends it itself: ${formatAddress(address)} is its own`, change: '--in' });
    return { node, assumptions };
  }
  const { device, why } = interfaceTowards(node, address);
  assumptions.push({ what: `it comes in by ${device}, ${why}`, change: '--in' });
  return { node, iif: device, assumptions };
}

function chooseNode({ nodes, names }: Cluster, request: TraceRequest, assumptions: AssumptionAnswer[]): Namespace {
  const list = [...nodes.keys()].join(', ');
  if (request.node !== undefined) {
    const node = nodes.get(request.node);
    if (!node) throw new InputError(`there is no node ${request.node}; there is ${list}`);
    return node;
  }
  const [only, ...others] = nodes.values();
  if (!only) throw new InputError('nothing to walk through: no node was captured; give a snapshot or files');
  if (others.length === 0) return only;
  const { address } = request.source;
  const text = formatAddress(address);
  const owners = [...nodes.values()].filter(node => isLocal(node, address));
  const pod = names.get(address);
  const host = pod?.kind === 'pod' && pod.node !== undefined ? nodes.get(pod.node) : undefined;
  const behind = [...nodes.values()].filter(node => {
    const route = routeTo(node, address);
    const device = route?.nexthops[0]?.device;
    return device !== undefined && route?.nexthops[0]?.gateway === undefined && leadsToPods(device);
  });
  const choose = (node: Namespace, why: string) => {
    assumptions.push({ what: `it starts at ${node.name}: ${why}`, change: '--node' });
    return node;
  };
  if (owners.length === 1 && owners[0]) return choose(owners[0], `${text} is an address of it`);
  if (host && pod) return choose(host, `${text} is pod ${pod.name}, which runs there`);
  if (behind.length === 1 && behind[0]) return choose(behind[0], `${text} is behind one of its interfaces`);
  throw new InputError(`${text} could come to any of the nodes ${list}; say to which one with --node`);
}

const isLocal = (node: Namespace, address: Address): boolean =>
  node.localAddresses.includes(address) ||
  (node.interfaces ?? []).some(({ addresses }) => addresses.some(own => own.address === address));

function checkInterface(node: Namespace, name: string): string {
  const { interfaces } = node;
  if (!interfaces || interfaces.some(known => known.name === name)) return name;
  const list = interfaces.map(known => known.name).join(', ');
  throw new InputError(`--in: ${node.name} has no interface ${name}; it has ${list}`);
}

/** The interface that an address is behind, as far as is known. */
export function interfaceTowards(node: Namespace, address: Address): { device: string; why: string } {
  const device = routeTo(node, address)?.nexthops[0]?.device;
  if (device !== undefined) {
    const why = `where the route to ${formatAddress(address)} leads`;
    return { device: bridgePortOf(node, device, address) ?? device, why };
  }
  const others = (node.interfaces ?? []).filter(({ flags }) => !flags.includes('LOOPBACK'));
  const onLink = others.find(({ addresses }) =>
    addresses.some(own => own.prefixLength > 0 && contains(prefixOf(own.address, own.prefixLength), address)),
  );
  if (onLink) return { device: onLink.name, why: `which has an address next to ${formatAddress(address)}` };
  const guess = others.find(({ name }) => !leadsToPods(name)) ?? others[0];
  if (guess) return { device: guess.name, why: 'for want of routes' };
  return { device: 'eth0', why: 'for want of ip addr and ip route' };
}

/** Longest prefix, then lowest metric, of the tables that nobody needs a rule for. */
function routeTo(node: Namespace, address: Address): Route | undefined {
  let best: Route | undefined;
  for (const route of node.routes ?? []) {
    if (route.type !== 'unicast' || (route.table !== 'main' && route.table !== 'default')) continue;
    if (!contains(route.destination, address)) continue;
    const longer = best ? lengthOf(route) - lengthOf(best) : 1;
    if (!best || longer > 0 || (longer === 0 && route.metric < best.metric)) best = route;
  }
  return best;
}

const lengthOf = (route: Route): number => prefixLength(route.destination) ?? 0;

function bridgePortOf(node: Namespace, bridge: string, address: Address): string | undefined {
  const mac = node.neighbours?.find(known => known.address === address && known.device === bridge)?.mac;
  if (mac === undefined) return undefined;
  return node.fdb?.find(entry => entry.mac === mac && entry.master === bridge)?.device;
}
