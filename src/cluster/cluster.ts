import type { Namespace } from '../model/namespace.ts';
import type { Remark } from '../model/source.ts';
import type { Address } from '../net/address.ts';
import { type Announced, announcedAddresses } from './announced.ts';
import type { AssumptionAnswer } from './answer.ts';
import type { Host } from './host.ts';
import { type Names, nameAddresses } from './names.ts';
import { Owners } from './owners.ts';

/** What was captured, ready to be asked. */
export interface Cluster {
  readonly nodes: ReadonlyMap<string, Namespace>;
  /** Nodes, pods and hosts outside, each a network namespace. */
  readonly hosts: readonly Host[];
  readonly owners: Owners;
  readonly names: Names;
  readonly announced: ReadonlyMap<Address, Announced>;
  /** Rules that a person took out or put in. */
  readonly changes: readonly AssumptionAnswer[];
  /** Of files that belong to no node. */
  readonly remarks: readonly Remark[];
}

export interface Beside {
  /** What `editRules` changed. */
  readonly changes?: readonly AssumptionAnswer[];
  /** Clients, routers. */
  readonly outside?: Iterable<Namespace>;
  /** Pods whose own network namespace was captured; `name` of the namespace is `namespace/name`. */
  readonly pods?: Iterable<{ readonly node: string; readonly namespace: Namespace }>;
}

/** `objects`: the lists that the API server returned (pods, endpointslices, nodes, services), parsed. */
export function clusterOf(
  nodes: Iterable<Namespace>,
  objects: Iterable<unknown> = [],
  remarks: readonly Remark[] = [],
  { outside = [], pods = [], changes = [] }: Beside = {},
): Cluster {
  const byName = new Map<string, Namespace>();
  for (const node of nodes) byName.set(node.name, node);
  const lists = [...objects];
  const hosts: Host[] = [];
  for (const namespace of byName.values()) hosts.push({ kind: 'node', name: namespace.name, namespace });
  for (const namespace of outside) hosts.push({ kind: 'outside', name: namespace.name, namespace });
  for (const { node, namespace } of pods) hosts.push({ kind: 'pod', name: namespace.name, node, namespace });
  return {
    nodes: byName,
    hosts,
    owners: new Owners(hosts),
    names: nameAddresses(byName.values(), lists),
    announced: announcedAddresses(lists),
    changes,
    remarks,
  };
}
