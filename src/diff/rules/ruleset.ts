import type { Namespace } from '../../model/namespace.ts';
import type { Table } from '../../model/ruleset.ts';
import { listingOf } from '../../nft/evaluate/table.ts';
import type { PassedOver, SetChange } from '../answer.ts';
import { compareIpsets } from './ipsets.ts';
import { compareNftSets } from './nft-sets.ts';
import { compareTables, type LoneChange, loneTable } from './tables.ts';

/** What became of the rules and sets of one network namespace. */
export interface RulesDiff {
  readonly chains: readonly LoneChange[];
  readonly sets: readonly Omit<SetChange, 'nodes'>[];
  readonly passedOver: PassedOver;
  readonly setAside: readonly string[];
  readonly notCompared: readonly string[];
}

/** Tables of either language, of all families, and the sets of ipset. */
export function compareRulesets(before: Namespace, after: Namespace): RulesDiff {
  const chains: LoneChange[] = [];
  const sets: Omit<SetChange, 'nodes'>[] = [];
  const setAside: string[] = [];
  const notCompared: string[] = [];
  let [sameChains, sameRules] = [0, 0];
  const { pairs, removed, added } = pairTables(before.ruleset.tables, after.ruleset.tables);
  for (const [a, b] of pairs) {
    const found = compareTables(a, b);
    if (!found) {
      notCompared.push(`table ${a.family} ${a.name}: one is as iptables-save lists it, the other as nft does`);
      continue;
    }
    if (a.owner !== b.owner && a.owner !== 'iptables' && b.owner !== 'iptables')
      setAside.push(`table ${a.family} ${a.name} was ${a.owner}'s and is ${b.owner}'s`);
    chains.push(...found.changes);
    sameChains += found.sameChains;
    sameRules += found.sameRules;
    const nft = compareNftSets(listingOf(a), listingOf(b), found.names);
    sets.push(...nft.changes);
    for (const name of nft.filledByPackets) setAside.push(`elements of set ${name}, which packets fill`);
    for (const { cutOff, name, family } of [a, b])
      if (cutOff)
        notCompared.push(`table ${family} ${name} is cut off at ${cutOff.file}:${cutOff.line}: rules may be missing`);
  }
  for (const table of removed) {
    chains.push(...loneTable(table, 'removed'));
    sets.push(...compareNftSets(listingOf(table), undefined).changes);
  }
  for (const table of added) {
    chains.push(...loneTable(table, 'added'));
    sets.push(...compareNftSets(undefined, listingOf(table)).changes);
  }
  const ipsets = compareIpsets(before.sets, after.sets);
  if (ipsets) sets.push(...ipsets);
  else notCompared.push(`sets of ipset: those ${before.sets ? 'after' : 'before'} were not captured`);
  return { chains, sets, passedOver: { chains: sameChains, rules: sameRules }, setAside, notCompared };
}

/** Of one family and name, first those of one owner: a dump may not say whose it is, and owners change. */
function pairTables(before: readonly Table[], after: readonly Table[]) {
  const left = [...after];
  const pairs: (readonly [Table, Table])[] = [];
  const take = (tables: readonly Table[], fits: (a: Table, b: Table) => boolean): Table[] =>
    tables.filter(a => {
      const at = left.findIndex(b => a.family === b.family && a.name === b.name && fits(a, b));
      const [found] = at < 0 ? [] : left.splice(at, 1);
      if (found) pairs.push([a, found]);
      return !found;
    });
  const others = take(before, (a, b) => a.owner === b.owner);
  const removed = take(others, (a, b) => (a.owner === 'nft') === (b.owner === 'nft'));
  return { pairs, removed, added: left };
}
