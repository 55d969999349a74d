import type { Namespace } from '../../model/namespace.ts';
import type { Chain, Hook, Rule, Table } from '../../model/ruleset.ts';
import { type Address, formatAddress } from '../../net/address.ts';

/** The text by which rules of either language name one destination address. */
export const destinationPattern = (address: Address): RegExp =>
  new RegExp(`(?:^|\\s)(?:-d|daddr) ${literal(formatAddress(address))}(?:/32|/128)?(?=\\s|$)`);

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export interface Place {
  readonly table: Table;
  readonly chain: Chain;
  readonly rule: Rule;
}

/** Tables that translate: iptables' nat, and any native one with a base chain of that type. */
export const natTables = ({ ruleset }: Namespace, family: string): readonly Table[] =>
  ruleset.tables.filter(
    table =>
      (table.family === family || table.family === 'inet') &&
      (table.owner === 'nft' ? [...baseChains(table)].some(({ base }) => base?.type === 'nat') : table.name === 'nat'),
  );

export function* baseChains(table: Table): Generator<Chain> {
  for (const chain of table.baseChains ?? table.chains.values()) if (chain.base) yield chain;
}

/** The rules of a chain whose text holds a pattern, built only where the list cannot tell. */
export function* rulesWith({ rules }: Chain, pattern: RegExp): Generator<Rule> {
  if (rules.matching) for (const place of rules.matching(pattern)) yield rules.at(place);
  else if (rules.mentions(pattern)) for (const rule of rules) if (pattern.test(rule.text)) yield rule;
}

/** Chains that a table's base chains of a hook lead to, themselves among them. */
export function reachable(table: Table, hook: Hook): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...baseChains(table)].flatMap(({ name, base }) => (base?.hook === hook ? [name] : []));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const chain = table.chains.get(name);
    if (found.has(name) || !chain) continue;
    found.add(name);
    for (const { text } of rulesWith(chain, JUMP)) open.push(...jumps(text));
  }
  return found;
}

const JUMP = /(?: -[jg] |(?:jump|goto) )\S/;
const jumps = (text: string): string[] =>
  [...text.matchAll(/(?: -[jg] |(?:jump|goto) )([\w./-]+)/g)].map(([, name = '']) => name);
