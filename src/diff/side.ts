import type { Namespace } from '../model/namespace.ts';
import type { Remark } from '../model/source.ts';

/** One of the two that are held against each other: what was captured of a cluster, or of one node. */
export interface Side {
  /** As it was given. */
  readonly path: string;
  readonly nodes: ReadonlyMap<string, Namespace>;
  /** Clients, routers. */
  readonly outside: ReadonlyMap<string, Namespace>;
  /** Lists of the API server, parsed. */
  readonly objects: readonly unknown[];
  readonly remarks: readonly Remark[];
}

/** A host as both sides have it. */
export interface HostPair {
  readonly name: string;
  readonly before: Namespace;
  readonly after: Namespace;
}

export interface Paired {
  readonly pairs: readonly HostPair[];
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** Hosts by their names; two that are alone are one, whatever they are called. */
export function pairHosts(before: ReadonlyMap<string, Namespace>, after: ReadonlyMap<string, Namespace>): Paired {
  const [[one, ...more], [other, ...others]] = [[...before.values()], [...after.values()]];
  if (one && other && more.length + others.length === 0)
    return { pairs: [{ name: other.name, before: one, after: other }], removed: [], added: [] };
  return {
    pairs: [...before.values()].flatMap(a => {
      const b = after.get(a.name);
      return b ? [{ name: a.name, before: a, after: b }] : [];
    }),
    removed: [...before.keys()].filter(name => !after.has(name)),
    added: [...after.keys()].filter(name => !before.has(name)),
  };
}
