import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFolder } from '../../src/commands/files.ts';
import { formatAddress } from '../../src/net/address.ts';
import { readSnapshot } from '../../src/read/snapshot.ts';
import { chainwalk } from '../commands/run.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
if (!isRoot) console.log('left out: network namespaces of pods need root on Linux');
const { CHAINWALK_LAB_PREFIX = 'cwcap' } = process.env;
const NAMES = ['a', 'b'].map(name => `${CHAINWALK_LAB_PREFIX}-pod-${name}`);
const ip = (...args: readonly string[]) => execFileSync('ip', args, { encoding: 'utf8' });

let folder = '';

describe.skipIf(!isRoot)('--pods', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'chainwalk-pods-'));
    for (const [i, name] of NAMES.entries()) {
      ip('netns', 'add', name);
      ip('-n', name, 'link', 'set', 'lo', 'up');
      ip('-n', name, 'addr', 'add', `10.244.9.${i + 1}/32`, 'dev', 'lo');
    }
    execFileSync('ip', ['netns', 'exec', NAMES[0] ?? '', 'iptables-nft-restore'], {
      input: '*nat\n:PREROUTING ACCEPT [0:0]\n:SIDECAR - [0:0]\n-A PREROUTING -p tcp -j SIDECAR\nCOMMIT\n',
    });
  });
  afterAll(() => {
    for (const name of NAMES) ip('netns', 'del', name);
    rmSync(folder, { recursive: true });
  });

  it('takes each network namespace beside the own one, and nothing of it is laid over the node', async () => {
    const path = join(folder, 'snap');
    expect((await chainwalk(['capture', '-o', path, '--local', '--pods'])).code).toBe(0);
    const { nodes, pods } = readSnapshot(await readFolder(path));
    const [node] = nodes.keys();
    const inner = [...(pods.get(node ?? '')?.values() ?? [])];
    const addresses = inner.map(({ interfaces }) =>
      (interfaces ?? []).flatMap(link => link.addresses.map(({ address }) => formatAddress(address))),
    );
    for (const own of ['10.244.9.1', '10.244.9.2'])
      expect(addresses.filter(list => list.includes(own))).toHaveLength(1);
    const sidecar = inner[addresses.findIndex(list => list.includes('10.244.9.1'))];
    expect(JSON.stringify(sidecar?.ruleset.tables.map(({ name }) => name))).toContain('nat');
    const outer = nodes.get(node ?? '')?.interfaces ?? [];
    expect(outer.flatMap(link => link.addresses.map(({ address }) => formatAddress(address)))).not.toContain(
      '10.244.9.1',
    );
  });
});
