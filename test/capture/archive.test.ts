import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readArchive } from '../../src/capture/archive.ts';
import { openStore } from '../../src/capture/store.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainwalk-archive-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Entry = Partial<Header> & { name: string; content?: string };

async function archive(name: string, entries: readonly Entry[], gzip = true): Promise<string> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const bytes = await buffer(tar);
  const path = join(folder, name);
  writeFileSync(path, gzip ? gzipSync(bytes) : bytes);
  return path;
}

describe('an archive from a stranger', () => {
  it.each([true, false])('gives its files (gzip: %s)', async gzip => {
    const path = await archive(
      'plain.tar.gz',
      [
        { name: './snap/nodes/n1/a.txt', content: 'a' },
        { name: 'b', content: '' },
      ],
      gzip,
    );
    const files = await readArchive(path);
    expect(files.map(file => [file.path, file.bytes.toString()])).toEqual([
      ['snap/nodes/n1/a.txt', 'a'],
      ['b', ''],
    ]);
  });

  it('gives no links and no devices', async () => {
    const path = await archive('links.tar.gz', [
      { name: 'nodes/n1/passwd', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'nodes/n1/hard', type: 'link', linkname: '../../../etc/passwd' },
      { name: 'nodes/n1/null', type: 'character-device' },
      { name: 'nodes/n1/fifo', type: 'fifo' },
      { name: 'nodes/n1/a.txt', content: 'a' },
    ]);
    expect((await readArchive(path)).map(file => file.path)).toEqual(['nodes/n1/a.txt']);
  });

  it.each(['../outside', 'nodes/../../x', '/etc/passwd', 'nodes\\..\\..\\x'])(
    'is refused for the path %j',
    async name => {
      const path = await archive('path.tar.gz', [{ name, content: 'x' }]);
      await expect(readArchive(path)).rejects.toThrow(`${path}: a path in it leaves the archive: not read`);
    },
  );

  it('is refused when it unpacks to too much', async () => {
    const path = await archive('bomb.tar.gz', [
      { name: 'a', content: '\0'.repeat(600_000) },
      { name: 'b', content: '\0'.repeat(600_000) },
    ]);
    expect(statSync(path).size).toBeLessThan(5000);
    await expect(readArchive(path, undefined, { files: 9, bytes: 1_000_000 })).rejects.toThrow(
      'unpacks to more than 1000000',
    );
    await expect(readArchive(path, () => false, { files: 9, bytes: 1_000_000 })).rejects.toThrow('unpacks to more');
    await expect(readArchive(path, undefined, { files: 1, bytes: 2e6 })).rejects.toThrow('more than 1 files in it');
  });

  it('is refused when it was cut off, damaged or is something else', async () => {
    const path = await archive('cut.tar.gz', [
      { name: 'a', content: Array.from({ length: 20_000 }, (_, i) => i).join() },
    ]);
    truncateSync(path, statSync(path).size >> 1);
    await expect(readArchive(path)).rejects.toThrow(`${path}: ends in the middle: it was not copied to its end`);
    const rows: [string, Buffer, string][] = [
      ['damaged.gz', Buffer.concat([gzipSync('x').subarray(0, 10), Buffer.alloc(50, 0xff)]), 'is damaged'],
      ['text.tar', Buffer.from('hello '.repeat(200)), 'is neither a folder nor a tar archive'],
      ['empty.tar', Buffer.alloc(0), 'is no tar archive, or an empty one'],
      ['packed.zip', Buffer.from('504b030414000000', 'hex'), 'is packed by zip; unpack it first: unzip'],
    ];
    for (const [name, bytes, message] of rows) {
      writeFileSync(join(folder, name), bytes);
      await expect(readArchive(join(folder, name)), name).rejects.toThrow(message);
    }
    await expect(readArchive(join(folder, 'none'))).rejects.toThrow('there is no such file');
  });
});

describe('an archive that another program packed', () => {
  for (const program of ['xz', 'bzip2', 'zstd']) {
    const there = spawnSync(program, ['--version']).error === undefined;
    if (!there) console.log(`left out: archives packed by ${program}, which is not installed`);
    it.skipIf(!there)(`is read by ${program}, and refused when it was cut off`, async () => {
      const path = await archive('plain.tar', [{ name: 'sos/a', content: 'x'.repeat(5000) }], false);
      const packed = join(folder, `-packed.tar.${program}`);
      writeFileSync(packed, execFileSync(program, ['-c', path]));
      const [file] = await readArchive(packed);
      expect([file?.path, file?.bytes.length]).toEqual(['sos/a', 5000]);
      truncateSync(packed, statSync(packed).size - 20);
      await expect(readArchive(packed)).rejects.toThrow(
        `${packed}: ends in the middle or is damaged: ${program} cannot read it`,
      );
    });
  }

  it('says which program it needs', async () => {
    const path = join(folder, 'packed.tar.xz');
    writeFileSync(path, Buffer.from('fd377a585a000004', 'hex'));
    vi.stubEnv('PATH', '/nowhere');
    await expect(readArchive(path)).rejects.toThrow(
      `${path}: is packed by xz, which is not installed here; install it`,
    );
    vi.unstubAllEnvs();
  });
});

describe('a snapshot is written', () => {
  it('as a folder for nobody else to read', async () => {
    const path = join(folder, 'new', 'snap');
    const store = await openStore(path);
    await store.write('nodes/n1/a.txt', 'a');
    await store.write('snapshot.json', '{}');
    await store.finish();
    const modes = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .sort()
      .map(name => {
        const about = statSync(join(path, name));
        return `${name} ${(about.mode & 0o777).toString(8)}`;
      });
    expect(modes).toEqual(['nodes 700', 'nodes/n1 700', 'nodes/n1/a.txt 600', 'snapshot.json 600']);
  });

  it('as an archive with the same in one folder', async () => {
    const path = join(folder, 'snap.tar.gz');
    const store = await openStore(path);
    await store.write('nodes/n1/a.txt', 'a');
    await store.write('snapshot.json', '{}');
    await store.finish();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await readArchive(path)).map(file => file.path)).toEqual(['snap/nodes/n1/a.txt', 'snap/snapshot.json']);
  });

  it('never over something', async () => {
    writeFileSync(join(folder, 'there.tar.gz'), '');
    await expect(openStore(join(folder, 'there.tar.gz'))).rejects.toThrow('is there already');
    await expect(openStore(folder)).rejects.toThrow('is not empty; a snapshot needs a new folder');
    await expect(openStore(join(folder, 'there.tar.gz', 'x'))).rejects.toThrow(/is no folder/);
  });
});
