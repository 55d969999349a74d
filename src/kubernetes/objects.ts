import { type Address, type Family, familyOf, parseAddress } from '../net/address.ts';
import { type Prefix, parsePrefix } from '../net/prefix.ts';
import { parseProtocol } from '../net/protocol.ts';
import {
  field,
  isObject,
  type JsonObject,
  numberField,
  objectsField,
  stringField,
  stringsField,
} from '../read/json.ts';
import type { ServicePort } from './comment.ts';
import type { TrafficPolicy } from './proxy/service.ts';

/** One port of a Service of the API. */
export interface ApiServicePort {
  readonly service: ServicePort;
  readonly protocol: number;
  readonly port: number;
  readonly nodePort: number | undefined;
  readonly clusterIPs: readonly Address[];
  readonly externalIPs: readonly Address[];
  /** Of status.loadBalancer.ingress; `proxied`: ipMode is Proxy, so that nodes need not know it. */
  readonly loadBalancerIPs: readonly { readonly address: Address; readonly proxied: boolean }[];
  readonly externalPolicy: TrafficPolicy;
  readonly internalPolicy: TrafficPolicy;
  readonly affinitySeconds: number | undefined;
  readonly sourceRanges: readonly Prefix[];
  readonly healthCheckPort: number | undefined;
  readonly annotations: ReadonlyMap<string, string>;
}

/** One address of an EndpointSlice, for one port. */
export interface ApiEndpoint {
  readonly namespace: string;
  readonly serviceName: string;
  readonly portName: string;
  readonly protocol: number;
  readonly address: Address;
  readonly port: number;
  readonly node: string | undefined;
  readonly pod: string | undefined;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Undefined: the slice gives no hints for it. */
  readonly hintZones: readonly string[] | undefined;
  readonly hintNodes: readonly string[] | undefined;
}

const DEFAULT_TIMEOUT = 10800;

/** The objects of one kind, of lists and alone. */
export function* itemsOf(objects: Iterable<unknown>, kind: string): Generator<JsonObject> {
  for (const object of objects) {
    if (!isObject(object)) continue;
    const listKind = stringField(object, 'kind') ?? '';
    if (listKind === kind) yield object;
    for (const item of objectsField(object, 'items'))
      if ((stringField(item, 'kind') ?? listKind.replace(/List$/, '')) === kind) yield item;
  }
}

/** The service ports of the captured Services; headless ones and those of type ExternalName have no rules. */
export function apiServicePorts(objects: Iterable<unknown>): ApiServicePort[] {
  return [...itemsOf(objects, 'Service')].flatMap(servicePorts);
}

