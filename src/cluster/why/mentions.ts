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

/** The hooks whose base chains lead to a chain. It is gone up from the chain, for a table has many and few lead there. */
export function hooksOf(table: Table, name: string): ReadonlySet<Hook> {
  const hooks = new Set<Hook>();
  const seen = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const chain = table.chains.get(next);
    if (seen.has(next) || !chain) continue;
    seen.add(next);
    if (chain.base) hooks.add(chain.base.hook);
    else open.push(...callersOf(table, next));
  }
  return hooks;
}

function* callersOf(table: Table, name: string): Generator<string> {
  const pattern = new RegExp(`(?: -[jg] |(?:jump|goto) )${literal(name)}(?![\\w./-])`);
  if (table.mentions?.(pattern) === false) return;
  for (const chain of table.chains.values()) if (chain.rules.mentions(pattern)) yield chain.name;
}
