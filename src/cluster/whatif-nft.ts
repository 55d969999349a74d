import type { Table } from '../model/ruleset.ts';
import { InputError } from '../model/source.ts';
import { listingOf, tableOf } from '../nft/evaluate/table.ts';
import { LazyRules } from '../nft/lazy-rules.ts';
import { NFT_FAMILIES, type NftChain, type NftRule, type NftRuleList, type NftTable } from '../nft/ruleset.ts';
import { readNftText } from '../nft/text/read-ruleset.ts';

const FAMILY = NFT_FAMILIES.join('|');
const NAMED = new RegExp(`^(?:nft +)?(?:(?:add|delete|insert) +rule +)?(?:(${FAMILY}) +)?(\\S+) +(\\S+) +(.+)$`);

export interface WithoutNft {
  readonly table: Table;
  /** The rules that were taken out: `kube-proxy masquerading 3`. */
  readonly found: readonly string[];
}

/**
 * A table of nft without the rules that `[FAMILY] TABLE CHAIN` and a number, `handle N` or the rule's own words name, or
 * FILE:LINE. Undefined: it has none of them.
 */
export function withoutNft(table: Table, words: string): WithoutNft | undefined {
  const listing = listingOf(table);
  if (!listing) return undefined;
  const wanted = wantedBy(listing, words);
  const found: string[] = [];
  const chains = new Map<string, NftChain>();
  for (const chain of wanted.chains) {
    const taken = new Set([...chain.rules].flatMap((rule, i) => (wanted.is(rule) ? [i] : [])));
    if (taken.size === 0) continue;
    for (const i of taken) found.push(`${listing.name} ${chain.name} ${chain.rules.at(i).number}`);
    const kept = Array.from({ length: chain.rules.length }, (_, i) => i).filter(i => !taken.has(i));
    chains.set(chain.name, spliced(chain, kept));
  }
  return found.length > 0 ? { table: withChains(table, listing, chains), found } : undefined;
}

interface Wanted {
  readonly chains: Iterable<NftChain>;
  is(rule: NftRule): boolean;
}

const NOTHING: Wanted = { chains: [], is: () => false };

function wantedBy(listing: NftTable, words: string): Wanted {
  const [, file, line] = /^(.+):(\d+)$/.exec(words) ?? [];
  if (file !== undefined && file === listing.source.file)
    return {
      chains: listing.chains.values(),
      is: ({ source }) => source.file === file && source.line === Number(line),
    };
  const [, family, table, name = '', rest = ''] = NAMED.exec(words) ?? [];
  const chain = listing.chains.get(name);
  if (!chain || table !== listing.name || (family !== undefined && family !== listing.family)) return NOTHING;
  const chains = [chain];
  const [, key, number] = /^(?:(handle) +)?(\d+)$/.exec(rest) ?? [];
  if (number !== undefined)
    return { chains, is: rule => (key === undefined ? rule.number : rule.handle) === Number(number) };
  const texts = new Set([rest.replace(/\s+/g, ' ').trim(), readRule(listing.family, rest)?.text]);
  return { chains, is: rule => texts.has(rule.text) };
}

/** `@th,16,16`: bytes of the packet, no set. */
const RAW = /^(?:ll|nh|th|ih)$/;

/** A rule to put in, as `nft add rule` and `nft insert rule` take it; without a verb it is added. */
export interface AddedNft {
  readonly verb: 'add' | 'insert';
  readonly family: NftTable['family'];
  readonly table: string;
  readonly chain: string;
  /** Where: before or behind the rule with this handle, or at this place from 0; absent: at the end or the beginning. */
  readonly at?: { readonly key: 'handle' | 'index'; readonly number: number };
  readonly text: string;
}

const ADDED = new RegExp(
  `^(?:nft +)?(?:(add|insert) +rule +)?(?:(${FAMILY}) +)?([^\\s-]\\S*) +(\\S+) +(?:(handle|position|index) +(\\d+) +)?(.+)$`,
);

