import { clusterOf } from '../../cluster/cluster.ts';
import type { Evidence } from '../../explain/services.ts';
import { readEvidence } from '../evidence.ts';

/** Where a person says that the evidence is, as flags. */
export interface AskedEvidence {
  readonly snapshot?: string | undefined;
  readonly file?: readonly string[] | undefined;
  readonly node?: string | undefined;
}

export async function readAll({ snapshot, file = [], node }: AskedEvidence): Promise<Evidence> {
  const read = await readEvidence({
    snapshot,
    files: file,
    local: [],
    node: snapshot === undefined ? node : undefined,
  });
  const { nodes, objects, outside, remarks, logs } = read;
  return { cluster: clusterOf(nodes, objects, remarks, { outside, logs }), objects, outside };
}
