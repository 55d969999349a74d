import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { buffer as readStream } from 'node:stream/consumers';
import { InputError } from '../model/source.ts';

/** A file as it was found; the path is the one that messages name. The text is decoded when somebody asks for it. */
export class FoundFile {
  readonly path: string;
  readonly bytes: Uint8Array;

  constructor(path: string, bytes: Uint8Array) {
    this.path = path;
    this.bytes = bytes;
  }

  get text(): string {
    try {
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes);
    } catch {
      throw new InputError(`${this.path}: ${TOO_LARGE}`);
    }
  }
}

/** Reads each path; `-` is standard input. */
export async function readFiles(paths: readonly string[]): Promise<FoundFile[]> {
  if (paths.filter(path => path === '-').length > 1) throw new InputError('-f -: standard input can be read once');
  const files: FoundFile[] = [];
  for (const path of paths)
    files.push(
      path === '-'
        ? new FoundFile('stdin', await readStream(process.stdin))
        : new FoundFile(path, await readBytes(path)),
    );
  return files;
}

const IN_SNAPSHOT = /^(?:.*?\/)??((?:(?:nodes|outside)\/[^/]+|cluster)\/.+|snapshot\.json)$/;

/** The files of a snapshot, from a folder or an archive. Paths are relative to the snapshot. */
export async function readSnapshotFiles(path: string): Promise<FoundFile[]> {
  const about = await guarded(path, () => stat(path));
  if (!about.isFile()) return readFolder(path);
  const { readArchive } = await import('../capture/archive.ts');
  const files = await readArchive(path);
  const whole = files.some(file => /(?:^|\/)nodes\//.test(file.path));
  return files.flatMap(file => {
    const name = whole ? IN_SNAPSHOT.exec(file.path)?.[1] : file.path;
    return name === undefined ? [] : [new FoundFile(name, file.bytes)];
  });
}

/**
 * The files of a snapshot's folder: what is under nodes/, cluster/ and outside/, or, in a folder without nodes/, what lies in it.
 * Paths are relative to the folder.
 */
export async function readFolder(folder: string): Promise<FoundFile[]> {
  const names = await list(folder);
  const parts = names.filter(name => ['nodes', 'cluster', 'outside'].includes(name));
  const whole = parts.includes('nodes');
  const paths: string[] = [];
  for (const name of whole ? [...parts, ...names.filter(name => name === 'snapshot.json')] : names)
    paths.push(...(await filesUnder(join(folder, name), whole)));
  const files: FoundFile[] = [];
  for (const path of paths.sort())
    files.push(new FoundFile(relative(folder, path).split(sep).join('/'), await readBytes(path)));
  if (files.length === 0) throw new InputError(`${folder}: no file in it; a snapshot has nodes/NAME/COMMAND.txt`);
  return files;
}

async function filesUnder(path: string, deep: boolean): Promise<string[]> {
  const found: string[] = [];
  const folders = [path];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const about = await guarded(next, () => stat(next));
    if (about.isFile()) found.push(next);
    else if (about.isDirectory() && deep) for (const name of await list(next)) folders.push(join(next, name));
  }
  return found;
}

const list = (folder: string): Promise<string[]> => guarded(folder, () => readdir(folder));
const readBytes = (path: string): Promise<Uint8Array> => guarded(path, async () => readFileSync(path));

const TOO_LARGE = 'is too large to be read; cut it to the tables that matter';
const REASONS = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['ENOTDIR', 'a part of the path is no folder'],
  ['EISDIR', 'is a folder; a folder is given with --snapshot'],
  ['EACCES', 'may not be read by this user'],
  ['ELOOP', 'is a link that leads to itself'],
  ['ERR_STRING_TOO_LONG', TOO_LARGE],
  ['ERR_FS_FILE_TOO_LARGE', TOO_LARGE],
]);

async function guarded<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = REASONS.get(code);
    if (reason === undefined) throw error;
    throw new InputError(`${path}: ${reason}`);
  }
}
