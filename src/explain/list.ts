import { chainOrigin } from '../kubernetes/maker.ts';
import type { Namespace } from '../model/namespace.ts';
import { familyOf, formatAddress, parseAddress } from '../net/address.ts';
import { chainPurpose } from './chain.ts';
import type { AddressRow, ChainRow, ListAnswer, NodeRow, ServiceRow } from './parts-answer.ts';
import { viewOf } from './seen.ts';
import { type Evidence, explainServices, proxyAnswer } from './services.ts';

export const LISTS = ['services', 'nodes', 'chains', 'addresses'] as const;
export type ListKind = (typeof LISTS)[number];

/** What there is, a line each. */
export function list(evidence: Evidence, what: ListKind, node: string | undefined, version: string): ListAnswer {
  const { nodes } = evidence.cluster;
  const chosen = node === undefined ? [...nodes.values()] : [...nodes.values()].filter(({ name }) => name === node);
  const head = { schema: 'chainwalk.list/1', version } as const;
  switch (what) {
    case 'services':
      return { ...head, what, rows: services(evidence, node, version) };
    case 'nodes':
      return { ...head, what, rows: chosen.map(nodeRow) };
    case 'chains':
      return { ...head, what, rows: chains(chosen) };
    case 'addresses':
      return { ...head, what, rows: addresses(evidence, chosen, node, version) };
  }
}

function services(evidence: Evidence, node: string | undefined, version: string): ServiceRow[] {
  return explainServices(evidence, 'all', { version, node }).services.map(service => ({
    namespace: service.namespace,
    name: service.name,
    ...(service.portName !== undefined && { portName: service.portName }),
    protocol: service.protocol,
    port: service.port,
    addresses: service.addresses.flatMap(({ address }) => address ?? []),
    ...(service.nodePort !== undefined && { nodePort: service.nodePort }),
    endpoints: service.endpoints.length,
    disagreements: service.disagreements.length,
    chains: service.chains,
  }));
}

function nodeRow(node: Namespace): NodeRow {
  const own = (node.interfaces ?? []).flatMap(({ addresses }) =>
    addresses.flatMap(({ address, scope }) => (scope === 'global' ? [formatAddress(address)] : [])),
  );
  const tables = node.ruleset.tables.map(({ family, name }) => `${family} ${name}`);
  return { ...proxyAnswer(viewOf(node, /$^/)), addresses: own, tables };
}

function chains(nodes: readonly Namespace[]): ChainRow[] {
  return nodes.flatMap(node =>
    node.ruleset.tables.flatMap(table =>
      [...table.chains.values()].map((chain): ChainRow => {
        const origin = chainOrigin(table, chain.name);
        return {
          node: node.name,
          family: table.family,
          table: table.name,
          chain: chain.name,
          rules: chain.rules.length,
          maker: origin.kind === 'made' ? origin.maker : origin.kind === 'shared' ? 'shared' : null,
          purpose: chainPurpose(table, chain),
        };
      }),
    ),
  );
}

/** Every address that something was captured about, in order. */
function addresses(
  evidence: Evidence,
  nodes: readonly Namespace[],
  node: string | undefined,
  version: string,
): AddressRow[] {
  const found = new Map<string, string[]>();
  const put = (address: string, what: string) => {
    const known = found.get(address) ?? [];
    if (!known.includes(what)) known.push(what);
    found.set(address, known);
  };
  for (const { name, interfaces } of nodes)
    for (const own of interfaces ?? [])
      for (const { address, scope } of own.addresses)
        if (scope === 'global') put(formatAddress(address), `node ${name}, ${own.name}`);
  for (const { name, interfaces } of evidence.outside)
    for (const own of interfaces ?? [])
      for (const { address, scope } of own.addresses)
        if (scope === 'global') put(formatAddress(address), `host ${name}, ${own.name}`);
  for (const [address, { kind, name }] of evidence.cluster.names)
    if (kind === 'pod') put(formatAddress(address), `pod ${name}`);
  for (const service of explainServices(evidence, 'all', { version, node }).services) {
    const label = `${service.namespace ?? '?'}/${service.name ?? service.chains[0] ?? '?'}`;
    for (const { kind, address } of service.addresses) if (address !== undefined) put(address, `${label} ${kind}`);
    for (const { address } of service.endpoints) put(address, `${label} endpoint`);
  }
  return [...found].sort(([a], [b]) => compare(a, b)).map(([address, uses]) => ({ address, uses }));
}

function compare(a: string, b: string): number {
  const [x, y] = [a, b].map(parseAddress);
  if (x === undefined || y === undefined) return a < b ? -1 : 1;
  if (familyOf(x) !== familyOf(y)) return familyOf(x) === 'ip' ? -1 : 1;
  return x < y ? -1 : x > y ? 1 : 0;
}
