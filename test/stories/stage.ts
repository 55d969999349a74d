import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, clusterOf } from '../../src/cluster/cluster.ts';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { formatPrefix, networkOf, prefixOf } from '../../src/net/prefix.ts';
import { readSnapshot } from '../../src/read/snapshot.ts';
import { filesUnder, type NodeFile } from '../lab/state.ts';
import type { Run } from './proof.ts';

/** The folders of stages under some paths, in order. */
export const stagesUnder = (paths: readonly string[]): readonly string[] =>
  paths.flatMap(path =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name === 'proof.json')
      .map(entry => entry.parentPath)
      .sort(),
  );

/** The nodes were captured after the traffic: their connections are the very flows, and left out. */
export const stageFiles = (stage: string): readonly NodeFile[] =>
  filesUnder(stage).filter(
    ({ path }) => path !== 'proof.json' && !/(^|\/)(conntrack|conntrack-L)[^/]*\.txt$/.test(path),
  );

export function clusterAt(files: readonly NodeFile[]): Cluster {
  const { nodes, outside, cluster, remarks } = readSnapshot(files);
  const objects = cluster.filter(({ path }) => path.endsWith('.json')).map(({ text }) => JSON.parse(text));
  return clusterOf(nodes.values(), objects, remarks, { outside: outside.values() });
}

/** What a host had been given when a program ran on it, and that no file of the stage has. */
export interface Given {
  readonly files: readonly NodeFile[];
  readonly what: string;
}

/**
 * The state of a host that was changed between two programs is in no file. What the program itself shows of it, before
 * it has sent anything, is put in: the address that it sent from, and the next hop that it asked for by ARP. The address
 * is taken to be of the network that the next hop has on its own interface.
 */
export function stateOf(
  files: readonly NodeFile[],
  { owners }: Cluster,
  { from, local, command, frames }: Run,
): Given | 'as captured' | 'not known' {
  const address = local === undefined || local === '0' ? undefined : parseAddress(local);
  const known = owners.hosts.find(({ name, kind }) => name === from && kind === 'outside');
  if (!known || address === undefined || owners.withAddress(address).some(({ host }) => host.name === from))
    return 'as captured';
  const asked = frames.find(frame => frame.kind === 'who-has' && frame.at === from && frame.by === local);
  const to = /\/\/([\d.]+)/.exec(command)?.[1];
  const device = known.namespace.interfaces?.find(({ flags }) => !flags.includes('LOOPBACK'))?.name;
  if (asked?.kind !== 'who-has' || to === undefined || device === undefined) return 'not known';
  const router = parseAddress(asked.asked);
  const [hop] = router === undefined ? [] : owners.withAddress(router);
  const length = hop?.link.addresses.find(each => each.address === router)?.prefixLength;
  if (length === undefined) return 'not known';
  const prefix = prefixOf(address, length);
  const own = new RegExp(`(^|/)outside/${from}/(before|during|after)/ip-(addr|route)\\.txt$`);
  const given = files.map(({ path, text }) => {
    const [, , , kind] = own.exec(path) ?? [];
    if (kind === 'route')
      return {
        path,
        text: `${to} via ${asked.asked} dev ${device}\n${formatPrefix(networkOf(prefix))} dev ${device} scope link src ${local}\n${text}`,
      };
    if (kind !== 'addr') return { path, text };
    const line = `    inet ${formatPrefix(prefix)} scope global ${device}\n`;
    return { path, text: text.replace(new RegExp(`(^\\d+: ${device}[@:].*\\n.*\\n)`, 'm'), `$1${line}`) };
  });
  return { files: given, what: `${formatPrefix(prefix)} on ${device} and ${to} via ${asked.asked}, as its ARP shows` };
}

/**
 * A pod that the API does not name: its namespace is at the other end of a veth, and its address in the neighbour table
 * of the node, by that device or by the bridge that learnt its link layer address there.
 */
export function behindVeth({ hosts, names }: Cluster, stage: string, name: string): string | undefined {
  if (hosts.some(host => host.name === name) || [...names.values()].some(named => named.name.endsWith(`/${name}`)))
    return undefined;
  for (const { namespace } of hosts) {
    const path = join(stage, 'nodes', namespace.name, 'ip-d-link.txt');
    if (!existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    const [, device] = new RegExp(`^\\d+: ([^@:]+)@[^\\n]*\\n[^\\n]*link-netns \\S*-${name}\\b`, 'm').exec(text) ?? [];
    if (device === undefined) continue;
    const macs = (namespace.fdb ?? []).filter(entry => entry.device === device).map(({ mac }) => mac);
    const found = namespace.neighbours?.find(
      entry => entry.device === device || (entry.mac !== undefined && macs.includes(entry.mac)),
    );
    if (found && typeof found.address === 'number') return formatAddress(found.address);
  }
  return undefined;
}
