import { type Address, parseAddress } from '../net/address.ts';
import { field, isObject, type JsonObject, objectsField, stringField } from '../read/json.ts';
import type { Evidence } from './host.ts';

/** A service's address that no interface has: somebody has to answer for it. */
export interface Announced {
  readonly address: Address;
  /** `namespace/name` of the service. */
  readonly service: string;
  readonly kind: 'load balancer address' | 'external address';
  /** The nodes that MetalLB says answer for it in layer 2, with where it says so. */
  readonly by: readonly { readonly node: string; readonly evidence: Evidence }[];
  /** The nodes that its events say announce it by BGP, which tells nothing of a session. */
  readonly bgp: readonly { readonly node: string; readonly what: string }[];
}

const object = (value: unknown): JsonObject => (isObject(value) ? value : {});
const nested = (value: JsonObject, ...keys: readonly string[]): JsonObject =>
  keys.reduce((inner, key) => object(field(inner, key)), value);

/** Addresses of load balancers and external addresses, with MetalLB's own word on who announces them in layer 2. */
export function announcedAddresses(objects: Iterable<unknown>): ReadonlyMap<Address, Announced> {
  const items = [...objects].flatMap(list => {
    const kind = stringField(object(list), 'kind')?.replace(/List$/, '');
    return objectsField(object(list), 'items').map(item => ({ kind: stringField(item, 'kind') ?? kind, item }));
  });
  const by = new Map<string, { node: string; evidence: Evidence }[]>();
  const note = (service: string, node: string, what: string) => {
    const known = by.get(service) ?? [];
    by.set(service, known);
    if (!known.some(other => other.node === node)) known.push({ node, evidence: { what } });
  };
  for (const { kind, item } of items) {
    if (kind !== 'ServiceL2Status') continue;
    const status = nested(item, 'status');
    const node = stringField(status, 'node');
    const name = stringField(status, 'serviceName');
    const namespace = stringField(status, 'serviceNamespace') ?? 'default';
    if (node !== undefined && name !== undefined)
      note(`${namespace}/${name}`, node, `MetalLB's ServiceL2Status of ${namespace}/${name} names ${node}`);
  }
  const events = items.flatMap(({ kind, item }) => (kind === 'Event' ? [item] : []));
  const bgp = promises(events);
  for (const [service, node] of assignments(events))
    if (!by.has(service)) note(service, node, `MetalLB's last event nodeAssigned of ${service} names ${node} (layer2)`);
  const found = new Map<Address, Announced>();
  for (const { kind, item } of items) {
    if (kind !== 'Service') continue;
    const metadata = nested(item, 'metadata');
    const service = `${stringField(metadata, 'namespace') ?? 'default'}/${stringField(metadata, 'name') ?? ''}`;
    const add = (text: unknown, kind: Announced['kind']) => {
      const address = typeof text === 'string' ? parseAddress(text) : undefined;
      if (address !== undefined && !found.has(address))
        found.set(address, {
          address,
          service,
          kind,
          by: kind === 'external address' ? [] : (by.get(service) ?? []),
          bgp: kind === 'external address' ? [] : (bgp.get(service) ?? []),
        });
    };
    for (const ingress of objectsField(nested(item, 'status', 'loadBalancer'), 'ingress'))
      add(field(ingress, 'ip'), 'load balancer address');
    const externals = field(nested(item, 'spec'), 'externalIPs');
    for (const external of Array.isArray(externals) ? externals : []) add(external, 'external address');
  }
  return found;
}

interface Assignment {
  readonly service: string;
  readonly node: string;
  readonly protocol: string;
  readonly time: string;
}

function* assigned(events: readonly JsonObject[]): Generator<Assignment> {
  for (const event of events) {
    if (stringField(event, 'reason') !== 'nodeAssigned') continue;
    const { 1: node, 2: protocol } =
      /announcing from node "([^"]+)" with protocol "(\w+)"/.exec(stringField(event, 'message') ?? '') ?? [];
    if (node === undefined || protocol === undefined) continue;
    const about = nested(event, 'involvedObject');
    const service = `${stringField(about, 'namespace') ?? 'default'}/${stringField(about, 'name') ?? ''}`;
    const time = stringField(event, 'lastTimestamp') ?? stringField(event, 'eventTime') ?? '';
    yield { service, node, protocol, time };
  }
}

function promises(events: readonly JsonObject[]): ReadonlyMap<string, Announced['bgp']> {
  const found = new Map<string, { node: string; what: string }[]>();
  for (const { service, node, protocol } of assigned(events)) {
    const known = found.get(service) ?? [];
    found.set(service, known);
    if (protocol === 'bgp' && !known.some(other => other.node === node))
      known.push({ node, what: `MetalLB's event nodeAssigned of ${service} names ${node} (bgp)` });
  }
  return found;
}

/** The last node of each service by the events of MetalLB's speakers. One by BGP says nothing of who answers on a LAN. */
function assignments(events: readonly JsonObject[]): ReadonlyMap<string, string> {
  const last = new Map<string, Assignment>();
  for (const assignment of assigned(events)) {
    const known = last.get(assignment.service);
    if (!known || known.time <= assignment.time) last.set(assignment.service, assignment);
  }
  return new Map(
    [...last].flatMap(([service, { node, protocol }]) => (protocol === 'layer2' ? [[service, node] as const] : [])),
  );
}
