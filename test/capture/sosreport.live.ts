import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshotFiles } from '../../src/commands/files.ts';
import { readSnapshot } from '../../src/read/snapshot.ts';
import { chainwalk } from '../commands/run.ts';

const why =
  process.getuid?.() !== 0 ? 'needs root' : spawnSync('sos', ['--help']).error ? 'needs sos (sosreport)' : undefined;
if (why !== undefined) console.log(`left out: a real sosreport ${why}`);

let folder = '';

describe.skipIf(why !== undefined)('a real sosreport', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'chainwalk-sos-'));
    const options = ['--batch', '--tmp-dir', folder, '-o', 'networking,kernel,host', '-z', 'gzip'];
    execFileSync('sos', ['report', ...options], { stdio: 'ignore' });
  }, 240_000);
  afterAll(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  it('is a node with addresses, routes, rules, neighbours and sysctls', async () => {
    const archive = readdirSync(folder).find(name => name.endsWith('.tar.gz')) ?? '';
    const path = join(folder, 'snap.tgz');
    const { code, stdout } = await chainwalk(['capture', '-o', path, '--from', join(folder, archive)]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('from files')]);
    const { nodes } = readSnapshot(await readSnapshotFiles(path));
    const node = nodes.get(hostname().split('.')[0] ?? '');
    expect(node?.interfaces?.some(({ name }) => name === 'lo')).toBe(true);
    expect(node?.routes?.length).toBeGreaterThan(0);
    expect(node?.rules?.length).toBeGreaterThan(0);
    expect(node?.neighbours).toBeDefined();
    expect(node?.sysctls?.get('net.ipv4.ip_forward')).toMatch(/^[01]$/);
  });
});
