import { type Address, familyOf, parseAddress } from '../net/address.ts';
import { contains, parsePrefix } from '../net/prefix.ts';
import {
  field,
  isObject,
  type JsonObject,
  numberField,
  objectsField,
  stringField,
  stringsField,
} from '../read/json.ts';
import { childOf, itemsOf } from './objects.ts';

/** An IPAddressPool of MetalLB. */
export interface Pool {
  readonly name: string;
  has(address: Address): boolean;
}

/** How MetalLB is to announce a pool: an L2Advertisement or a BGPAdvertisement. */
export interface Advertisement {
  readonly by: 'layer2' | 'bgp';
  readonly name: string;
  /** Of layer 2: the only interfaces that it answers on; none are said: any. */
  readonly interfaces: readonly string[];
}

export interface Peer {
  readonly name: string;
  readonly address: Address;
  readonly port: number;
}

/** What MetalLB was told to do with an address; undefined: no pool of it was captured. */
export interface Plan {
  /** Undefined: no pool has the address. */
  readonly pool: Pool | undefined;
  readonly advertisements: readonly Advertisement[];
  readonly peers: readonly Peer[];
}

const BGP_PORT = 179;

/** MetalLB's resources among the API's objects. */
interface Resources {
  readonly pools: readonly JsonObject[];
  readonly layer2: readonly JsonObject[];
  readonly bgp: readonly JsonObject[];
  readonly peers: readonly Peer[];
}

const sorted = new WeakMap<readonly unknown[], Resources>();

function resourcesIn(objects: readonly unknown[]): Resources {
  const known = sorted.get(objects);
  if (known) return known;
  const resources = {
    pools: [...itemsOf(objects, 'IPAddressPool')],
    layer2: [...itemsOf(objects, 'L2Advertisement')],
    bgp: [...itemsOf(objects, 'BGPAdvertisement')],
    peers: [...itemsOf(objects, 'BGPPeer')].flatMap(peerOf),
  };
  sorted.set(objects, resources);
  return resources;
}

export function planFor(objects: readonly unknown[], address: Address): Plan | undefined {
  const { pools, layer2, bgp, peers } = resourcesIn(objects);
  if (pools.length === 0) return undefined;
  const item = pools.find(each => poolOf(each).has(address));
  const advertisements = item
    ? [
        ...layer2.flatMap(each => advertisementOf(each, 'layer2', item)),
        ...bgp.flatMap(each => advertisementOf(each, 'bgp', item)),
      ]
    : [];
  return { pool: item && poolOf(item), advertisements, peers };
}

const nameOf = (item: JsonObject): string => stringField(childOf(item, 'metadata'), 'name') ?? '';

function poolOf(item: JsonObject): Pool {
  const ranges = stringsField(childOf(item, 'spec'), 'addresses').map(rangeOf);
  return { name: nameOf(item), has: address => ranges.some(range => range(address)) };
}

/** `10.0.0.0/24`, `10.0.0.1-10.0.0.9`. */
function rangeOf(text: string): (address: Address) => boolean {
  const [low, high] = text.split('-').map(part => parseAddress(part.trim()));
  if (low !== undefined && high !== undefined)
    return address => familyOf(address) === familyOf(low) && address >= low && address <= high;
  const prefix = parsePrefix(text.trim());
  return address => prefix !== undefined && contains(prefix, address);
}

/** Names of pools, or selectors of their labels; neither: all pools (MetalLB's API reference). */
function advertisementOf(item: JsonObject, by: Advertisement['by'], pool: JsonObject): Advertisement[] {
  const spec = childOf(item, 'spec');
  const names = stringsField(spec, 'ipAddressPools');
  const selectors = objectsField(spec, 'ipAddressPoolSelectors');
  const labels = childOf(childOf(pool, 'metadata'), 'labels');
  const all = names.length === 0 && selectors.length === 0;
  if (!all && !names.includes(nameOf(pool)) && !selectors.some(selector => selects(selector, labels))) return [];
  return [{ by, name: nameOf(item), interfaces: stringsField(spec, 'interfaces') }];
}

/** A label selector of the Kubernetes API: all of it has to hold. */
function selects(selector: JsonObject, labels: JsonObject): boolean {
  const wanted = childOf(selector, 'matchLabels');
  return (
    Object.keys(wanted).every(key => field(wanted, key) === field(labels, key)) &&
    objectsField(selector, 'matchExpressions').every(expression => holds(expression, labels))
  );
}

function holds(expression: JsonObject, labels: JsonObject): boolean {
  const value = stringField(labels, stringField(expression, 'key') ?? '');
  const values = stringsField(expression, 'values');
  switch (stringField(expression, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

function peerOf(item: JsonObject): Peer[] {
  const spec = childOf(item, 'spec');
  const address = parseAddress(stringField(spec, 'peerAddress') ?? '');
  if (address === undefined) return [];
  return [{ name: nameOf(item), address, port: numberField(spec, 'peerPort') || BGP_PORT }];
}

/** A BGP session that a speaker tried to open in vain, by the last word of its log on that peer. */
export interface FailedSession {
  /** The file's name without its ending, which has the speaker's pod in it. */
  readonly log: string;
  readonly peer: string;
  readonly error: string;
  readonly file: string;
  readonly line: number;
}

/** Logs of MetalLB's speakers: JSON, a line each. What they say that they announce proves nothing; a refusal does. */
export function failedSessions(logs: readonly { readonly path: string; readonly text: string }[]): FailedSession[] {
  return logs.flatMap(({ path: file, text }) => {
    const last = new Map<string, FailedSession | undefined>();
    let line = 0;
    for (const row of text.split('\n')) {
      line++;
      if (!/"(?:failed to connect to peer|BGP session established)"/.test(row)) continue;
      const said = objectIn(row);
      const peer = said && stringField(said, 'peer');
      if (!said || peer === undefined) continue;
      const failed = stringField(said, 'msg') === 'failed to connect to peer';
      const log = file.replace(/^.*\//, '').replace(/\.\w+$/, '');
      last.set(peer, failed ? { log, peer, error: stringField(said, 'error') ?? 'no reason', file, line } : undefined);
    }
    return [...last.values()].flatMap(session => session ?? []);
  });
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
