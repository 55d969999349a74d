import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../model/source.ts';

/** Where a snapshot is written: what is in it are addresses and names of other people's machines. */
export interface Store {
  write(path: string, bytes: Uint8Array | string): Promise<void>;
  finish(): Promise<void>;
}

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const ARCHIVE = /\.(?:tar\.gz|tgz)$/;

export const isArchiveName = (path: string): boolean => ARCHIVE.test(path);

/** A folder, which must be new or empty, or a `.tar.gz`, which must be new. Throws InputError. */
export async function openStore(path: string): Promise<Store> {
  if (isArchiveName(path)) {
    if ((await stat(path).catch(() => undefined)) !== undefined) throw new InputError(`${path}: is there already`);
    const { ArchiveStore } = await import('./archive-store.ts');
    return new ArchiveStore(path);
  }
  const known = await readdir(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new InputError(`${path}: is no folder that could be written to; -o DIR makes one, -o FILE.tar.gz an archive`);
  });
  if (known !== undefined && known.length > 0)
    throw new InputError(`${path}: is not empty; a snapshot needs a new folder (-o)`);
  await guardedWrite(path, () => mkdir(path, { recursive: true, mode: FOLDER_MODE }));
  return new FolderStore(path);
}

class FolderStore implements Store {
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async write(path: string, bytes: Uint8Array | string): Promise<void> {
    const target = join(this.root, ...path.split('/'));
    await guardedWrite(target, async () => {
      await mkdir(dirname(target), { recursive: true, mode: FOLDER_MODE });
      await writeFile(target, bytes, { mode: FILE_MODE, flag: 'wx' });
    });
  }

  async finish(): Promise<void> {}
}

const REASONS = new Map([
  ['EACCES', 'this user may not write there'],
  ['EROFS', 'is on a file system that is read-only'],
  ['ENOSPC', 'no space is left there'],
  ['ENOTDIR', 'a part of the path is no folder'],
  ['EEXIST', 'is there already'],
  ['ENAMETOOLONG', 'the name is too long'],
]);

/** Writes, and says in one line why it could not. Throws InputError. */
export async function guardedWrite<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const reason = REASONS.get(error instanceof Error && 'code' in error ? String(error.code) : '');
    throw reason === undefined ? error : new InputError(`${path}: ${reason}`);
  }
}
