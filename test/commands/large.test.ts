import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chainwalk } from './run.ts';

const RULE =
  '-A PREROUTING -d 10.9.9.9/32 -p udp -m comment --comment "default/echo:p cluster IP" -m udp --dport 80 -j DROP\n';
const BLOCK = 10_000;
const BLOCKS = 190;

it('200 MB of rules in one chain are walked to the last', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chainwalk-'));
  try {
    const path = join(folder, 'iptables-save.txt');
    const file = await open(path, 'w');
    await file.write('*raw\n:PREROUTING ACCEPT [0:0]\n');
    const block = RULE.repeat(BLOCK);
    for (let i = 0; i < BLOCKS; i++) await file.write(block);
    await file.write('-A PREROUTING -d 10.0.0.8/32 -j DROP\nCOMMIT\n');
    expect((await file.stat()).size).toBeGreaterThan(200e6);
    await file.close();
    const ran = await chainwalk(['trace', '10.0.0.9', '10.0.0.8:80/udp', '-f', path, '--format', 'minimal']);
    expect(ran).toEqual({
      stdout: `1 dropped by a rule; rule raw PREROUTING ${BLOCK * BLOCKS + 1}\n`,
      stderr: '',
      code: 1,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);
