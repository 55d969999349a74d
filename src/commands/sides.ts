import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Side } from '../diff/side.ts';
import { InputError } from '../model/source.ts';
import { readNamespace, readSnapshot } from '../read/snapshot.ts';
import { formatOf, parseObjects } from './evidence.ts';
import { type FoundFile, readFiles, readSnapshotFiles } from './files.ts';

/** Reads a snapshot's folder or archive, or the output of a command of one node; `-` is standard input. */
export async function readSide(path: string): Promise<Side> {
  if (path !== '-' && isSnapshot(path)) return sideOfSnapshot(path, await readSnapshotFiles(path));
  const [file] = await readFiles([path]);
  if (!file) throw new InputError(`${path}: is empty; was the command run as root?`);
  formatOf(file);
  const namespace = readNamespace('node', [file]);
  return {
    path,
    nodes: new Map([[namespace.name, namespace]]),
    outside: new Map(),
    objects: [],
    remarks: [],
  };
}

/** Connections are held equal on both sides: their listings, which may be long, are not even read. */
const CONNECTIONS = /(?:^|\/)(?:conntrack-L[^/]*|proc-net-nf_conntrack[^/]*)$/;

function sideOfSnapshot(path: string, files: readonly FoundFile[]): Side {
  const { nodes, outside, cluster, remarks } = readSnapshot(files.filter(file => !CONNECTIONS.test(file.path)));
  if (nodes.size === 0) throw new InputError(`${path}: no file of a node in it; a snapshot has nodes/NAME/COMMAND.txt`);
  const objects = parseObjects(cluster);
  return {
    path,
    nodes,
    outside,
    objects: objects.values,
    remarks: [...remarks, ...objects.remarks],
  };
}

/** A folder, or a file that begins as gzip does or is named as an archive. Throws InputError where there is none. */
function isSnapshot(path: string): boolean {
  const about = statSync(path, { throwIfNoEntry: false });
  if (!about) throw new InputError(`${path}: there is no such file or folder`);
  if (about.isDirectory() || /\.(?:tar|tgz|tar\.gz)$/.test(path)) return true;
  const start = new Uint8Array(2);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, 2, 0);
  } finally {
    closeSync(file);
  }
  return start[0] === 0x1f && start[1] === 0x8b;
}
