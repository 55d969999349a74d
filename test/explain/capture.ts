import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { clusterOf } from '../../src/cluster/cluster.ts';
import type { ServicesAnswer } from '../../src/explain/answer.ts';
import { explainServices } from '../../src/explain/services.ts';
import type { Namespace } from '../../src/model/namespace.ts';
import { detect } from '../../src/read/detect.ts';
import { readNamespace, type SnapshotFile } from '../../src/read/snapshot.ts';
import { type Objects, objectsOf } from './visible.ts';

/** A folder with nodes/ and the API's objects in cluster/. */
export interface Capture {
  readonly path: string;
  readonly name: string;
  /** Of kube-proxy 1.x the x; undefined: neither the folder's name nor the nodes tell it. */
  readonly minor: number | undefined;
  /** kube-proxy's configured mode. */
  readonly mode: 'iptables' | 'nftables' | 'ipvs';
  /** Feature gates that its configuration sets. */
  readonly gates: ReadonlyMap<string, boolean>;
  /** Whether its configuration was captured. */
  readonly configured: boolean;
  readonly nodes: readonly string[];
  readonly objects: Objects;
  /** The lists that they were read from. */
  readonly lists: readonly unknown[];
}

/** The captures in a folder, in its folders, and so on. */
export function capturesIn(path: string): Capture[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  if (existsSync(join(path, 'nodes')) && existsSync(join(path, 'cluster', 'services.json'))) return [captureAt(path)];
  return readdirSync(path)
    .sort()
    .flatMap(name => capturesIn(join(path, name)));
}

function captureAt(path: string): Capture {
  const folder = join(path, 'cluster');
  const read = (name: string): unknown =>
    existsSync(join(folder, name)) ? JSON.parse(readFileSync(join(folder, name), 'utf8')) : {};
  const lists = ['services.json', 'endpointslices.json', 'nodes.json'].map(read);
  const name = basename(path);
  const [, minor] = /(?:^|[^\d.])v?1\.(\d+)(?:\.\d+)?(?!\d)/.exec(name) ?? [];
  const [, running] = /"kubeProxyVersion":\s*"v1\.(\d+)/.exec(JSON.stringify(lists[2])) ?? [];
  const known = minor ?? running;
  const config = JSON.stringify(read('kube-proxy-config.json'));
  const [, mode = 'iptables'] = /"mode":"(\w+)"/.exec(config) ?? [];
  const [, gates = ''] = /"featureGates":\{([^}]*)\}/.exec(config) ?? [];
  return {
    path,
    name,
    minor: known === undefined ? undefined : Number(known),
    mode: mode === 'nftables' || mode === 'ipvs' ? mode : 'iptables',
    gates: new Map([...gates.matchAll(/"(\w+)":(true|false)/g)].map(([, gate = '', on]) => [gate, on === 'true'])),
    configured: existsSync(join(folder, 'kube-proxy-config.json')),
    nodes: readdirSync(join(path, 'nodes')).sort(),
    objects: objectsOf(lists),
    lists,
  };
}

const RULES = new Set(['iptables-save', 'iptables-rules', 'nft', 'nft-json']);

/** A node with nothing but its rules. */
export function rulesOf({ path }: Capture, node: string, change: (text: string) => string = same): Namespace {
  const folder = join(path, 'nodes', node);
  const found = readdirSync(folder).sort();
  const files = found
    .map((name): SnapshotFile => ({ path: `nodes/${node}/${name}`, text: readFileSync(join(folder, name), 'utf8') }))
    .filter(({ path, text }) => RULES.has(detect(text, path)?.format ?? ''))
    .map(({ path, text }) => ({ path, text: change(text) }));
  return readNamespace(node, files);
}

const same = (text: string): string => text;

/** As `explain service --all --json` prints it. */
export function explained(nodes: readonly Namespace[], objects: readonly unknown[] = []): ServicesAnswer {
  const answer = explainServices({ cluster: clusterOf(nodes, objects), objects, outside: [] }, 'all', {
    version: 'test',
  });
  return JSON.parse(JSON.stringify(answer));
}
