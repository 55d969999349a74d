import type { Namespace } from '../model/namespace.ts';
import type { Remark } from '../model/source.ts';
import { type Names, nameAddresses } from './names.ts';

/** What was captured, ready to be asked. */
export interface Cluster {
  readonly nodes: ReadonlyMap<string, Namespace>;
  readonly names: Names;
  /** Of files that belong to no node. */
  readonly remarks: readonly Remark[];
}

/** `objects`: the lists that the API server returned (pods, endpointslices, nodes), parsed. */
export function clusterOf(
  nodes: Iterable<Namespace>,
  objects: Iterable<unknown> = [],
  remarks: readonly Remark[] = [],
): Cluster {
  const byName = new Map<string, Namespace>();
  for (const node of nodes) byName.set(node.name, node);
  return { nodes: byName, names: nameAddresses(byName.values(), objects), remarks };
}
