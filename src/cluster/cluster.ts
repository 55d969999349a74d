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
  /** Lists of the API server, parsed. */
  readonly objects: readonly unknown[];
  /** Logs of programs in the cluster. */
  readonly logs: readonly LogFile[];
  /** Rules that a person took out or put in. */
  readonly changes: readonly AssumptionAnswer[];
  /** Of files that belong to no node. */
  readonly remarks: readonly Remark[];
}

export interface LogFile {
  readonly path: string;
  readonly text: string;
}

export interface Beside {
  readonly logs?: readonly LogFile[];
  /** What `editRules` changed. */
  readonly changes?: readonly AssumptionAnswer[];
  /** Clients, routers. */
  readonly outside?: Iterable<Namespace>;
  /** Pods whose own network namespace was captured; what they are called their addresses tell. */
  readonly pods?: Iterable<{ readonly node: string; readonly namespace: Namespace }>;
}

/** `objects`: the lists that the API server returned (pods, endpointslices, nodes, services), parsed. */
export function clusterOf(
  nodes: Iterable<Namespace>,
  objects: Iterable<unknown> = [],
  remarks: readonly Remark[] = [],
  { outside = [], pods = [], changes = [], logs = [] }: Beside = {},
): Cluster {
  const byName = new Map<string, Namespace>();
  for (const node of nodes) byName.set(node.name, node);
  const lists = [...objects];
  const hosts: Host[] = [];
  for (const namespace of byName.values()) hosts.push({ kind: 'node', name: namespace.name, namespace });
  for (const namespace of outside) hosts.push({ kind: 'outside', name: namespace.name, namespace });
  const names = nameAddresses(byName.values(), lists);
  for (const { node, namespace } of pods)
    hosts.push({ kind: 'pod', name: podName(names, node, namespace), node, namespace });
  return {
    nodes: byName,
    hosts,
    owners: new Owners(hosts),
    names,
    announced: announcedAddresses(lists),
    objects: lists,
    logs,
    changes,
    remarks,
  };
}

function podName(names: Names, node: string, { name, interfaces }: Namespace): string {
  for (const { addresses } of interfaces ?? [])
    for (const { address } of addresses) {
      const named = names.get(address);
      if (named?.kind === 'pod') return named.name;
    }
  return `${node}/${name}`;
}
