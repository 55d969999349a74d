import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FoundFile, readFolder } from '../../../src/commands/files.ts';
import { exitCodeOfDiff } from '../../../src/diff/exit-code.ts';
import { diffNodes } from '../../../src/diff/nodes/nodes.ts';
import type { Side } from '../../../src/diff/side.ts';
import { readSnapshot, type SnapshotFile } from '../../../src/read/snapshot.ts';
import { ROOT } from '../../commands/run.ts';
import { nodeOf, sideOf } from '../sides.ts';

const CAPTURE = 'fixtures/kube-proxy-1.36-iptables';
const OPTIONS = { version: '1', layers: ['rules', 'meaning'] } as const;

/** The capture, with the rules of one node changed. */
async function changed(node: string, change: (text: string) => string): Promise<Side> {
  const files = (await readFolder(join(ROOT, CAPTURE))).map(
    (file: FoundFile): SnapshotFile =>
      file.path === `nodes/${node}/iptables-nft-save-c.txt` ? { path: file.path, text: change(file.text) } : file,
  );
  const { nodes, outside, cluster } = readSnapshot(files);
  const objects = cluster.filter(({ path }) => path.endsWith('.json')).map(({ text }) => JSON.parse(text));
  return { path: CAPTURE, nodes, outside, objects, remarks: [] };
}

const without = (pattern: RegExp) => (text: string) =>
  text
    .split('\n')
    .filter(line => !pattern.test(line))
    .join('\n');

const texts = ({ meaning = [] }: ReturnType<typeof diffNodes>) => meaning.map(({ nodes, text }) => [nodes, text]);

describe('nodes of one capture', () => {
  it('agree: what is each its own is set aside, and that is said', async () => {
    const answer = diffNodes(await sideOf(CAPTURE), OPTIONS);
    expect(answer).toMatchObject({ different: false, rules: [], meaning: [] });
    expect(answer.setAside.length).toBeGreaterThan(1);
    expect(answer.passedOver.rules).toBeGreaterThan(1000);
  });

  it.each([
    ['kube-proxy', []],
    ['firewall', ["elements of sets of nft, but for kube-proxy's: these by what they say of services"]],
  ])('sets of table %s', (table, open) => {
    const text = `table ip ${table} {\n\tset s {\n\t\ttype ipv4_addr\n\t\telements = { 10.0.0.1 }\n\t}\n\n\tchain c {\n\t\tip saddr @s drop\n\t}\n}\n`;
    const [one, other] = ['n1', 'n2'].map(name => nodeOf({ 'nft-list-ruleset.txt': text }, name));
    const nodes = new Map([...(one?.nodes ?? []), ...(other?.nodes ?? [])]);
    const answer = diffNodes({ path: 'two', nodes, outside: new Map(), objects: [], remarks: [] }, OPTIONS);
    expect([answer.different, answer.notCompared.map(({ text }) => text)]).toEqual([false, open]);
    expect(exitCodeOfDiff(answer)).toBe(open.length > 0 ? 3 : 0);
  });

  it('one without an endpoint', async () => {
    // default/echo:p, endpoint 192.168.3.10: the rule that chooses it and its chain
    const side = await changed('n2', text => {
      const sep = /"default\/echo:p -> 192\.168\.3\.10:8080".* -j (KUBE-SEP-\w+)/.exec(text)?.[1] ?? '';
      return without(new RegExp(`${sep}`))(text);
    });
    const answer = diffNodes(side, OPTIONS);
    expect(texts(answer)).toContainEqual([['n2'], 'default/echo:p: no endpoint 192.168.3.10:8080; n1, n3 have it']);
    expect(answer.rules?.every(({ nodes }) => nodes.join() === 'n2')).toBe(true);
    expect(answer.rules?.flatMap(({ lines }) => lines).length).toBeGreaterThan(0);
    for (const { lines } of answer.rules ?? [])
      for (const line of lines) expect(line.before?.text ?? line.after?.text).toContain('default/echo:p');
  });

  it('one without a service', async () => {
    const answer = diffNodes(await changed('n3', without(/default\/web:p/)), OPTIONS);
    expect(texts(answer).map(([nodes]) => nodes)).toContainEqual(['n3']);
    expect(JSON.stringify(answer.meaning)).toContain('default/web:p');
  });

  it('one with a rule of its own', async () => {
    const own = '-A FORWARD -s 10.9.9.9/32 -j DROP';
    const side = await changed('n1', text => text.replace('\n[0:0] -A FORWARD', `\n[0:0] ${own}\n[0:0] -A FORWARD`));
    const { rules = [], meaning } = diffNodes(side, OPTIONS);
    expect(
      rules.map(({ nodes, chain, lines }) => [nodes, chain, lines.map(({ kind, after }) => [kind, after?.text])]),
    ).toEqual([[['n1'], 'FORWARD', [['added', own]]]]);
    expect(meaning).toEqual([]);
  });

  it('one that masquerades less', async () => {
    const story = await sideOf('fixtures/stories/3-external-ip-nodeport/c-external-ip-masquerade-removed');
    expect(texts(diffNodes(story, OPTIONS))).toEqual([
      [
        ['ubuntu-2'],
        'default/svc-test-1: connections from anywhere to its external address are not masqueraded; they are at ubuntu-1, ubuntu-3, ubuntu-4, ubuntu-5',
      ],
    ]);
  });

  it('settings', () => {
    const node = (name: string, value: number) => nodeOf({ 'sysctl.txt': `net.ipv4.ip_forward = ${value}\n` }, name);
    const sides = [node('a', 1), node('b', 1), node('c', 0)];
    const side = { ...node('a', 1), nodes: new Map(sides.flatMap(({ nodes }) => [...nodes])) };
    expect(texts(diffNodes(side, OPTIONS))).toEqual([[['c'], 'net.ipv4.ip_forward is 0; 1 at a, b']]);
  });

  it('that are one', () => {
    expect(() => diffNodes(nodeOf({ 'sysctl.txt': 'net.ipv4.ip_forward = 1\n' }), OPTIONS)).toThrow(/two are needed/);
  });
});
