import type { Remark } from '../model/source.ts';
import { excerpt } from './reading.ts';
import type { RulesetBuilder } from './ruleset-builder.ts';

const TEXT_TABLE = /^[ \t]{0,20}(?:add |create )?table (ip6?|inet|arp|bridge|netdev) ([^\s{]+)/gm;
const JSON_TABLE = /"table": ?\{"family": ?"(\w+)", ?"name": ?"([^"]+)"/g;

/** Names the tables of an nft ruleset that no walk follows yet; what iptables-nft owns is read from its own save. */
export function remarkNft(
  text: string,
  file: string,
  format: 'nft' | 'nft-json',
  rulesets: RulesetBuilder,
): readonly Remark[] {
  const tables = new Set<string>();
  for (const [, family = '', name = ''] of text.matchAll(format === 'nft' ? TEXT_TABLE : JSON_TABLE))
    if (!rulesets.hasIptables(family, name)) tables.add(`${family} ${name}`);
  if (tables.size === 0) return [];
  const names = excerpt([...tables].join(', '), 200);
  return [{ file, line: 1, severity: 'warning', text: `tables of nft are not walked yet: ${names}` }];
}
