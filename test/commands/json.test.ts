import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeSnapshot } from '../../src/check/snapshot.ts';
import { verifySnapshot } from '../../src/check/verify.ts';
import type { HopAnswer, RuleAnswer, StepAnswer, TraceAnswer } from '../../src/cluster/answer.ts';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint, type TraceRequest } from '../../src/cluster/request.ts';
import { trace } from '../../src/cluster/trace.ts';
import { errorAnswer, failureOf } from '../../src/commands/failure.ts';
import { readFolder } from '../../src/commands/files.ts';
import type { RedactAnswer } from '../../src/commands/snapshot-redact.ts';
import { InputError } from '../../src/model/source.ts';
import type { HostAbout } from '../../src/read/about.ts';
import { readSnapshot } from '../../src/read/snapshot.ts';
import { C1, GW, lan, nodeFiles } from '../cluster/lan.ts';
import { bare, forward, node } from '../cluster/namespaces.ts';
import { DIFFS } from './diff-answers.ts';
import { explainAnswers } from './explain-answers.ts';
import { FIXTURE, ROOT } from './run.ts';

interface Field {
  readonly optional: boolean;
  readonly type: string;
}

/** The tables of docs/json.md, by their headings. */
const TABLES = new Map<string, Map<string, Field>>();
let table = new Map<string, Field>();
for (const line of readFileSync(join(ROOT, 'docs/json.md'), 'utf8').split('\n')) {
  const [, heading] = /^## (\w+)$/.exec(line) ?? [];
  if (heading !== undefined) {
    table = new Map();
    TABLES.set(heading, table);
  }
  const [, first = '', type = ''] = line.split('|').map(cell => cell.trim());
  const [, name, optional] = /^`(\w+)`( \?)?$/.exec(first) ?? [];
  if (name !== undefined) table.set(name, { optional: optional !== undefined, type });
}

const seen = new Set<string>();

/** What is wrong with a value that is to be of a documented type. */
function faults(value: unknown, type: string, path: string): string[] {
  if (type.endsWith(' or null')) return value === null ? [] : faults(value, type.slice(0, -' or null'.length), path);
  if (type.endsWith('[]'))
    return Array.isArray(value)
      ? value.flatMap((item, i) => faults(item, type.slice(0, -2), `${path}[${i}]`))
      : [`${path} is no array`];
  const fields = TABLES.get(type);
  if (!fields) return typeof value === type ? [] : [`${path} is no ${type}`];
  if (typeof value !== 'object' || value === null) return [`${path} is no object`];
  const entries = new Map<string, unknown>(Object.entries(value));
  const found: string[] = [];
  for (const [name, { optional }] of fields)
    if (!optional && !entries.has(name)) found.push(`${path}.${name} is missing`);
  for (const [name, item] of entries) {
    const field = fields.get(name);
    seen.add(`${type}.${name}`);
    found.push(...(field ? faults(item, field.type, `${path}.${name}`) : [`${path}.${name} is not documented`]));
  }
  return found;
}

async function answers(): Promise<TraceAnswer[]> {
  const { nodes, cluster } = readSnapshot(await readFolder(join(ROOT, FIXTURE)));
  const objects = cluster.filter(({ path }) => path.endsWith('.json')).map(({ text }) => JSON.parse(text));
  const whole = clusterOf(nodes.values(), objects);
  const alone = clusterOf([bare(forward('-A FORWARD -m nosuchmatch --x 1 -j DROP\n-A FORWARD -j NOSUCH\n'))]);
  const gw = { ...GW, neighbours: '10.0.0.240 dev eth0 lladdr 02:00:00:00:00:03 STALE\n' };
  const across = lan({ c1: C1, gw, n1: nodeFiles(1), n2: nodeFiles(2) });
  const loop = lan({ c1: C1, gw, n2: nodeFiles(2, forward('')) });
  const policy = clusterOf([node(forward('', 'DROP'))]);
  const ask = (cluster: typeof whole, source: string, destination: string, more: Partial<TraceRequest> = {}) => {
    const { endpoint, protocol } = parseDestination(destination);
    return trace(
      cluster,
      { source: parseEndpoint(source, 's'), destination: endpoint, protocol, ...more },
      { version: '1' },
    );
  };
  return [
    ask(whole, '10.10.100.197', '10.10.100.240:80/udp', { node: 'n2', reply: true }),
    ask(whole, '192.168.2.11', '10.96.0.40:80'),
    ask(whole, '192.168.2.11', '10.96.0.50:80/udp'),
    ask(whole, '10.10.100.208', '10.10.100.208:22', { node: 'n2' }),
    ask(whole, '192.168.2.11', '192.168.2.10:80'),
    ask(whole, '192.168.2.11', '10.10.100.1/icmp'),
    ask(alone, '10.0.0.9', '10.0.0.8:80'),
    ask(policy, '10.0.0.9', '192.168.2.10:80'),
    ask(across, '10.0.0.9', '10.0.0.240:80/udp', { reply: true }),
    ask(across, '10.0.0.9', '10.0.0.240:80/udp', { app: 'tftp' }),
    ask(across, '10.0.0.9', '10.0.0.240:80/udp', { app: 'sip' }),
    ask(loop, '10.0.0.9', '10.96.0.10:80/udp'),
  ];
}

