import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../model/source.ts';
import type { HostAbout } from '../read/about.ts';
import { detect } from '../read/detect.ts';
import { type ArchivedFile, readArchive } from './archive.ts';
import { clusterFrom } from './from-cluster.ts';
import { type CapturedHost, identityOf } from './host.ts';
import { folderName } from './name.ts';

export interface FromHosts {
  readonly hosts: readonly CapturedHost[];
  readonly cluster?: CapturedHost;
}

/**
 * Makes hosts of files that are there already: sosreports, must-gathers and snapshots, as archives or unpacked, folders
 * of command outputs, single files (which are of one node). Links are not followed. Throws InputError.
 */
export async function hostsFrom(paths: readonly string[], node = 'node'): Promise<FromHosts> {
  const found = new Map<string, Map<string, Found>>();
  const objects: Found[] = [];
  let newest = 0;
  for (const path of paths) {
    const about = await lstat(path).catch(() => {
      throw new InputError(`${path}: there is no such file or folder`);
    });
    newest = Math.max(newest, about.mtimeMs);
    const single = about.isDirectory() ? undefined : await readFile(path);
    const whole = about.isDirectory() || isArchive(path, single);
    const files = about.isDirectory() ? await filesUnder(path) : whole ? await readArchive(path, isWanted) : [];
    if (!whole) files.push({ path: path.split('/').at(-1) ?? path, bytes: single ?? Buffer.alloc(0) });
    const before = found.size + objects.length;
    const count = sizeOf(found);
    sort(files, path, whole ? undefined : node, found, objects);
    if (found.size + objects.length === before && sizeOf(found) === count)
      throw new InputError(
        `${path}: nothing in it that can be read; what can is in docs/snapshot.md (iptables-save, ip addr, sosreport...)`,
      );
  }
  const time = new Date(newest).toISOString();
  const hosts = [...found].map(([folder, files]) => hostFrom(folder, files, time));
  const cluster = clusterFrom(objects, time);
  return { hosts, ...(cluster && { cluster }) };
}

/** A file that is taken: its new name, and where it was. */
export interface Found {
  readonly name: string;
  readonly from: string;
  readonly bytes: Buffer;
}

const sizeOf = (found: ReadonlyMap<string, ReadonlyMap<string, Found>>): number =>
  [...found.values()].reduce((sum, files) => sum + files.size, 0);

function hostFrom(folder: string, files: ReadonlyMap<string, Found>, time: string): CapturedHost {
  const id = files.get('@machine-id');
  const own = [...files].filter(([name]) => !name.startsWith('@'));
  const about: HostAbout = {
    name: folder.slice(folder.indexOf('/') + 1),
    folder,
    how: 'from files',
    state: 'complete',
    ...(id && { identity: identityOf(id.bytes.toString('utf8').trim()) }),
    start: time,
    end: time,
    commands: own.map(([file, { from }]) => ({ file, command: `from ${from}` })),
  };
  return { about, files: new Map(own.map(([name, { bytes }]) => [`${folder}/${name}`, bytes])) };
}

const GZIP = [0x1f, 0x8b];
const isArchive = (path: string, bytes: Buffer | undefined): boolean =>
  /\.(?:tar|tar\.\w+|tgz|txz|tbz2?|zip)$/.test(path) ||
  (bytes !== undefined &&
    (GZIP.every((byte, i) => bytes[i] === byte) || bytes.toString('latin1', 257, 262) === 'ustar'));

