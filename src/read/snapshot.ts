import type { Namespace } from '../model/namespace.ts';
import type { Remark } from '../model/source.ts';
import { type HostAbout, parseAbout, type SnapshotAbout } from './about.ts';
import { type CapturedFile, detect, headOf } from './detect.ts';
import { NamespaceReader } from './namespace.ts';

export type SnapshotFile = CapturedFile;

export interface Snapshot {
  readonly nodes: ReadonlyMap<string, Namespace>;
  /** Clients, routers: hosts that are no nodes. */
  readonly outside: ReadonlyMap<string, Namespace>;
  /** Network namespaces of the pods on a node, by the node's name, then by an id of the namespace. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Namespace>>;
  /** Objects of the API, as they were captured. */
  readonly cluster: readonly SnapshotFile[];
  /** snapshot.json, where there is one. */
  readonly about: SnapshotAbout | undefined;
  /** How the capture of each host and of the API's objects went; empty without snapshot.json. */
  readonly hosts: readonly HostAbout[];
  /** Of the files as a whole; each namespace has its own beside. */
  readonly remarks: readonly Remark[];
}

/** Builds one network namespace from any mix of files that commands on it printed. */
export function readNamespace(name: string, files: readonly SnapshotFile[]): Namespace {
  const reader = new NamespaceReader(name);
  for (const file of files) reader.read(file);
  return reader.finish();
}

const PART = /^(?:.*\/)?(nodes|outside)\/([^/]+)\/(.+)$/;
const STATES = { partial: 'captured in part', failed: 'not captured' };
const POD = /^pods\/([^/]+)\/(.+)$/;
const CLUSTER = /^(?:.*\/)?cluster\/.+$/;

/**
 * Reads a whole snapshot: `nodes/NAME/...`, `outside/HOST/...`, `cluster/...` and `snapshot.json`; or, where there is
 * no folder `nodes`, files of one node, or of one node a folder. Throws InputError for a snapshot of a newer format.
 */
export function readSnapshot(files: readonly SnapshotFile[]): Snapshot {
  const remarks: Remark[] = [];
  const parts: Record<'nodes' | 'outside', Map<string, SnapshotFile[]>> = { nodes: new Map(), outside: new Map() };
  const pods = new Map<string, Map<string, SnapshotFile[]>>();
  const cluster: SnapshotFile[] = [];
  const loose: SnapshotFile[] = [];
  let about: SnapshotAbout | undefined;
  for (const file of files) {
    const path = file.path.replaceAll('\\', '/').replace(/^\.\//, '');
    const [, part, name = '', rest = ''] = PART.exec(path) ?? [];
    const pod = POD.exec(rest)?.[1];
    if (part === 'nodes' && pod !== undefined) {
      const group = pods.get(name) ?? new Map<string, SnapshotFile[]>();
      push(group, pod, file);
      pods.set(name, group);
    } else if (part === 'nodes' || part === 'outside') push(parts[part], name, file);
    else if (CLUSTER.test(path)) cluster.push(file);
    else if (/(?:^|\/)snapshot\.json$/.test(path)) about = parseAbout(file.text, file.path);
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
  const hosts = about ? [...about.hosts, ...(about.cluster ? [about.cluster] : [])] : [];
  for (const { folder, state, problem } of hosts)
    if (state === 'partial' || state === 'failed')
      remarks.push({ file: folder, line: 1, severity: 'warning', text: `${STATES[state]}: ${problem}` });
  return {
    nodes: read(parts.nodes),
    outside: read(parts.outside),
    pods: new Map([...pods].map(([node, group]) => [node, read(group)] as const)),
    cluster,
    about,
    hosts,
    remarks,
  };
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
