import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServicesAnswer } from '../../src/explain/answer.ts';
import { serviceProxyOf } from '../../src/kubernetes/datapath.ts';
import type { Namespace } from '../../src/model/namespace.ts';
import type { Family } from '../../src/net/address.ts';
import { type Capture, capturesIn, explained, rulesOf } from './capture.ts';
import { type Difference, differences, keyOf, keyOfExplained } from './compare.ts';
import { ROWS, type Row, type Visible } from './facts.ts';
import { type Makers, makersIn, makersLine } from './makers.ts';
import { nameless, withoutComments } from './nameless.ts';
import { union } from './union.ts';
import { visible } from './visible.ts';

// npm run test:explain -- [--verbose] [PATH...]
// `explain service --all --json` from the rules of each node alone, and from those of all nodes, against the API's objects.

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const USAGE = 'usage: npm run test:explain -- [--verbose] [PATH...]';
const rows = new Map<Row, number>();

function main(args: readonly string[]): number {
  const verbose = args.includes('--verbose');
  const paths = args.filter(arg => arg !== '--verbose');
  const wrong = paths.find(path => path.startsWith('--') || !existsSync(path));
  if (wrong !== undefined) {
    console.error(wrong.startsWith('--') ? `${wrong}: ${USAGE}` : `${wrong}: no such file or folder`);
    return 2;
  }
  if (paths.length === 0) console.log('no PATH given: the captures in fixtures/');
  const asked = paths.length === 0 ? [FIXTURES] : paths;
  const captures = asked.flatMap(capturesIn);
  const makers = asked.flatMap(makersIn);
  if (captures.length === 0 && makers.length === 0) {
    console.error('no capture found: a folder with nodes/ and cluster/services.json; and no file of rules');
    return 2;
  }
  if (makers.length > 0) tellMakers(makers, verbose);
  let [services, missing, invented] = [0, 0, 0];
  for (const capture of captures) {
    const found = compare(capture);
    const counted = (kind: Difference['kind']) => found.differences.filter(each => each.kind === kind).length;
    services += found.services;
    missing += counted('missing');
    invented += counted('invented');
    console.log(
      `${capture.path}: ${found.how}, services ${found.services}, missing ${counted('missing')}, invented ${counted('invented')}`,
    );
    for (const { kind, what } of verbose ? found.differences : found.differences.slice(0, 10))
      console.log(`  ${kind} ${what}`);
    const more = found.differences.length - 10;
    if (!verbose && more > 0) console.log(`  and ${more} more: --verbose`);
  }
  if (captures.length > 0) console.log('what rules do not show, by reason (counted by node):');
  if (captures.length > 0) for (const [row, reason] of ROWS) console.log(`  ${rows.get(row) ?? 0}  ${row}: ${reason}`);
  console.log(`services ${services}, missing ${missing}, invented ${invented}`);
  return missing + invented > 0 ? 1 : 0;
}

function tellMakers(makers: readonly Makers[], verbose: boolean): void {
  for (const each of makers) {
    console.log(makersLine(each));
    for (const chain of verbose ? each.own : each.own.slice(0, 10)) console.log(`  the user's own: ${chain}`);
  }
  const sum = (of: (each: Makers) => number) => makers.reduce((total, each) => total + of(each), 0);
  const made = sum(({ byMaker }) => [...byMaker.values()].reduce((total, count) => total + count, 0));
  console.log(
    `chains ${sum(({ chains }) => chains)}, of known makers ${made}, shared ${sum(({ shared }) => shared)}, the user's own ${sum(({ own }) => own.length)}`,
  );
}

interface Compared {
  readonly how: string;
  /** Service ports that rules can show, of every node and of all together. */
  readonly services: number;
  readonly differences: readonly Difference[];
}

function compare(capture: Capture): Compared {
  const nodes = capture.nodes.map(node => rulesOf(capture, node));
  const found: Difference[] = [];
  let services = 0;
  const seen = new Map<string, Visible[]>();
  const minor = capture.minor ?? shapeMinor(nodes);
  for (const namespace of nodes) {
    const expected = expectedAt(capture, namespace, minor, count);
    for (const [key, each] of expected) seen.set(key, [...(seen.get(key) ?? []), each]);
    services += expected.size;
    found.push(...against(expected, explained([namespace]), namespace.name));
  }
  const counts = { byHash: 0, byAddress: 0, byChains: 0 };
  if (capture.mode === 'iptables')
    for (const node of capture.nodes) {
      const bare = rulesOf(capture, node, withoutComments);
      const without = nameless(
        bare,
        expectedAt(capture, bare, minor, () => {}),
        capture.lists,
      );
      counts.byHash += without.counts.byHash;
      counts.byAddress += without.counts.byAddress;
      counts.byChains += without.counts.byChains;
      found.push(...without.differences);
    }
  const all = new Map([...seen].map(([key, list]) => [key, union(list)]));
  services += all.size;
  found.push(...against(all, explained(nodes), 'all nodes'));
  const release = `kube-proxy 1.${minor}${capture.minor === undefined ? ' by its shape' : ''} ${capture.mode}`;
  const names = `named without comments by hash ${counts.byHash}, by address ${counts.byAddress}`;
  const how = capture.mode === 'iptables' ? `${release}, ${names}` : release;
  return { how, services, differences: found };
}

const count = (row: Row, times = 1) => rows.set(row, (rows.get(row) ?? 0) + times);

function expectedAt(
  capture: Capture,
  namespace: Namespace,
  minor: number,
  left: (row: Row, times?: number) => void,
): Map<string, Visible> {
  const expected = new Map<string, Visible>();
  const { objects, mode } = capture;
  const { name: node } = namespace;
  if (mode === 'ipvs') return expected;
  if (!capture.configured && serviceProxyOf(namespace).kind === 'none') {
    left('no kube-proxy', objects.ports.length);
    return expected;
  }
  const families = [...new Set(namespace.ruleset.tables.map(({ family }) => family))].filter(isFamily);
  const view = { minor, mode, gates: capture.gates, node, zone: objects.zones.get(node), families };
  for (const api of objects.ports) {
    const can = visible(api, objects, view, row => left(row));
    if (can) expected.set(keyOf(api), can);
    if (can) left('node of an endpoint', can.endpoints.length);
  }
  return expected;
}

const isFamily = (family: string): family is Family => family === 'ip' || family === 'ip6';

function against(expected: ReadonlyMap<string, Visible>, answer: ServicesAnswer, node: string): Difference[] {
  const found: Difference[] = [];
  const answers = new Map(answer.services.map(each => [keyOfExplained(each), each]));
  for (const [key, wants] of expected) {
    const has = answers.get(key);
    if (has) found.push(...differences(`${node}: ${key}`, has, wants));
    else found.push({ kind: 'missing', what: `${node}: ${key}` });
  }
  for (const key of answers.keys()) if (!expected.has(key)) found.push({ kind: 'invented', what: `${node}: ${key}` });
  if (answers.size !== answer.services.length)
    found.push({ kind: 'invented', what: `${node}: one service port twice` });
  return found;
}

/** Without a release in the folder's name or the nodes' status: the oldest that writes such rules. */
function shapeMinor(nodes: readonly Namespace[]): number {
  const [first] = nodes;
  const proxy = first && serviceProxyOf(first);
  const text = proxy && 'releases' in proxy ? proxy.releases : '1.31';
  return Number(/1\.(\d+)/.exec(text)?.[1] ?? 31);
}

process.exitCode = main(process.argv.slice(2));
