import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DiffAnswer } from '../../src/diff/answer.ts';
import { diff, type Layer } from '../../src/diff/diff.ts';
import { fateDiff } from '../../src/diff/fate/fate.ts';
import { boxHolds, type Point } from '../../src/diff/fate/space/box.ts';
import { type Address, formatAddress, formatEndpoint, parseAddress } from '../../src/net/address.ts';
import { ROOT } from '../commands/run.ts';
import { nodeOf, sideOf } from './sides.ts';

const STORIES = 'fixtures/stories';

async function compare(
  story: string,
  before: string,
  after: string,
  layers: readonly Layer[] = ['rules', 'meaning'],
): Promise<DiffAnswer> {
  const sides = await Promise.all([before, after].map(stage => sideOf(`${STORIES}/${story}/${stage}`)));
  const [a, b] = sides;
  if (!a || !b) throw new Error('two sides');
  return diff(a, b, { version: '1', layers });
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

/** Endpoints that curl reached in the story, and whom they saw, is in its account: the pod sees 10.20.30.72. */
const ENDPOINTS = 'DNAT to 10.100.1.8:80, 10.100.2.7:80 or 10.100.3.8:80';

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

interface Proof {
  readonly name: string;
  /** As curl was asked. */
  readonly to: string;
  /** Where the client's packet came in, and what it was. */
  readonly node: string;
  readonly packet: Point;
  /** The pod that answered; undefined: none did. */
  readonly servedBy: string | undefined;
  /** Whom that pod saw. */
  readonly seenAs: string;
}

const CLIENT = addressOf('192.168.127.50');
/** The router sends what is for the external address to this node, by this interface. */
const ENTRY = ['ubuntu-2', 'ens32'] as const;
/** Of the nodes' addresses that the client asked for, by the last number. */
const ENTRIES = new Map([71, 72, 73, 74, 75].map((last, i) => [String(last), NODES[i] ?? '']));

/** What the client's requests met, as the programs of the story and tcpdump told it. */
function proofsOf(stage: string): Proof[] {
  const file = join(ROOT, STORIES, THREE, stage, 'proof.json');
  const { proof } = JSON.parse(readFileSync(file, 'utf8'));
  return proof
    .filter(({ from }: { from: string }) => from === 'client')
    .map(({ name, command, server_saw: saw, wire }: StoryProof): Proof => {
      const [, host = '', port = '80'] = /http:\/\/([\d.]+)(?::(\d+))?\//.exec(command) ?? [];
      const onNode = ENTRIES.get(host.replace(/^.*\./, ''));
      const [node, iif] = host === '169.10.10.1' ? ENTRY : [onNode ?? '', 'ens32'];
      const seen = saw[0];
      // Without the masquerade the pod answers the client itself, which knows of no such connection.
      const lines = wire.filter(({ at }) => at === 'client').flatMap(each => each.lines);
      const [, address, own] = lines.map(line => ANSWER.exec(line)).find(found => found && found[1] !== host) ?? [];
      return {
        name,
        to: `${host}:${port}`,
        node,
        packet: {
          family: 'ip',
          iif,
          saddr: CLIENT,
          daddr: addressOf(host),
          protocol: 6,
          sport: 40_000,
          dport: Number(port),
          mark: 0,
        },
        servedBy: seen?.local ?? (address === undefined ? undefined : `${address}:${own}`),
        seenAs: seen?.client.replace(/:\d+$/, '') ?? formatAddress(CLIENT),
      };
    });
}

interface StoryProof {
  readonly name: string;
  readonly command: string;
  readonly server_saw: readonly { readonly local: string; readonly client: string }[];
  readonly wire: readonly { readonly at: string; readonly lines: readonly string[] }[];
}

/** SYN and ACK to the client. */
const ANSWER = /IPv4 .* ([\d.]+)\.(\d+) > 192\.168\.127\.50\.\d+: Flags \[S\.\]/;

describe('what becomes of packets', () => {
  it.each<[string, string, string, string, string, string]>([
    // Before, ubuntu-2 sends the client's packet back to the gateway; then the pod that answers sees 10.20.30.72.
    [
      'a-before',
      'b-external-ip',
      'ubuntu-2',
      'to 169.10.10.1:80',
      'leaves as it is',
      `${ENDPOINTS}, masqueraded (1/3 each)`,
    ],
    // The pod sees the client itself, answers straight, and the client resets the connection.
    [
      'b-external-ip',
      'c-external-ip-masquerade-removed',
      'ubuntu-2',
      'to 169.10.10.1:80',
      `${ENDPOINTS}, masqueraded (1/3 each)`,
      `${ENDPOINTS} (1/3 each)`,
    ],
    // The node port works on all five nodes.
    ...NODES.map((node): [string, string, string, string, string, string] => [
      'a-before',
      'd-node-port',
      node,
      'to an address of the node port 30487',
      'delivered to the node itself',
      `${ENDPOINTS}, masqueraded (1/3 each)`,
    ]),
  ])('%s > %s at %s', async (before, after, node, packets, was, is) => {
    const { fate } = await compare(THREE, before, after, ['fate']);
    const [first] = fate?.summary.filter(({ nodes }) => nodes.includes(node)) ?? [];
    expect(first?.packets).toContain(packets);
    expect(first?.packets).toMatch(/^tcp from (?:nearly )?anywhere /);
    expect([first?.before, first?.after]).toEqual([was, is]);
    expect(fate).toMatchObject({ undecided: [], complete: true });
  });

  it.each<readonly [string, string, string]>([
    ['a-before', 'b-external-ip', 'to 169.10.10.1:80'],
    ['b-external-ip', 'c-external-ip-masquerade-removed', 'to 169.10.10.1:80'],
    ['b-external-ip', 'd-node-port', 'to 169.10.10.1:80'],
    ...NODES.map(node => ['a-before', 'd-node-port', node] as const),
  ])('%s > %s: as the curl of the story fared (%s)', async (before, after, what) => {
    const sides = await Promise.all([before, after].map(stage => sideOf(`${STORIES}/${THREE}/${stage}`)));
    let held = 0;
    for (const [i, stage] of [before, after].entries())
      for (const proof of proofsOf(stage).filter(({ name, to }) => name.includes(what) || what === `to ${to}`)) {
        const [was, is] = sides.map(side => side.nodes.get(proof.node));
        if (!was || !is) throw new Error(`no ${proof.node}`);
        const { changed } = fateDiff({ before: was, after: is });
        const change = changed.find(({ packets }) => packets.boxes.some(box => boxHolds(box, proof.packet)));
        expect(change, proof.name).toBeDefined();
        const ways = (i === 0 ? change?.before : change?.after)?.map(({ way }) => way) ?? [];
        const servers = ways.flatMap(({ destination, source }) =>
          destination?.address === undefined
            ? []
            : [
                [
                  formatEndpoint(destination.address, destination.port ?? proof.packet.dport),
                  formatAddress(source?.address ?? CLIENT),
                ],
              ],
        );
        if (proof.servedBy === undefined) expect(servers).toEqual([]);
        else expect(servers).toContainEqual([proof.servedBy, proof.seenAs]);
        held++;
      }
    expect(held).toBeGreaterThan(0);
  });

  it('of other nodes nothing, where one rule of one node is gone', async () => {
    const { fate } = await compare(THREE, 'b-external-ip', 'c-external-ip-masquerade-removed', ['fate']);
    expect(new Set(fate?.changed.flatMap(({ nodes }) => nodes))).toEqual(new Set(['ubuntu-2']));
  });
});

describe('two load balancers on a node of GKE in 2016', () => {
  const dump = (name: string) => readFileSync(join(ROOT, 'fixtures/gke-2016', name), 'utf8');
  const [before, after] = [dump('before-lb.iptables-save'), dump('after-lb.iptables-save')];
  const rulesIn = (text: string) => text.split('\n').filter(line => line.startsWith('-A '));
  const compared = (layers: readonly Layer[]) =>
    diff(nodeOf({ 'iptables-save.txt': before }), nodeOf({ 'iptables-save.txt': after }), { version: '1', layers });

  it('exactly the lines that came', () => {
    const lines = compared(['rules']).rules?.flatMap(change => change.lines) ?? [];
    expect(lines.flatMap(line => line.before?.text ?? [])).toEqual([]);
    expect(lines.flatMap(line => line.after?.text ?? []).sort()).toEqual(lone(rulesIn(after), rulesIn(before)).sort());
  });

  it('in words', () => {
    expect(compared(['meaning']).meaning?.map(({ text }) => text)).toEqual([
      'default/apache is new: cluster address 10.83.252.143 (port 80), load balancer address 130.211.80.214 (port 80), node port 32230, endpoint 10.80.0.8:80',
      'default/nginx is new: cluster address 10.83.252.224 (port 80), load balancer address 146.148.10.228 (port 80), node port 30007, endpoint 10.80.0.7:80',
    ]);
  });

  it('packets', () => {
    const told = compared(['fate']).fate?.summary.map(({ packets, after }) => `${packets}: ${after}`) ?? [];
    expect(told).toContain('tcp from nearly anywhere to 146.148.10.228:80: DNAT to 10.80.0.7:80, masqueraded');
    expect(told).toContain('tcp from nearly anywhere to 130.211.80.214:80: DNAT to 10.80.0.8:80, masqueraded');
  });
});
