import { randomBytes } from 'node:crypto';
import { isObject } from '../../read/json.ts';
import { AddressMap } from './address-map.ts';
import { dropWords, Names, renameChains, renameKeys } from './names.ts';
import { redactObjects } from './objects.ts';
import { StructureBuilder } from './structure.ts';
import { mapIpvs, mapProcSockets, mapText } from './text.ts';

export interface RedactedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface RedactOptions {
  /** The same key maps the same snapshot in the same way. */
  readonly key: Uint8Array;
  /** Drops names and comments, too. */
  readonly names: boolean;
}

export interface Redacted {
  readonly files: readonly RedactedFile[];
  readonly map: AddressMap;
  /** What may not trace the same. */
  readonly remarks: readonly string[];
}

/** A key that nobody knows afterwards. */
export const randomKey = (): Uint8Array => randomBytes(32);

/** Bytes that are no UTF-8 come out as they went in. */
const decode = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** A snapshot whose addresses are others, with the same prefixes, ranges and order: what it traces is the same. */
export function redact(files: readonly RedactedFile[], { key, names: drop }: RedactOptions): Redacted {
  const structure = new StructureBuilder();
  for (const { path, bytes } of files) structure.add(path, decode(bytes));
  structure.finish();
  const map = new AddressMap(key, structure);
  const names = drop ? new Names() : undefined;
  for (const { path } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) if (names) newPath(path, names);
  const redacted = files.flatMap(({ path, bytes }): RedactedFile[] => {
    const text = redactText(path, bytes, map, names);
    if (text === undefined) return [];
    return [
      {
        path: mapText(names ? newPath(path, names) : path, map),
        bytes: Buffer.from(text, /\.json$/.test(path) ? 'utf8' : 'latin1'),
      },
    ];
  });
  return { files: redacted, map, remarks: [...structure.remarks] };
}

function redactText(path: string, bytes: Uint8Array, map: AddressMap, names: Names | undefined): string | undefined {
  const inCluster = /(?:^|\/)cluster\//.test(path);
  if (path.endsWith('snapshot.json')) return mapText(redactAbout(Buffer.from(bytes).toString('utf8'), names), map);
  if (inCluster && path.endsWith('.json'))
    return mapText(redactObjects(Buffer.from(bytes).toString('utf8'), names), map);
  if (inCluster && names) return undefined;
  if (path.endsWith('.json')) {
    const text = Buffer.from(bytes).toString('utf8');
    const bare = names && renameChains(text.replace(/,? ?"comment": ?"(?:[^"\\]|\\.)*"/g, ''), names);
    return mapText(bare ?? text, map);
  }
  const text = names ? renameKeys(path, renameChains(dropWords(path, decode(bytes)), names), names) : decode(bytes);
  if (/proc-net-(?:tcp|udp)/.test(path)) return mapProcSockets(text, map);
  return /ip_vs/.test(path) ? mapIpvs(text, map) : mapText(text, map);
}

/** Folders of hosts have their names; those of pods are numbers. */
const newPath = (path: string, names: Names): string =>
  path.replace(
    /^(.*?)(nodes|outside)\/([^/]+)\//,
    (_, before: string, group: string, name: string) =>
      `${before}${group}/${names.rename(group === 'nodes' ? 'node' : 'host', name)}/`,
  );

/** How a host was reached names users and hosts; what was said on standard error may name anything. */
function redactAbout(text: string, names: Names | undefined): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return '';
  }
  if (!isObject(value)) return '';
  const without = (key: string, item: unknown): unknown => {
    if (!names) return item;
    if (key === 'stderr' || key === 'identity' || key === 'problem') return key === 'problem' ? 'not said' : undefined;
    if (key === 'how') return String(item).split(' ')[0];
    if (key === 'folder') return newPath(`${String(item)}/`, names).slice(0, -1);
    return item;
  };
  const hosts = (key: string, item: unknown): unknown => {
    const kept = without(key, item);
    if (!names || !isObject(kept)) return kept;
    const { folder: at, name } = kept;
    if (typeof at !== 'string' || typeof name !== 'string') return kept;
    const folder = newPath(`${at}/`, names).slice(0, -1);
    return { ...kept, name: folder.slice(folder.indexOf('/') + 1) };
  };
  return `${JSON.stringify({ ...value, redacted: names ? 'addresses, names and comments' : 'addresses' }, hosts, 1)}\n`;
}
