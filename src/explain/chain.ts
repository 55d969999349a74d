import { chainRole } from '../kubernetes/chain.ts';
import { formatServicePort, parseServiceComment } from '../kubernetes/comment.ts';
import { chainOrigin } from '../kubernetes/maker.ts';
import { nftChainRole, parseNftChain } from '../kubernetes/proxy/nft-name.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Chain, Table } from '../model/ruleset.ts';
import { InputError } from '../model/source.ts';
import type { ChainExplained, ChainPart } from './parts-answer.ts';
import { jumpsTo, partOf } from './rule.ts';

const MAX_RULES = 200;

/** What a chain is for, who made it, and who jumps to it; on every node and in every table that has it. */
export function explainChain(nodes: readonly Namespace[], name: string, version: string): ChainExplained {
  const chains = nodes.flatMap(node =>
    node.ruleset.tables.flatMap(table => {
      const chain = table.chains.get(name);
      return chain ? [chainPart(node, table, chain)] : [];
    }),
  );
  if (chains.length === 0)
    throw new InputError(
      `there is no chain ${name} in what was captured; \`chainwalk list chains\` tells which there are`,
    );
  return { schema: 'chainwalk.explain.chain/1', version, name, chains };
}

function chainPart(node: Namespace, table: Table, chain: Chain): ChainPart {
  const { family, owner, name } = table;
  const origin = chainOrigin(table, chain.name);
  const jumpedFrom = jumpsTo(node, table, chain.name);
  const service = serviceNamed(
    chain,
    jumpedFrom.map(({ text }) => text),
  );
  const count = Math.min(chain.rules.length, MAX_RULES);
  return {
    node: node.name,
    family,
    owner,
    table: name,
    ...(chain.base && { hook: chain.base.hook }),
    maker: origin.kind === 'made' ? origin.maker : null,
    shared: origin.kind === 'shared',
    purpose: chainPurpose(table, chain),
    ...(service !== undefined && { service }),
    rules: Array.from({ length: count }, (_, i) => partOf(node, table, chain, chain.rules.at(i), [])),
    jumpedFrom,
  };
}

/** In a few words; of a base chain what it decides on. */
export function chainPurpose(table: Table, { name, base, rules }: Chain): string {
  const role = table.owner === 'nft' && table.name === 'kube-proxy' ? nftChainRole(name) : chainRole(name);
  if (role !== undefined) return role;
  if (base) return `hook ${base.hook}, priority ${base.priority}, policy ${base.policy}`;
  return rules.length === 0 ? 'empty' : `${rules.length} rules of table ${table.name}`;
}

/** The service that a chain's own rules, or the rules that jump to it, name. */
function serviceNamed({ name, rules }: Chain, jumps: readonly string[]): string | undefined {
  const native = parseNftChain(name)?.service;
  if (native) return formatServicePort(native);
  if (!/^KUBE-(?:SVC|SVL|EXT|XLB|FW|SEP)-/.test(name)) return undefined;
  const own = Array.from({ length: Math.min(rules.length, 4) }, (_, i) => rules.at(i).comment);
  const theirs = jumps.map(text => /--comment (?:"([^"]*)"|(\S+))/.exec(text)).map(found => found?.[1] ?? found?.[2]);
  for (const comment of [...own, ...theirs]) {
    const said = comment === undefined ? undefined : parseServiceComment(comment);
    if (said) return formatServicePort(said.service);
  }
  return undefined;
}
