import type { Namespace } from '../model/namespace.ts';

/** A network namespace with its owner: a node, a pod, or a host that is no part of the cluster (client, router). */
export interface Host {
  readonly kind: 'node' | 'pod' | 'outside';
  /** Of a pod `namespace/name`. */
  readonly name: string;
  readonly namespace: Namespace;
  /** Of a pod the node that it runs on. */
  readonly node?: string;
}

/** What a conclusion rests on, and where it stands. */
export interface Evidence {
  readonly what: string;
  readonly file?: string;
  readonly line?: number;
}
