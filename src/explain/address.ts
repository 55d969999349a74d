import { destinationPattern } from '../cluster/why/mentions.ts';
import { formatServicePort, parseServiceComment } from '../kubernetes/comment.ts';
import { ruleMaker } from '../kubernetes/maker.ts';
import { nftProxyTables } from '../kubernetes/proxy/era.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Rule, Table } from '../model/ruleset.ts';
import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import { shapeOf } from '../xt/shape.ts';
import { announcers, unannounced } from './announce.ts';
import { serviceLabel } from './label.ts';
import type { AddressAnswer, AddressUse } from './parts-answer.ts';
import { rulesMatching, signsOf } from './rule.ts';
import { viewOf } from './seen.ts';
import type { Evidence } from './services.ts';

/** Whose an address is: a service's, an endpoint's, a node's, a pod's; as far as something that was captured tells. */
export function explainAddress({ cluster, outside }: Evidence, address: Address, version: string): AddressAnswer {
  const uses = new Map<string, AddressUse & { readonly nodes: string[] }>();
  const put = (kind: string, text: string, node: string | undefined) => {
    const key = JSON.stringify([kind, text]);
    const known = uses.get(key) ?? { kind, text, nodes: [] };
    uses.set(key, known);
    if (node !== undefined && !known.nodes.includes(node)) known.nodes.push(node);
  };
  const nodes = [...cluster.nodes.values()];
  const pattern = addressPattern(address);
  const hidden = nodes.flatMap(node => {
    const native = nftProxyTables(node.ruleset).length > 0;
    const view = viewOf(node, native ? undefined : pattern);
    for (const seen of view.services)
      for (const { kind, address: own, port } of seen.addresses)
        if (own === address) put(kind, `${serviceLabel(seen)}, port ${port}`, node.name);
    if (native)
      for (const seen of view.services)
        for (const { address: own, port } of seen.endpoints)
          if (own === address) put('endpoint', `${serviceLabel(seen)}, port ${port}`, node.name);
    for (const table of node.ruleset.tables)
      for (const service of endpointServices(table, address, pattern)) put('endpoint', service, node.name);
    return view.outside;
  });
  const named = cluster.names.get(address);
  if (named?.kind === 'pod')
    put('pod', `${named.name}${named.node === undefined ? '' : ` on ${named.node}`}`, undefined);
  for (const { name, ruleset } of nodes)
    for (const table of ruleset.tables)
      for (const { chain, rule } of ownRules(table, address))
        put('rule', `${table.name} ${chain} ${rule.number}: ${rule.text}`, name);
  for (const host of nodes) owned(host, address, 'node', put);
  for (const host of outside) owned(host, address, 'host', put);
  const by = announcers(address, { cluster, outside });
  return {
    schema: 'chainwalk.explain.address/1',
    version,
    address: formatAddress(address),
    uses: [...uses.values()],
    announcedBy: by.filter(each => each.by !== 'interface'),
    reasons: unannounced(address, { cluster, outside }, by),
    outside: hidden.filter((each, i) => hidden.findIndex(({ who }) => who === each.who) === i),
  };
}

function owned(
  { name, interfaces, localAddresses }: Namespace,
  address: Address,
  kind: 'node' | 'host',
  put: (kind: string, text: string, node: string | undefined) => void,
): void {
  for (const own of interfaces ?? [])
    if (own.addresses.some(each => each.address === address)) put(kind, `${name}, ${own.name}`, undefined);
  if (localAddresses.includes(address)) put(kind, name, undefined);
}

/** Rules about the address as a destination that nobody has signed. */
function* ownRules(table: Table, address: Address): Generator<{ readonly chain: string; readonly rule: Rule }> {
  const pattern = destinationPattern(address);
  if (table.mentions?.(pattern) === false) return;
  for (const chain of table.chains.values())
    for (const rule of rulesMatching(chain.rules, pattern)) {
      const { target, sets } = signsOf(table, chain.name, rule);
      if (ruleMaker({ table, chain: chain.name, comment: rule.comment, target, sets }) === undefined)
        yield { chain: chain.name, rule };
    }
}

function addressPattern(address: Address): RegExp {
  const text = formatAddress(address).replaceAll('.', '\\.');
  return new RegExp(`(?:^|[\\s\\[])${text}(?:/32|/128|\\]?:\\d|[\\s,]|$)`, 'm');
}

/** Services that have the address as an endpoint, by the comments of the endpoint's chain. */
function* endpointServices(table: Table, address: Address, pattern: RegExp): Generator<string> {
  if (table.name !== 'nat' || table.mentions?.(pattern) === false) return;
  for (const [name, chain] of table.chains) {
    if (!name.startsWith('KUBE-SEP-')) continue;
    for (const rule of rulesMatching(chain.rules, pattern)) {
      const { dnat } = shapeOf(rule);
      if (dnat?.minAddress !== address) continue;
      const said = rule.comment === undefined ? undefined : parseServiceComment(rule.comment);
      const service = said ? formatServicePort(said.service) : `chain ${name}`;
      yield `${service}, port ${dnat.minPort ?? 'of the packet'}`;
    }
  }
}

/** Throws nothing: undefined for what is no address. A port behind it is left out. */
export function addressOf(text: string): Address | undefined {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const [, plain] = /^([\d.]+):\d+$/.exec(text) ?? [];
  return parseAddress(bracketed ?? plain ?? text);
}