/** Steps that the walk makes in rarer cases. */
const RULE: RuleAnswer = {
  node: 'n',
  family: 'ip',
  owner: 'iptables',
  table: 'nat',
  chain: 'C',
  number: 1,
  text: '-A C',
  file: 'f',
  line: 1,
};
const STEPS: readonly StepAnswer[] = [
  { id: 'o1.h1.1', kind: 'neighbour', address: '10.0.0.1', device: 'eth0', mac: '02:00:00:00:00:01', state: 'STALE' },
  { id: 'o1.h1.2', kind: 'bridge', bridge: 'cni0', up: false, port: 'veth1' },
  { id: 'o1.h1.3', kind: 'note', text: 'logged' },
  {
    id: 'o1.h1.4',
    kind: 'rule',
    hook: 'input',
    rule: RULE,
    verdict: 'drop',
    markBefore: 0,
    markAfter: 0,
    undecided: 'x',
  },
];

const CAPTURED: HostAbout = {
  name: 'n1',
  folder: 'nodes/n1',
  how: 'ssh n1',
  state: 'partial',
  problem: 'the connection ended',
  identity: 'sha256:0',
  start: '2026-01-01T00:00:00.000Z',
  end: '2026-01-01T00:00:01.000Z',
  clock: '2026-01-01T00:00:03.000Z',
  user: 0,
  commands: [
    { file: 'a.txt', command: 'a', status: 1, start: '2026-01-01T00:00:03.000Z', seconds: 1, stderr: 'x' },
    { file: 'b.txt', command: 'b', notRun: 'b is not installed' },
    { file: 'c.txt', command: 'c', cutOff: true },
  ],
};
const SNAPSHOTS = [
  describeSnapshot(
    { format: 1, tool: 'chainwalk 1', start: CAPTURED.start, end: CAPTURED.end, hosts: [CAPTURED] },
    [{ path: 'nodes/n1/a.txt', size: 3 }],
    { version: '1', path: 'snap' },
  ),
  describeSnapshot(undefined, [{ path: 'snap/nodes/n1/a.txt', size: 3 }], { version: '1', path: 'snap' }),
];
const PACKET = {
  family: 'ip',
  protocol: 'udp',
  source: { address: '10.0.0.2', port: 33333 },
  destination: { address: '10.0.0.3', port: 8472 },
  ttl: 64,
  tos: 0,
  mark: 0,
} as const;
const HOPS: readonly HopAnswer[] = [
  { id: 'o1.h1', node: 'n', kind: 'node', tunnel: { device: 'vxlan0', evidence: [{ what: 'fdb' }] }, steps: [] },
  { id: 'o1.h2', node: 'n', kind: 'node', around: 'vxlan0', packet: PACKET, steps: [] },
];

const VERIFIED = verifySnapshot(
  readSnapshot([
    { path: 'nodes/n1/a.txt', text: 'nothing known' },
    {
      path: 'snapshot.json',
      text: JSON.stringify({ format: 1, hosts: [CAPTURED, { ...CAPTURED, folder: 'nodes/n2' }] }),
    },
  ]),
  { version: '1', path: 'snap' },
);
const REDACTED: RedactAnswer = { schema: 'chainwalk.redact/1', version: '1', path: 'out', files: 1, remarks: ['x'] };

it('docs/json.md says what is printed, no more and no less', async () => {
  for (const answer of await answers())
    expect(faults(JSON.parse(JSON.stringify(answer)), 'trace', 'trace')).toEqual([]);
  for (const [answer, type] of await explainAnswers())
    expect(faults(JSON.parse(JSON.stringify(answer)), type, type)).toEqual([]);
  for (const answer of SNAPSHOTS)
    expect(faults(JSON.parse(JSON.stringify(answer)), 'snapshot', 'snapshot')).toEqual([]);
  for (const answer of DIFFS) expect(faults(JSON.parse(JSON.stringify(answer)), 'diff', 'diff')).toEqual([]);
  expect(faults(JSON.parse(JSON.stringify(VERIFIED)), 'verify', 'verify')).toEqual([]);
  expect(faults(REDACTED, 'redact', 'redact')).toEqual([]);
  for (const step of STEPS) expect(faults(step, 'step', 'step')).toEqual([]);
  for (const hop of HOPS) expect(faults(hop, 'hop', 'hop')).toEqual([]);
  for (const error of [new InputError('x', { file: 'f', line: 1 }), new Error('x')])
    expect(faults(errorAnswer(failureOf(error), '1'), 'failure', 'failure')).toEqual([]);
  const documented = [...TABLES].flatMap(([name, fields]) => [...fields.keys()].map(field => `${name}.${field}`));
  // Only where the unknown thing can be learnt, which is the walk's to say.
  seen.add('unknown.howToLearn');
  expect(documented.filter(path => !seen.has(path))).toEqual([]);
});