/** Files of an unpacked archive, by their paths in it; links in it may lead anywhere, and are left alone. */
async function filesUnder(root: string): Promise<ArchivedFile[]> {
  const files: ArchivedFile[] = [];
  const folders = [''];
  for (let next = folders.pop(); next !== undefined; next = folders.pop())
    for (const entry of (await readdir(join(root, next), { withFileTypes: true })).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = next === '' ? entry.name : `${next}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() && isWanted(path)) {
        const bytes = await readFile(join(root, path)).catch(() => undefined);
        if (bytes) files.push({ path, bytes });
      }
    }
  return files;
}

/** Of a sosreport, what is of the network; of a must-gather, objects. */
const SOS = /^(.*?)(?:sos_commands|sos_reports|sos_logs|sos_strings)\//;
const SOS_WANTED =
  /(?:^|\/)(?:sos_commands\/(?:networking|firewall_tables|kernel|host|conntrack\w*|ipvs|libvirt)\/[^/]+|etc\/machine-id|hostname|proc\/(?:\d+\/|self\/)?net\/(?:arp|nf_conntrack|nf_conntrack_expect|ip_vs|tcp6?|udp6?|xt_recent\/[^/]+))$/;
const MUST_GATHER = /(?:^|\/)(?:cluster-scoped-resources|namespaces)\/.*\.(?:ya?ml|json)$/;
const SKIPPED = /(?:^|\/)(?:\.git|sos_reports|sos_logs|sos_strings|var|usr|lib|boot|run|sys|dev|home|root|opt)\//;

const isWanted = (path: string): boolean => !SKIPPED.test(path) || MUST_GATHER.test(path);

function sort(
  files: readonly ArchivedFile[],
  source: string,
  node: string | undefined,
  found: Map<string, Map<string, Found>>,
  objects: Found[],
): void {
  const roots = new Set(files.flatMap(({ path }) => SOS.exec(path)?.[1] ?? []));
  const add = (folder: string, name: string, { path, bytes }: ArchivedFile) => {
    const files = found.get(folder) ?? new Map<string, Found>();
    found.set(folder, files.set(name, { name, from: `${source.split('/').at(-1)}:${path}`, bytes }));
  };
  for (const file of files) {
    const { path, bytes } = file;
    const root = [...roots].find(candidate => path.startsWith(candidate));
    const [, folder, rest] = /(?:^|\/)((?:nodes|outside)\/[^/]+)\/(.+)$/.exec(path) ?? [];
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (root !== undefined) {
      if (SOS_WANTED.test(path)) addSos(path.slice(root.length), hostOfSos(files, root, source), file, add);
    } else if (MUST_GATHER.test(path) || /(?:^|\/)cluster\/[^/]+$/.test(path))
      objects.push({ name, from: path, bytes });
    else if (folder !== undefined && rest !== undefined)
      add(folder.split('/').map(folderName).join('/'), rest.split('/').map(folderName).join('/'), file);
    else if (formatOf(file) === 'kubernetes') objects.push({ name, from: path, bytes });
    else if (formatOf(file) !== undefined) add(`nodes/${node ?? nodeOf(path, source)}`, folderName(name), file);
  }
}

/** The folder that a file lies in names its node; where it lies in none, the archive or folder itself. */
function nodeOf(path: string, source: string): string {
  const parts = path.split('/');
  const name = parts.at(-2) === 'xt_recent' ? parts.at(-3) : parts.at(-2);
  return folderName(name ?? source.replace(/\/+$/, '').split('/').at(-1) ?? 'node');
}

const formatOf = ({ path, bytes }: ArchivedFile): string | undefined =>
  detect(bytes.toString('utf8', 0, 65_536), path)?.format;

function hostOfSos(files: readonly ArchivedFile[], root: string, source: string): string {
  const own = files.find(({ path }) => path === `${root}sos_commands/host/hostname` || path === `${root}hostname`);
  const said = own?.bytes.toString('utf8').trim().split(/[\s.]/)[0] ?? '';
  return folderName(said === '' ? nodeOf(`${root}x`, source) : said);
}

/** Of the namespaces that sos lists beside the node's own (`ip netns exec`) nothing may be laid over the node. */
function addSos(
  path: string,
  host: string,
  file: ArchivedFile,
  add: (folder: string, name: string, file: ArchivedFile) => void,
): void {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = `nodes/${host}`;
  if (path === 'etc/machine-id') add(folder, '@machine-id', file);
  else if (/^ip_netns_exec|^hostname/.test(name) || formatOf(file) === undefined) return;
  else if (/xt_recent\/[^/]+$/.test(path)) add(folder, `xt_recent/${folderName(name)}`, file);
  else if (path.startsWith('proc/')) add(folder, `proc-net-${name}.txt`, file);
  else add(folder, `${folderName(name)}.txt`, file);
}
