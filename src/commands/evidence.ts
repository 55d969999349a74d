import type { Namespace } from '../model/namespace.ts';
import { InputError, type Remark } from '../model/source.ts';
import type { Address } from '../net/address.ts';
import { detect, type Format, headOf } from '../read/detect.ts';
import { readNamespace, readSnapshot, type SnapshotFile } from '../read/snapshot.ts';
import { readFiles, readSnapshotFiles } from './files.ts';

/** Where a person says that the evidence is. */
export interface EvidencePlaces {
  readonly snapshot: string | undefined;
  readonly files: readonly string[];
  /** The node's own addresses. */
  readonly local: readonly Address[];
  readonly node: string | undefined;
}

export interface Evidence {
  readonly nodes: readonly Namespace[];
  /** Clients and routers. */
  readonly outside: readonly Namespace[];
  /** Network namespaces of pods. */
  readonly pods: readonly { readonly node: string; readonly namespace: Namespace }[];
  /** Lists of the API server, parsed. */
  readonly objects: readonly unknown[];
  /** Logs of programs in the cluster. */
  readonly logs: readonly SnapshotFile[];
  readonly remarks: readonly Remark[];
}

/** Reads a snapshot's folder, or single files of one node. */
export async function readEvidence({ snapshot, files, local, node }: EvidencePlaces): Promise<Evidence> {
  if (snapshot !== undefined && files.length > 0)
    throw new InputError('--snapshot and -f exclude each other: a snapshot has the files of all its nodes');
  if (snapshot !== undefined) {
    if (local.length > 0) throw new InputError('--local is for single files (-f); a snapshot has the addresses');
    const { nodes, outside, pods, cluster, remarks } = readSnapshot(await readSnapshotFiles(snapshot));
    if (nodes.size === 0)
      throw new InputError(`${snapshot}: no file of a node in it; a snapshot has nodes/NAME/COMMAND.txt`);
    const objects = parseObjects(cluster);
    return {
      nodes: [...nodes.values()],
      outside: [...outside.values()],
      pods: [...pods].flatMap(([node, group]) => [...group.values()].map(namespace => ({ node, namespace }))),
      objects: objects.values,
      logs: cluster.filter(({ path }) => path.endsWith('.log')),
      remarks: [...remarks, ...objects.remarks],
    };
  }
  if (files.length === 0)
    throw new InputError('nothing to read; give a file with -f (iptables-save | chainwalk ... -f -) or --snapshot DIR');
  const own: SnapshotFile[] = [];
  const cluster: SnapshotFile[] = [];
  for (const file of await readFiles(files)) {
    const format = formatOf(file);
    (format === 'kubernetes' ? cluster : own).push(file);
  }
  const objects = parseObjects(cluster);
  const namespace = readNamespace(node ?? 'node', own);
  const nodes = [{ ...namespace, localAddresses: [...namespace.localAddresses, ...local] }];
  return { nodes, outside: [], pods: [], objects: objects.values, logs: [], remarks: objects.remarks };
}

/** Throws InputError of a file that nothing can be taken from. */
export function formatOf(file: SnapshotFile): Format {
  const { path } = file;
  const head = headOf(file); // the whole text of a large file is dear, and read by nobody
  const format = detect(head, path)?.format;
  if (format === undefined) {
    if (file.text.trim() === '') throw new InputError(`${path}: is empty; was the command run as root?`);
    throw new InputError(
      `${path}:1: is nothing that can be read; give the output of iptables-save, ip addr, ip route, conntrack -L...`,
    );
  }
  if (format === 'nft' && COMMAND.test(head) && !LISTED_TABLE.test(file.text))
    throw new InputError(`${path}:1: has commands for nft; give the output of nft list ruleset, where they were run`);
  return format;
}

const COMMAND = /^(?:add|create|insert|delete|destroy|flush|replace) /m;
/** In a script, too, a table may be written as nft lists it. */
const LISTED_TABLE = /^\s*table /m;

export function parseObjects(files: readonly SnapshotFile[]): { values: unknown[]; remarks: Remark[] } {
  const values: unknown[] = [];
  const remarks: Remark[] = [];
  for (const { path: file, text } of files) {
    if (!file.endsWith('.json')) continue;
    try {
      values.push(JSON.parse(text));
    } catch {
      remarks.push({
        file,
        line: 1,
        severity: 'warning',
        text: 'not JSON: names of pods and nodes are not taken from it',
      });
    }
  }
  return { values, remarks };
}
