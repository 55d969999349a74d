import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Outcome, TraceAnswer } from '../../src/cluster/answer.ts';
import { type Cluster, clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination } from '../../src/cluster/request.ts';
import { senderOf } from '../../src/cluster/sender.ts';
import { trace } from '../../src/cluster/trace.ts';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { readSnapshot } from '../../src/read/snapshot.ts';
import { Fields } from './fields.ts';
import { filesUnder } from './state.ts';

/** A program that was run, from where, and what servers saw of it. */
interface Run {
  readonly from: string;
  readonly command: string;
  readonly worked: boolean;
  readonly saw: readonly Seen[];
  /** The address that the program said it was sent from. */
  readonly local: string | undefined;
}

/** Whom a server saw: of itself its address and port or its name, of the client the address. */
interface Seen {
  readonly server: string | undefined;
  readonly local: string | undefined;
  readonly client: string;
}

const USAGE = 'usage: npm run test:stories -- [--verbose] PATH...';

process.exitCode = main(process.argv.slice(2));

/** Predicts what became of each program of a stage from the snapshot of that stage, with no node said. */
function main(args: readonly string[]): number {
  const paths = args.filter(arg => !arg.startsWith('--'));
  const missing = paths.find(path => !existsSync(path));
  if (paths.length === 0 || missing !== undefined) {
    console.error(missing === undefined ? USAGE : `${missing}: no such file or folder`);
    return 2;
  }
  const stages = paths.flatMap(path =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name === 'proof.json')
      .map(entry => entry.parentPath)
      .sort(),
  );
  let [programs, differences, left] = [0, 0, 0];
  for (const stage of stages) {
    const cluster = clusterAt(stage);
    for (const run of runsOf(stage)) {
      if (!hasAddress(cluster, run)) {
        console.log(
          `${relative('.', stage)}: ${run.from}: left out: it sent from ${run.local}, which the stage does not show`,
        );
        left++;
        continue;
      }
      const told = predict(cluster, stage, run);
      programs++;
      if (told.problem !== undefined) differences++;
      if (told.problem !== undefined || args.includes('--verbose')) {
        console.log(`${relative('.', stage)}: ${run.from}: ${run.command}`);
        for (const line of told.lines) console.log(`    ${line}`);
        if (told.problem !== undefined) console.log(`    DIFFERENCE: ${told.problem}`);
      }
    }
  }
  console.log(`stages ${stages.length}, programs ${programs}, left out ${left}, differences ${differences}`);
  return stages.length === 0 || differences > 0 ? 1 : 0;
}

/** The state of a host that was changed between two programs is in no file. */
function hasAddress({ owners }: Cluster, { from, local }: Run): boolean {
  const address = local === undefined || local === '0' ? undefined : parseAddress(local);
  const known = owners.hosts.some(({ name, kind }) => name === from && kind === 'outside');
  return address === undefined || !known || owners.withAddress(address).some(({ host }) => host.name === from);
}

/** The nodes were captured after the traffic: their connections are the very flows, and left out. */
function clusterAt(stage: string): Cluster {
  const files = filesUnder(stage).filter(({ path }) => !/(^|\/)(conntrack|conntrack-L)[^/]*\.txt$/.test(path));
  const { nodes, outside, cluster, remarks } = readSnapshot(files.filter(({ path }) => path !== 'proof.json'));
  const objects = cluster.filter(({ path }) => path.endsWith('.json')).map(({ text }) => JSON.parse(text));
  return clusterOf(nodes.values(), objects, remarks, { outside: outside.values() });
}

function runsOf(stage: string): readonly Run[] {
  const proof = Fields.of(JSON.parse(readFileSync(join(stage, 'proof.json'), 'utf8')), stage);
  const transferred = proof.has('transfer_ok') ? proof.value('transfer_ok') === true : undefined;
  return proof.objects('proof').flatMap(item => {
    if (!item.has('server_saw')) return [];
    const saw = item.list('server_saw').flatMap(seen => seenOf(seen));
    return [
      {
        from: item.text('from'),
        command: item.text('command'),
        worked: transferred ?? item.number('rc') === 0,
        saw,
        local: /\blocal ([\d.]+):/.exec(item.text('printed'))?.[1],
      },
    ];
  });
}

function seenOf(value: unknown): readonly Seen[] {
  if (typeof value === 'string') {
    const [, client] = /RRQ from (\S+)/.exec(value) ?? [];
    return client === undefined ? [] : [{ server: undefined, local: undefined, client }];
  }
  const fields = Fields.of(value, 'server_saw');
  const source = fields.texts('source')[0] ?? fields.maybeText('client')?.replace(/:\d+$/, '');
  if (source === undefined) return [];
  return [{ server: fields.maybeText('server'), local: fields.maybeText('local'), client: source }];
}

