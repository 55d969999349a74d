import { join } from 'node:path';
import { readFolder } from '../../src/commands/files.ts';
import type { Side } from '../../src/diff/side.ts';
import { readNamespace, readSnapshot, type SnapshotFile } from '../../src/read/snapshot.ts';
import { ROOT } from '../commands/run.ts';

/** A snapshot of the repository. */
export async function sideOf(folder: string): Promise<Side> {
  const { nodes, outside, cluster, remarks } = readSnapshot(await readFolder(join(ROOT, folder)));
  const objects = cluster.filter(({ path }) => path.endsWith('.json')).map(({ text }) => JSON.parse(text));
  return { path: folder, nodes, outside, objects, remarks };
}

/** One node from what its commands printed, by the names of files. */
export function nodeOf(files: Readonly<Record<string, string>>, name = 'n'): Side {
  const list: SnapshotFile[] = Object.entries(files).map(([path, text]) => ({ path, text }));
  const node = readNamespace(name, list);
  return {
    path: name,
    nodes: new Map([[name, node]]),
    outside: new Map(),
    objects: [],
    remarks: [],
  };
}

/** A table of iptables as iptables-save prints it; `chains`: with policy for the built-in, `-` for others. */
export function save(table: string, chains: Readonly<Record<string, string>>, rules: string): string {
  const declared = Object.entries(chains).map(([name, policy]) => `:${name} ${policy} [0:0]\n`);
  return `*${table}\n${declared.join('')}${rules}COMMIT\n`;
}
