import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { guardedWrite, isArchiveName, type Store } from './store.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Writes a `.tar.gz` with one folder in it, named as the archive is. */
export class ArchiveStore implements Store {
  private readonly root: string;
  private readonly tar = pack();
  private readonly done: Promise<void>;
  private readonly folders = new Set<string>();
  private failure: Error | undefined;

  constructor(path: string) {
    const name = path.split('/').at(-1) ?? 'snapshot';
    this.root = isArchiveName(name) ? name.replace(/\.(?:tar\.gz|tgz)$/, '') : name;
    this.done = guardedWrite(path, () =>
      pipeline(this.tar, createGzip(), createWriteStream(path, { mode: FILE_MODE, flags: 'wx' })),
    );
    this.done.catch((error: Error) => {
      this.failure = error;
    });
  }

  async write(path: string, bytes: Uint8Array | string): Promise<void> {
    const parts = [this.root, ...path.split('/')];
    for (let i = 1; i < parts.length; i++) this.folder(parts.slice(0, i).join('/'));
    this.check();
    this.tar.entry({ name: parts.join('/'), mode: FILE_MODE }, Buffer.from(bytes));
  }

  private folder(name: string): void {
    if (this.folders.has(name)) return;
    this.folders.add(name);
    this.tar.entry({ name, type: 'directory', mode: FOLDER_MODE });
  }

  private check(): void {
    if (this.failure) throw this.failure;
  }

  async finish(): Promise<void> {
    this.tar.finalize();
    await this.done;
  }
}