/** What is asked of chainwalk: the address and port of the URL, or TFTP's. */
function destinationOf(command: string): { readonly text: string; readonly app?: 'tftp' } | undefined {
  const [, tftp] = /^tftp (\S+)/.exec(command) ?? [];
  if (tftp !== undefined) return { text: `${tftp}:69/udp`, app: 'tftp' };
  const [, scheme = '', host, port] = /\b(https?):\/\/([\d.]+)(?::(\d+))?/.exec(command) ?? [];
  if (host !== undefined) return { text: `${host}:${port ?? (scheme === 'https' ? 443 : 80)}` };
  const [, address, number] = /HTTPSConnection\('([\d.]+)',(\d+)/.exec(command) ?? [];
  return address === undefined ? undefined : { text: `${address}:${number}` };
}

interface Told {
  readonly lines: readonly string[];
  readonly problem?: string;
}

function predict(cluster: Cluster, stage: string, { from, command, worked, saw }: Run): Told {
  const destination = destinationOf(command);
  if (!destination) return { lines: [], problem: 'what is asked for is not understood' };
  const { endpoint, protocol } = parseDestination(destination.text);
  let answer: TraceAnswer;
  try {
    const sender = behindVeth(cluster, stage, from) ?? from;
    const { source, host } = senderOf(cluster, sender, endpoint.address);
    const request = { source, destination: endpoint, protocol, reply: true, ...(host && { node: host.name }) };
    const { app } = destination;
    answer = trace(cluster, { ...request, ...(app && { app }) }, { version: '0' });
  } catch (error) {
    return { lines: [], problem: error instanceof Error ? error.message : String(error) };
  }
  const { outcomes } = answer;
  const lines = outcomes.map(outcomeText);
  if (outcomes.length === 0) return { lines, problem: 'no outcome' };
  for (const seen of saw)
    if (!outcomes.some(outcome => isSeen(outcome, seen)))
      return { lines, problem: `no outcome is ${seen.local ?? seen.server ?? 'the server'}, which saw ${seen.client}` };
  const works = outcomes.map(outcome => outcome.disposition === 'delivered' && outcome.answered?.accepted === true);
  if (works.some(each => each !== worked))
    return { lines, problem: `it ${worked ? 'worked' : 'did not work'} for the program` };
  return { lines };
}

function outcomeText({ disposition, reason, deliveredTo, sourceSeen, answered }: Outcome): string {
  return [
    disposition,
    deliveredTo
      ? `to ${deliveredTo.name ?? deliveredTo.node ?? ''} ${deliveredTo.address}:${deliveredTo.port}`
      : reason,
    ...(sourceSeen ? [`which sees ${sourceSeen.address}`] : []),
    ...(answered ? [answered.text] : []),
  ].join('; ');
}

function isSeen({ disposition, deliveredTo, sourceSeen }: Outcome, { server, local, client }: Seen): boolean {
  if (disposition !== 'delivered' || !deliveredTo || sourceSeen?.address !== client) return false;
  if (local !== undefined) return `${deliveredTo.address}:${deliveredTo.port}` === local;
  const names = [deliveredTo.name, deliveredTo.node].map(name => name?.replace(/^.*\//, ''));
  return server === undefined || names.includes(server);
}

/**
 * A pod that the API does not name: its namespace is at the other end of a veth, and its address in the neighbour table
 * of the node, by that device or by the bridge that learnt its link layer address there.
 */
function behindVeth({ hosts, names }: Cluster, stage: string, name: string): string | undefined {
  if (hosts.some(host => host.name === name) || [...names.values()].some(named => named.name.endsWith(`/${name}`)))
    return undefined;
  for (const { namespace } of hosts) {
    const path = join(stage, 'nodes', namespace.name, 'ip-d-link.txt');
    if (!existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    const [, device] = new RegExp(`^\\d+: ([^@:]+)@[^\\n]*\\n[^\\n]*link-netns \\S*-${name}\\b`, 'm').exec(text) ?? [];
    if (device === undefined) continue;
    const macs = (namespace.fdb ?? []).filter(entry => entry.device === device).map(({ mac }) => mac);
    const found = namespace.neighbours?.find(
      entry => entry.device === device || (entry.mac !== undefined && macs.includes(entry.mac)),
    );
    if (found && typeof found.address === 'number') return formatAddress(found.address);
  }
  return undefined;
}