/** Undefined: it is no rule of nft, for it names neither what to do nor a family. */
export function parseAddedNft(words: string): AddedNft | undefined {
  const [, verb, word, table = '', chain = '', key, number, text = ''] = ADDED.exec(words) ?? [];
  if (verb === undefined && word === undefined) return undefined;
  const family = NFT_FAMILIES.find(known => known === word) ?? 'ip';
  return {
    verb: verb === 'insert' ? verb : 'add',
    family,
    table,
    chain,
    ...(key !== undefined && { at: { key: key === 'index' ? key : 'handle', number: Number(number) } }),
    text,
  };
}

/** The table with the rule in it; undefined: it is another table, or has no such chain. Throws InputError. */
export function withNft(table: Table, added: AddedNft, words: string): Table | undefined {
  const listing = listingOf(table);
  if (!listing || listing.name !== added.table || listing.family !== added.family) return undefined;
  const chain = listing.chains.get(added.chain);
  if (!chain) return undefined;
  const rule = readRule(added.family, added.text);
  if (!rule) throw new InputError(`--with: '${words}': nft's words for it are not understood`);
  checkNames(listing, rule, words);
  const place = placeOf(chain.rules, added, words);
  const order: (number | NftRule)[] = Array.from({ length: chain.rules.length }, (_, i) => i);
  const { handle, statements, comment, counters, source, text } = rule;
  order.splice(place, 0, { number: place + 1, handle, statements, comment, counters, source, text });
  return withChains(table, listing, new Map([[chain.name, spliced(chain, order)]]));
}

/** Comments and names of devices, in which anything may stand. */
const QUOTED = /(?<!\b(?:jump|goto) )"[^"]*"/g;

/** Throws InputError where the rule leads to a chain, or asks a set, that the table has not. */
function checkNames({ family, name, chains, sets }: NftTable, { text }: NftRule, words: string): void {
  const bare = text.replace(QUOTED, '""');
  for (const [, to = ''] of bare.matchAll(/\b(?:jump|goto) ([^\s,}]+)/g))
    if (to !== '{' && !chains.has(to.replaceAll('"', '')))
      throw new InputError(`--with: '${words}': table ${family} ${name} has no chain ${to}`);
  for (const [, set = ''] of bare.matchAll(/@([^\s,}]+)/g))
    if (!RAW.test(set) && !sets.has(set))
      throw new InputError(`--with: '${words}': table ${family} ${name} has no set ${set}`);
}

function placeOf(rules: NftRuleList, { verb, at }: AddedNft, words: string): number {
  if (!at) return verb === 'add' ? rules.length : 0;
  const found = at.key === 'index' ? at.number : [...rules].findIndex(({ handle }) => handle === at.number);
  if (found < 0 || found >= rules.length)
    throw new InputError(`--with: '${words}': the chain has no rule with ${at.key} ${at.number}`);
  return verb === 'add' ? found + 1 : found;
}

/** Reads one rule's words; undefined: they are not understood. */
function readRule(family: NftTable['family'], text: string): NftRule | undefined {
  const bare = text.replace(/"[^"]*"/g, '');
  if (bare.split('{').length !== bare.split('}').length) return undefined;
  const { tables, remarks } = readNftText(`table ${family} edit {\n\tchain edit {\n\t\t${text}\n\t}\n}\n`, '--with');
  const rules = tables[0]?.chains.get('edit')?.rules;
  const rule = rules?.length === 1 ? rules.at(0) : undefined;
  return rule && remarks.length === 0 && rule.statements.every(({ kind }) => kind !== 'unread') ? rule : undefined;
}

const spliced = (
  { kind, name, handle, base, comment, rules, source }: NftChain,
  order: readonly (number | NftRule)[],
) => ({
  kind,
  name,
  handle,
  base,
  comment,
  source,
  rules: new LazyRules(order.length, index => {
    const place = order[index] ?? 0;
    return typeof place === 'number' ? rules.at(place) : place;
  }),
});

/** Made anew, so that every jump and map finds the chains that are there now. */
function withChains(table: Table, listing: NftTable, replaced: ReadonlyMap<string, NftChain>): Table {
  const { listed: _, ...rest } = listing;
  const parts = listing.parts.map(part => (part.kind === 'chain' ? (replaced.get(part.name) ?? part) : part));
  return tableOf({ ...rest, parts, chains: new Map([...listing.chains, ...replaced]) }, table.remarks ?? []);
}
