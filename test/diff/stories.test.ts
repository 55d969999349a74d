import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DiffAnswer } from '../../src/diff/answer.ts';
import { diff } from '../../src/diff/diff.ts';
import { ROOT } from '../commands/run.ts';
import { sideOf } from './sides.ts';

const STORIES = 'fixtures/stories';

async function compare(story: string, before: string, after: string): Promise<DiffAnswer> {
  const sides = await Promise.all([before, after].map(stage => sideOf(`${STORIES}/${story}/${stage}`)));
  const [a, b] = sides;
  if (!a || !b) throw new Error('two sides');
  return diff(a, b, { version: '1', layers: ['rules', 'meaning'] });
}

/** The rules of one node in a stage, without counters, in any order: what diff(1) and sort(1) would tell. */
function rulesOf(story: string, stage: string, node: string): string[] {
  const file = join(ROOT, STORIES, story, stage, 'nodes', node, 'iptables-legacy-save-c.txt');
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter(line => / ?-A /.test(line)).map(line => line.replace(/^\[\d+:\d+\] /, ''));
}

function lone(own: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return own.filter(line => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const THREE = '3-external-ip-nodeport';
const NODES = ['ubuntu-1', 'ubuntu-2', 'ubuntu-3', 'ubuntu-4', 'ubuntu-5'];
const STAGES = ['a-before', 'b-external-ip', 'c-external-ip-masquerade-removed', 'd-node-port'];

describe('an external address and a node port', () => {
  it.each(STAGES.flatMap(before => STAGES.map(after => [before, after] as const)))(
    '%s > %s: exactly the lines that came and went',
    async (before, after) => {
      const { rules = [], different } = await compare(THREE, before, after);
      for (const node of NODES) {
        const [was, is] = [rulesOf(THREE, before, node), rulesOf(THREE, after, node)];
        const lines = rules.filter(({ nodes }) => nodes.includes(node)).flatMap(change => change.lines);
        expect(lines.flatMap(line => line.before?.text ?? []).sort()).toEqual(lone(was, is).sort());
        expect(lines.flatMap(line => line.after?.text ?? []).sort()).toEqual(lone(is, was).sort());
      }
      expect(different).toBe(before !== after);
    },
  );

  it.each<[string, string, [readonly string[], string][]]>([
    ['a-before', 'b-external-ip', [[NODES, 'default/svc-test-1 gained external address 169.10.10.1 (port 80)']]],
    [
      'b-external-ip',
      'c-external-ip-masquerade-removed',
      [
        [
          ['ubuntu-2'],
          'default/svc-test-1: connections from anywhere to its external address are no longer masqueraded',
        ],
      ],
    ],
    [
      'b-external-ip',
      'd-node-port',
      [
        [NODES, 'default/svc-test-1 gained node port 30487'],
        [NODES, 'default/svc-test-1 lost external address 169.10.10.1 (port 80)'],
      ],
    ],
    ['a-before', 'd-node-port', [[NODES, 'default/svc-test-1 gained node port 30487']]],
  ])('%s > %s in words', async (before, after, expected) => {
    const { meaning = [] } = await compare(THREE, before, after);
    expect(meaning.map(({ nodes, text }) => [nodes, text])).toEqual(expected);
  });
});

it('nobody announces, then one node does', async () => {
  const { meaning = [], rules } = await compare('2-nobody-announces', 'a-bgp-refused', 'c-l2advertisement');
  expect(rules).toEqual([]);
  expect(meaning.map(({ nodes, text }) => [nodes, text])).toEqual([
    [['client'], '192.168.5.1 is answered by swip.dodges.it (b8:27:eb:15:00:01) now on enp9s0; nobody answered for it'],
  ]);
});

it('a rule of nft more', async () => {
  const { rules = [] } = await compare('4-nftables-api-server', 'a-as-in-the-article', 'b-application-address');
  expect(
    rules.map(({ table, chain, lines }) => [table, chain, lines.map(({ kind, after }) => [kind, after?.text])]),
  ).toEqual([
    [
      'nat',
      'prerouting',
      [
        [
          'added',
          'ip daddr 192.168.4.1 tcp dport 31243 dnat to numgen inc mod 2 map { 0 : 192.168.2.120, 1 : 192.168.2.121 }',
        ],
      ],
    ],
  ]);
});
