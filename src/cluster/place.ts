import { leadsToPods } from '../kubernetes/interface.ts';
import type { Namespace } from '../model/namespace.ts';
import { InputError } from '../model/source.ts';
import { type Address, bitsOf, familyOf, formatAddress } from '../net/address.ts';
import { contains, prefixOf } from '../net/prefix.ts';
import type { AssumptionAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';
import type { Host } from './host.ts';
import { nextOnLink } from './next.ts';
import { isTunnel, type Port } from './owners.ts';
import type { TraceRequest } from './request.ts';
import { bridgePortOf, interfaceTowards, routeTo } from './towards.ts';

/** Where the packet starts; without `iif` the host itself sends it. */
export interface Place {
  readonly host: Host;
  readonly iif?: string;
  readonly assumptions: readonly AssumptionAnswer[];
}

export function choosePlace(cluster: Cluster, request: TraceRequest): Place {
  const { address } = request.source;
  const assumptions: AssumptionAnswer[] = [];
  const chosen = chooseHost(cluster, request);
  if (chosen.why !== undefined) assumptions.push({ what: chosen.why, change: '--node' });
  const { host } = chosen;
  if (address === request.destination.address && !isLocal(host.namespace, address) && !request.node)
    throw new InputError(
      `${formatAddress(address)} asks itself: the packet does not leave it, and no host that was captured sees it`,
    );
  const { namespace } = host;
  if (request.fromNode) return { host, assumptions };
  if (request.in !== undefined) {
    const iif = checkInterface(namespace, request.in);
    const port = bridgePortOf(namespace, iif, address);
    if (port === undefined) return { host, iif, assumptions };
    const what = `it comes in by ${port}, the port of ${iif} behind which ${formatAddress(address)} is`;
    return { host, iif: port, assumptions: [{ what, change: '--in PORT' }, ...assumptions] };
  }
  if (chosen.iif !== undefined) return { host, iif: chosen.iif, assumptions };
  if (isLocal(namespace, address)) {
    if (chosen.why === undefined || host.kind === 'node')
      assumptions.push({ what: `${host.name} sends it itself: ${formatAddress(address)} is its own`, change: '--in' });
    return { host, assumptions };
  }
  const { device, why } = interfaceTowards(namespace, address);
  assumptions.push({ what: `it comes in by ${device}, ${why}`, change: '--in' });
  return { host, iif: device, assumptions };
}

/** The host that a packet starts at; with `iif` also the interface that it comes in by. */
interface Chosen {
  readonly host: Host;
  readonly iif?: string;
  /** What it was concluded from; absent: it was said, or there is no other. */
  readonly why?: string;
}

function chooseHost(cluster: Cluster, request: TraceRequest): Chosen {
  const { hosts, names } = cluster;
  const nodes = hosts.filter(({ kind }) => kind === 'node');
  if (request.node !== undefined) {
    const host = nodes.find(({ name }) => name === request.node) ?? hosts.find(({ name }) => name === request.node);
    if (host) return { host };
    throw new InputError(`there is no node ${request.node}; there is ${hosts.map(({ name }) => name).join(', ')}`);
  }
  const [only, ...others] = hosts;
  if (!only) throw new InputError('nothing to walk through: no node was captured; give a snapshot or files');
  if (others.length === 0) return { host: only };
  const { address } = request.source;
  const text = formatAddress(address);
  const owners = hosts.filter(({ namespace }) => isLocal(namespace, address));
  if (owners.length === 1 && owners[0])
    return { host: owners[0], why: `it starts at ${owners[0].name}: ${text} is an address of it` };
  const pod = names.get(address);
  const runs = pod?.kind === 'pod' && pod.node !== undefined ? nodes.find(({ name }) => name === pod.node) : undefined;
  if (runs && pod)
    return { host: runs, why: `it starts at ${runs.name}: ${text} is pod ${pod.name}, which runs there` };
  const behind = nodes.filter(({ namespace }) => {
    const route = routeTo(namespace, address);
    const device = route?.nexthops[0]?.device;
    return device !== undefined && route?.nexthops[0]?.gateway === undefined && leadsToPods(device);
  });
  if (behind.length === 1 && behind[0])
    return { host: behind[0], why: `it starts at ${behind[0].name}: ${text} is behind one of its interfaces` };
  const first = owners.length === 0 ? firstHop(cluster, request) : undefined;
  if (first) return first;
  const list = nodes.map(({ name }) => name).join(', ');
  throw new InputError(`${text} could come to any of the nodes ${list}; say to which one with --node`);
}

/** Who gets the first frame of a sender that was not captured: on its own link, or from the router before it. */
function firstHop(cluster: Cluster, { source, destination }: TraceRequest): Chosen | undefined {
  const { owners, hosts } = cluster;
  const text = formatAddress(source.address);
  for (const asking of [source.address, undefined])
    for (const host of hosts.filter(({ kind }) => kind !== 'pod'))
      for (const { name } of host.namespace.interfaces ?? []) {
        const port = owners.port(host, name);
        if (!port || leadsToPods(name) || isTunnel(port.link)) continue;
        if (asking !== undefined && !hasOnLink(port, asking)) continue;
        if (!hasOnLink(port, destination.address)) continue;
        const next = nextOnLink(cluster, port, destination.address, false);
        if (next.kind === 'silent')
          throw new InputError(`${text} gets no answer to its question who has ${next.reason}`);
        if (next.kind !== 'host' || next.to.host.kind === 'pod') continue;
        const [evidence] = next.evidence;
        const by = asking === undefined ? `${text} comes by a router that was not captured; ` : '';
        const against = next.against.map(({ what }) => `; but ${what}`).join('');
        return {
          host: next.to.host,
          iif: next.to.link.name,
          why: `it comes to ${next.to.host.name} by ${next.to.link.name}: ${by}${evidence?.what ?? ''}${against}`,
        };
      }
  return undefined;
}

const hasOnLink = ({ link }: Port, address: Address): boolean =>
  link.addresses.some(
    own =>
      own.scope === 'global' &&
      own.prefixLength < bitsOf(familyOf(own.address)) &&
      contains(prefixOf(own.address, own.prefixLength), address),
  );

const isLocal = (node: Namespace, address: Address): boolean =>
  node.localAddresses.includes(address) ||
  (node.interfaces ?? []).some(({ addresses }) => addresses.some(own => own.address === address));

function checkInterface(node: Namespace, name: string): string {
  const { interfaces } = node;
  if (!interfaces || interfaces.some(known => known.name === name)) return name;
  const list = interfaces.map(known => known.name).join(', ');
  throw new InputError(`--in: ${node.name} has no interface ${name}; it has ${list}`);
}
