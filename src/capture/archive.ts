import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { InputError } from '../model/source.ts';

export interface ArchivedFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** What an archive from a stranger may make of this machine's memory. */
export interface ArchiveLimits {
  readonly files: number;
  /** Of all files, unpacked. */
  readonly bytes: number;
}

const LIMITS: ArchiveLimits = { files: 200_000, bytes: 4 * 2 ** 30 };
/** Of each file 1 GiB: what a text can be in memory. */
const LARGEST = 2 ** 30;

/**
 * Reads a `.tar`, packed by gzip, xz, bzip2 or zstd, into memory: nothing is written, links and devices are left out, and
 * paths are names only.
 * Throws InputError for what is no archive, is cut off, leaves its own folder or is larger than the limits.
 * `wanted` chooses by path, so that the rest need not be kept.
 */
export async function readArchive(
  path: string,
  wanted: (path: string) => boolean = () => true,
  { files: mostFiles, bytes: mostBytes }: ArchiveLimits = LIMITS,
): Promise<ArchivedFile[]> {
  const found: ArchivedFile[] = [];
  let left = mostBytes;
  let entries = 0;
  const source = await unpacked(path);
  const tar = extract();
  const failed = (error: Error) => tar.destroy(error);
  source.on('error', failed);
  source.pipe(tar);
  try {
    for await (const entry of tar) {
      const { header } = entry;
      if (++entries > mostFiles) throw new InputError(`${path}: more than ${mostFiles} files in it: not read`);
      const name = header.type === 'file' || header.type === 'contiguous-file' ? nameOf(header, path) : undefined;
      if (name === undefined) {
        entry.resume();
        continue;
      }
      if ((header.size ?? 0) > LARGEST) throw new InputError(`${path}: ${name} in it is larger than 1 GiB: not read`);
      const keep = wanted(name);
      const chunks: Buffer[] = [];
      for await (const chunk of entry) {
        if (!(chunk instanceof Uint8Array)) continue;
        left -= chunk.length;
        if (left < 0) throw new InputError(`${path}: unpacks to more than ${mostBytes} bytes: not read`);
        if (keep) chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
      }
      if (keep) found.push({ path: name, bytes: Buffer.concat(chunks) });
    }
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`${path}: ${whyNot(error)}`);
  } finally {
    tar.destroy();
    source.destroy();
  }
  if (entries === 0) throw new InputError(`${path}: is no tar archive, or an empty one`);
  return found;
}

/** Node unpacks gzip; other packings are left to the program of their name. */
async function unpacked(path: string): Promise<Readable> {
  const head = Buffer.alloc(6);
  try {
    const file = await open(path, 'r');
    await file.read(head, 0, head.length, 0).finally(() => file.close());
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new InputError(`${path}: ${REASONS.get(code) ?? `cannot be read (${code})`}`);
  }
  const raw = createReadStream(path);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const gunzip = createGunzip();
    raw.on('error', error => gunzip.destroy(error));
    return raw.pipe(gunzip);
  }
  const packing = PACKINGS.find(([magic]) => head.toString('latin1').startsWith(magic))?.[1];
  if (packing === undefined) return raw;
  raw.destroy();
  if (packing === 'zip') throw new InputError(`${path}: is packed by zip; unpack it first: unzip ${path}`);
  const { unpackedBy } = await import('./unpack.ts');
  return unpackedBy(packing, path);
}

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'may not be read by this user'],
  ['EISDIR', 'is a folder'],
]);
const PACKINGS: readonly (readonly [string, string])[] = [
  ['\xfd7zXZ', 'xz'],
  ['BZh', 'bzip2'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['PK\x03\x04', 'zip'],
];

/** The path of a file, without `.` and `..`; undefined for a name that is none. */
function nameOf({ name }: Header, archive: string): string | undefined {
  const parts = name
    .replaceAll('\\', '/')
    .split('/')
    .filter(part => part !== '' && part !== '.');
  if (parts.includes('..') || name.startsWith('/') || name.includes('\0'))
    throw new InputError(`${archive}: a path in it leaves the archive: not read`);
  return parts.length === 0 ? undefined : parts.join('/');
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return 'ends in the middle: it was not copied to its end';
  if (code.startsWith('Z_')) return 'is damaged: gzip cannot read it';
  return 'is neither a folder nor a tar archive; a single file is given with -f';
}
