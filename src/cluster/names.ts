import type { Namespace } from '../model/namespace.ts';
import { type Address, parseAddress } from '../net/address.ts';

/** Who has an address. Of a pod, `name` is `namespace/name` and `node` the node it runs on, where that is known. */
export interface Named {
  readonly kind: 'pod' | 'node';
  readonly name: string;
  readonly node?: string;
}

export type Names = ReadonlyMap<Address, Named>;

/** Names for addresses, from the nodes' own addresses and from the lists that the API server returned. */
export function nameAddresses(nodes: Iterable<Namespace>, objects: Iterable<unknown>): Names {
  const names = new Map<Address, Named>();
  const put = (text: unknown, named: Named) => {
    const address = typeof text === 'string' ? parseAddress(text) : undefined;
    if (address !== undefined && !names.has(address)) names.set(address, named);
  };
  for (const node of nodes)
    for (const { addresses } of node.interfaces ?? [])
      for (const { address, scope } of addresses)
        if (scope === 'global' && !names.has(address))
          names.set(address, { kind: 'node', name: node.name, node: node.name });
  for (const object of objects)
    for (const item of array(field(object, 'items'))) {
      const metadata = field(item, 'metadata');
      const name = text(field(metadata, 'name'));
      const kind = text(field(item, 'kind')) ?? text(field(object, 'kind'))?.replace(/List$/, '');
      if (name === undefined) continue;
      if (kind === 'Node')
        for (const address of array(field(field(item, 'status'), 'addresses')))
          put(field(address, 'address'), { kind: 'node', name, node: name });
      else if (kind === 'Pod') namePod(item, name, put);
      else if (kind === 'EndpointSlice')
        for (const endpoint of array(field(item, 'endpoints'))) nameEndpoint(endpoint, put);
    }
  return names;
}

type Put = (text: unknown, named: Named) => void;

function namePod(pod: unknown, name: string, put: Put): void {
  const spec = field(pod, 'spec');
  if (field(spec, 'hostNetwork') === true) return;
  const status = field(pod, 'status');
  const named = podNamed(text(field(field(pod, 'metadata'), 'namespace')), name, text(field(spec, 'nodeName')));
  put(field(status, 'podIP'), named);
  for (const ip of array(field(status, 'podIPs'))) put(field(ip, 'ip'), named);
}

function nameEndpoint(endpoint: unknown, put: Put): void {
  const target = field(endpoint, 'targetRef');
  const name = text(field(target, 'name'));
  if (field(target, 'kind') !== 'Pod' || name === undefined) return;
  const named = podNamed(text(field(target, 'namespace')), name, text(field(endpoint, 'nodeName')));
  for (const address of array(field(endpoint, 'addresses'))) put(address, named);
}

const podNamed = (namespace: string | undefined, name: string, node: string | undefined): Named => ({
  kind: 'pod',
  name: `${namespace ?? 'default'}/${name}`,
  ...(node !== undefined && { node }),
});

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(key);
}

const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
