import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { text as readStream } from 'node:stream/consumers';
import { InputError } from '../model/source.ts';

/** A file as it was found; the path is the one that messages name. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Reads each path as text; `-` is standard input. */
export async function readFiles(paths: readonly string[]): Promise<TextFile[]> {
  if (paths.filter(path => path === '-').length > 1) throw new InputError('-f -: standard input can be read once');
  const files: TextFile[] = [];
  for (const path of paths)
    files.push(
      path === '-' ? { path: 'stdin', text: await readStream(process.stdin) } : { path, text: await readText(path) },
    );
  return files;
}

/**
 * The files of a snapshot: what is under nodes/, cluster/ and outside/, or, in a folder without nodes/, what lies in it.
 * Paths are relative to the folder.
 */
export async function readFolder(folder: string): Promise<TextFile[]> {
  const names = await list(folder);
  const parts = names.filter(name => ['nodes', 'cluster', 'outside'].includes(name));
  const whole = parts.includes('nodes');
  const paths: string[] = [];
  for (const name of whole ? [...parts, ...names.filter(name => name === 'snapshot.json')] : names)
    paths.push(...(await filesUnder(join(folder, name), whole)));
  const files: TextFile[] = [];
  for (const path of paths.sort())
    files.push({ path: relative(folder, path).split(sep).join('/'), text: await readText(path) });
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
const readText = (path: string): Promise<string> => guarded(path, () => readFile(path, 'utf8'));

const REASONS = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['ENOTDIR', 'is no folder; a single file is given with -f'],
  ['EISDIR', 'is a folder; a folder is given with --snapshot'],
  ['EACCES', 'may not be read by this user'],
  ['ELOOP', 'is a link that leads to itself'],
  ['ERR_STRING_TOO_LONG', 'is too large to be read; cut it to the tables that matter'],
  ['ERR_FS_FILE_TOO_LARGE', 'is too large to be read; cut it to the tables that matter'],
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
