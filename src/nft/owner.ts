import type { NftChain, NftTable } from './ruleset.ts';

const TABLES: Readonly<Record<string, ReadonlySet<string>>> = {
  ip: new Set(['raw', 'mangle', 'nat', 'filter', 'security']),
  ip6: new Set(['raw', 'mangle', 'nat', 'filter', 'security']),
  arp: new Set(['filter']),
  bridge: new Set(['filter', 'nat', 'broute']),
};

const HOOK_CHAINS: ReadonlyMap<string, string> = new Map([
  ['PREROUTING', 'prerouting'],
  ['INPUT', 'input'],
  ['FORWARD', 'forward'],
  ['OUTPUT', 'output'],
  ['POSTROUTING', 'postrouting'],
  ['BROUTING', 'prerouting'],
]);

const isBuiltIn = ({ name, base }: NftChain): boolean => base === undefined || HOOK_CHAINS.get(name) === base.hook;

/**
 * Whether a table looks like one of iptables-nft: its names, and no base chain but the built-in ones. nft's JSON has no
 * other notice of it.
 */
export function looksLikeIptables(table: Pick<NftTable, 'family' | 'name' | 'chains' | 'sets'>): boolean {
  if (!TABLES[table.family]?.has(table.name)) return false;
  const chains = [...table.chains.values()];
  return chains.some(chain => chain.base) && chains.every(isBuiltIn) && namedSets(table.sets) === 0;
}

/** ebtables and arptables keep anonymous sets under names of their own (`__set0`). */
const namedSets = (sets: NftTable['sets']): number => [...sets.keys()].filter(name => !name.startsWith('__')).length;