function servicePorts(item: JsonObject): ApiServicePort[] {
  const metadata = childOf(item, 'metadata');
  const spec = childOf(item, 'spec');
  const [namespace, name] = [stringField(metadata, 'namespace'), stringField(metadata, 'name')];
  if (namespace === undefined || name === undefined) return [];
  const single = stringField(spec, 'clusterIP');
  const listed = stringsField(spec, 'clusterIPs');
  const clusterIPs = addresses(listed.length > 0 ? listed : single === undefined ? [] : [single]);
  if (clusterIPs.length === 0) return [];
  const ingress = objectsField(childOf(childOf(item, 'status'), 'loadBalancer'), 'ingress');
  const affinity = stringField(spec, 'sessionAffinity') === 'ClientIP';
  const timeout = numberField(childOf(childOf(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds');
  const common = {
    clusterIPs,
    externalIPs: addresses(stringsField(spec, 'externalIPs')),
    loadBalancerIPs: ingress.flatMap(each => {
      const address = parseAddress(stringField(each, 'ip') ?? '');
      return address === undefined ? [] : [{ address, proxied: stringField(each, 'ipMode') === 'Proxy' }];
    }),
    externalPolicy: policy(stringField(spec, 'externalTrafficPolicy')),
    internalPolicy: policy(stringField(spec, 'internalTrafficPolicy')),
    affinitySeconds: affinity ? (timeout ?? DEFAULT_TIMEOUT) : undefined,
    sourceRanges: stringsField(spec, 'loadBalancerSourceRanges').flatMap(text => parsePrefix(text.trim()) ?? []),
    healthCheckPort: numberField(spec, 'healthCheckNodePort') || undefined,
    annotations: texts(childOf(metadata, 'annotations')),
  };
  return objectsField(spec, 'ports').flatMap(port => {
    const number = numberField(port, 'port');
    const portName = stringField(port, 'name');
    const protocol = parseProtocol(stringField(port, 'protocol') ?? 'TCP');
    if (number === undefined || protocol === undefined) return [];
    const service: ServicePort = { namespace, name, ...(portName && { port: portName }) };
    return [{ service, protocol, port: number, nodePort: numberField(port, 'nodePort') || undefined, ...common }];
  });
}

/** Every address of every captured EndpointSlice, for every port. */
export function apiEndpoints(objects: Iterable<unknown>): ApiEndpoint[] {
  return [...itemsOf(objects, 'EndpointSlice')].flatMap(sliceEndpoints);
}

function sliceEndpoints(slice: JsonObject): ApiEndpoint[] {
  const metadata = childOf(slice, 'metadata');
  const namespace = stringField(metadata, 'namespace');
  const serviceName = stringField(childOf(metadata, 'labels'), 'kubernetes.io/service-name');
  if (namespace === undefined || serviceName === undefined) return [];
  const ports = objectsField(slice, 'ports').flatMap(port => {
    const number = numberField(port, 'port');
    const protocol = parseProtocol(stringField(port, 'protocol') ?? 'TCP');
    if (number === undefined || protocol === undefined) return [];
    return [{ portName: stringField(port, 'name') ?? '', protocol, port: number }];
  });
  return objectsField(slice, 'endpoints').flatMap(endpoint => {
    const conditions = childOf(endpoint, 'conditions');
    const terminating = field(conditions, 'terminating') === true;
    const ready = field(conditions, 'ready') !== false;
    const serving = field(conditions, 'serving');
    const hints = childOf(endpoint, 'hints');
    const target = childOf(endpoint, 'targetRef');
    const pod = stringField(target, 'kind') === 'Pod' ? stringField(target, 'name') : undefined;
    const about = {
      namespace,
      serviceName,
      node: stringField(endpoint, 'nodeName'),
      pod: pod === undefined ? undefined : `${stringField(target, 'namespace') ?? namespace}/${pod}`,
      ready,
      serving: typeof serving === 'boolean' ? serving : ready,
      terminating,
      hintZones: hintNames(hints, 'forZones'),
      hintNodes: hintNames(hints, 'forNodes'),
    };
    // kube-proxy takes the first address of each; a slice has one of them since v1.
    const [address] = addresses(stringsField(endpoint, 'addresses'));
    return address === undefined ? [] : ports.map(port => ({ ...about, ...port, address }));
  });
}

/** The networks of each node's pods, by its name. */
export function apiPodNetworks(objects: Iterable<unknown>): ReadonlyMap<string, readonly Prefix[]> {
  const networks = new Map<string, readonly Prefix[]>();
  for (const node of itemsOf(objects, 'Node')) {
    const name = stringField(childOf(node, 'metadata'), 'name');
    const spec = childOf(node, 'spec');
    const texts = [...stringsField(spec, 'podCIDRs'), stringField(spec, 'podCIDR') ?? ''];
    if (name !== undefined)
      networks.set(
        name,
        texts.flatMap(text => parsePrefix(text) ?? []),
      );
  }
  return networks;
}

/** The zone of each Node, by its label. */
export function apiZones(objects: Iterable<unknown>): ReadonlyMap<string, string> {
  const zones = new Map<string, string>();
  for (const item of itemsOf(objects, 'Node')) {
    const metadata = childOf(item, 'metadata');
    const name = stringField(metadata, 'name');
    const zone = stringField(childOf(metadata, 'labels'), 'topology.kubernetes.io/zone');
    if (name !== undefined && zone !== undefined) zones.set(name, zone);
  }
  return zones;
}

export const isOfFamily =
  (family: Family) =>
  (address: Address): boolean =>
    familyOf(address) === family;

function hintNames(hints: JsonObject, key: string): readonly string[] | undefined {
  if (!Array.isArray(field(hints, key))) return undefined;
  return objectsField(hints, key).flatMap(hint => stringField(hint, 'name') ?? []);
}

const addresses = (list: readonly string[]): Address[] => list.flatMap(text => parseAddress(text) ?? []);

/** An object's field that is an object; an empty one where it is none. */
export function childOf(object: JsonObject, key: string): JsonObject {
  const value = field(object, key);
  return isObject(value) ? value : {};
}

const policy = (text: string | undefined): TrafficPolicy => (text === 'Local' ? 'Local' : 'Cluster');

function texts(object: JsonObject): ReadonlyMap<string, string> {
  return new Map(
    Object.keys(object).flatMap(key => {
      const value = stringField(object, key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}
