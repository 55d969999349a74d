import type { Namespace } from '../model/namespace.ts';
import { InputError, type Remark } from '../model/source.ts';
import { type CapturedFile, detect, headOf } from './detect.ts';
import { field, isObject, type JsonObject } from './json.ts';
import { NamespaceReader } from './namespace.ts';

export type SnapshotFile = CapturedFile;

export interface Snapshot {
  readonly nodes: ReadonlyMap<string, Namespace>;
  /** Clients, routers: hosts that are no nodes. */
  readonly outside: ReadonlyMap<string, Namespace>;
  /** Objects of the API, as they were captured. */
  readonly cluster: readonly SnapshotFile[];
  /** snapshot.json, where there is one. */
  readonly about: JsonObject | undefined;
  /** Of the files as a whole; each namespace has its own beside. */
  readonly remarks: readonly Remark[];
}

/** The newest layout of a snapshot that this version reads. */
export const SNAPSHOT_FORMAT = 1;

/** Builds one network namespace from any mix of files that commands on it printed. */
export function readNamespace(name: string, files: readonly SnapshotFile[]): Namespace {
  const reader = new NamespaceReader(name);
  for (const file of files) reader.read(file);
  return reader.finish();
}

const PART = /^(?:.*\/)?(nodes|outside)\/([^/]+)\/(.+)$/;
const CLUSTER = /^(?:.*\/)?cluster\/.+$/;

/**
 * Reads a whole snapshot: `nodes/NAME/...`, `outside/HOST/...`, `cluster/...` and `snapshot.json`; or, where there is
 * no folder `nodes`, files of one node, or of one node a folder. Throws InputError for a snapshot of a newer format.
 */
export function readSnapshot(files: readonly SnapshotFile[]): Snapshot {
  const remarks: Remark[] = [];
  const parts: Record<'nodes' | 'outside', Map<string, SnapshotFile[]>> = { nodes: new Map(), outside: new Map() };
  const cluster: SnapshotFile[] = [];
  const loose: SnapshotFile[] = [];
  let about: JsonObject | undefined;
  for (const file of files) {
    const path = file.path.replaceAll('\\', '/').replace(/^\.\//, '');
    const [, part, name = ''] = PART.exec(path) ?? [];
    if (part === 'nodes' || part === 'outside') push(parts[part], name, file);
    else if (CLUSTER.test(path)) cluster.push(file);
    else if (/(?:^|\/)snapshot\.json$/.test(path)) about = readAbout(file);
    else if (!/\.md$/.test(path)) loose.push(file);
  }
  if (parts.nodes.size === 0) for (const file of loose) addLoose(file, parts.nodes, cluster);
  else if (loose.length > 0) {
    const names = loose.slice(0, 5).map(file => file.path);
    const text = `not part of a snapshot, and not read: ${names.join(', ')}${loose.length > 5 ? '...' : ''}`;
    remarks.push({ file: loose[0]?.path ?? '', line: 1, severity: 'warning', text });
  }
  const read = (group: ReadonlyMap<string, readonly SnapshotFile[]>) =>
    new Map([...group].map(([name, list]) => [name, readNamespace(name, momentsOf(name, list))] as const));
  return { nodes: read(parts.nodes), outside: read(parts.outside), cluster, about, remarks };
}

function push(group: Map<string, SnapshotFile[]>, name: string, file: SnapshotFile): void {
  const list = group.get(name);
  if (list) list.push(file);
  else group.set(name, [file]);
}

/** A file outside of the known folders: of the node that its own folder names. */
function addLoose(file: SnapshotFile, nodes: Map<string, SnapshotFile[]>, cluster: SnapshotFile[]): void {
  if (detect(headOf(file), file.path)?.format === 'kubernetes') cluster.push(file);
  else push(nodes, /([^/]+)\/(?:xt_recent\/)?[^/]+$/.exec(file.path)?.[1] ?? 'node', file);
}

const MOMENTS = ['before', 'during', 'after'];

/**
 * Of a host that was captured at several moments (`HOST/before/`, `HOST/after/`) neighbours are taken from the last
 * one, which has learnt them, all else from the first.
 */
function momentsOf(name: string, files: readonly SnapshotFile[]): readonly SnapshotFile[] {
  const chosen = new Map<string, { readonly file: SnapshotFile; readonly moment: number }>();
  for (const file of files) {
    const [, moment = '', rest = ''] = /\/(before|during|after)\/([^/]+)$/.exec(file.path) ?? [];
    const at = MOMENTS.indexOf(moment);
    const key = at < 0 ? file.path : `${name}/${rest}`;
    const known = chosen.get(key);
    const later = /neigh|arp|fdb/.test(rest);
    if (!known || (later ? at > known.moment : at < known.moment)) chosen.set(key, { file, moment: at });
  }
  return [...chosen.values()].map(({ file }) => file);
}

function readAbout({ path, text }: SnapshotFile): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError('not JSON', { file: path, line: 1 });
  }
  if (!isObject(value)) throw new InputError('not a JSON object', { file: path, line: 1 });
  const format = field(value, 'format');
  if (typeof format !== 'number') throw new InputError('no "format" number', { file: path, line: 1 });
  if (format > SNAPSHOT_FORMAT)
    throw new InputError(
      `the snapshot has format ${format}, and this version of chainwalk reads up to ${SNAPSHOT_FORMAT}: a newer version is needed`,
      { file: path, line: 1 },
    );
  return value;
}
