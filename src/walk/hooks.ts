import type { Namespace } from '../model/namespace.ts';
import type { Chain, IpHook, RuleList, Ruleset, Table } from '../model/ruleset.ts';
import { TRACKING_EXTENSIONS } from '../model/tracking.ts';
import type { Family } from '../net/address.ts';
import { turnsOfListing, turnsOfRecord } from './run-order.ts';

/** A base chain on a hook. */
export interface HookChain {
  readonly table: Table;
  readonly chain: Chain;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  /** A change of mark, TOS or an address here makes the kernel route a sent packet again. */
  readonly reroutes: boolean;
  /** Its place among chains of the same priority was recorded. */
  readonly registered: boolean;
}

/** What runs on a hook, in order. The kernel's own conntrack and nat functions stand among the chains. */
export type HookEntry =
  | { readonly kind: 'chain'; readonly chain: HookChain }
  | { readonly kind: 'conntrack' }
  | { readonly kind: 'nat'; readonly chains: readonly HookChain[] };

export type HookTable = Readonly<Record<IpHook, readonly HookEntry[]>>;

const CONNTRACK = -200;
const DST_NAT = -100;
const SRC_NAT = 100;

/** As iptables prints them; a word in quotes is none. */
const TRACKING = new RegExp(` -[mj] (?:${[...TRACKING_EXTENSIONS].join('|')})(?!\\S)`);
const UNASKED = /"(?:[^"\\]|\\.)*"| -j CT --notrack/g;

/** Conntrack works only where some rule of the family asked for it (nf_ct_netns_get). */
export function tracks(ruleset: Ruleset, family: Family): boolean {
  return ruleset.tables.some(table => {
    if (table.family !== family && table.family !== 'inet') return false;
    if (table.tracks) return table.tracks(family);
    if (table.mentions?.(TRACKING) === false) return false;
    return [...table.chains.values()].some(({ rules }) => rules.mentions(TRACKING) && asks(rules));
  });
}

function asks(rules: RuleList): boolean {
  for (const index of rules.matching?.(TRACKING) ?? placesOf(rules))
    if (TRACKING.test(rules.at(index).text.replace(UNASKED, ''))) return true;
  return false;
}

function* placesOf({ length }: RuleList): Iterable<number> {
  for (let index = 0; index < length; index++) yield index;
}

/** Two owners on one hook at one priority, and no record of which was registered last. */
export interface Tie {
  readonly hook: IpHook;
  readonly priority: number;
}

/** Either of them may run first, and it may make a difference. */
export const tied = (a: HookChain, b: HookChain): boolean =>
  a.priority === b.priority && a.table.owner !== b.table.owner && !(a.registered && b.registered) && acts(a) && acts(b);

/** Of two tables of nft the order of the listing alone tells which chain was registered last. */
export const presumed = (a: HookChain, b: HookChain): boolean =>
  a.priority === b.priority &&
  a.table !== b.table &&
  a.table.owner === 'nft' &&
  b.table.owner === 'nft' &&
  !(a.registered && b.registered) &&
  acts(a) &&
  acts(b);

const acts = ({ chain, policy }: HookChain): boolean => chain.rules.length > 0 || policy === 'drop';

/**
 * Sorts the base chains of a family onto their hooks. A dump shows chains that iptables-nft has not made yet, which a
 * record of registrations does not. Of equal priorities the newest runs first; where nothing tells which one that is,
 * nft's tables come in reverse order of the listing and legacy ones, registered early, last.
 */
export function hookTable(
  { ruleset, registrations, listedChains }: Pick<Namespace, 'ruleset' | 'registrations' | 'listedChains'>,
  family: Family,
): { readonly hooks: HookTable; readonly ties: readonly Tie[] } {
  const turn = registrations ? turnsOfRecord(registrations) : turnsOfListing(listedChains ?? [], family);
  const all = ruleset.tables
    .filter(table => table.family === family || table.family === 'inet')
    .flatMap((table, index) =>
      [...(table.baseChains ?? table.chains.values())].flatMap((chain, within) =>
        chain.base ? [{ table, chain, base: chain.base, index, within, registered: turn(table, chain) }] : [],
      ),
    )
    .filter(({ registered }) => !registrations || registered >= 0);
  const rank = (table: Table) => (table.owner === 'iptables-legacy' ? 1 : 0);
  const ties: Tie[] = [];
  const tracking = tracks(ruleset, family);
  const of = (hook: IpHook): HookEntry[] => {
    const here = all
      .filter(({ base }) => base.hook === hook)
      .sort(
        (a, b) =>
          a.base.priority - b.base.priority ||
          b.registered - a.registered ||
          rank(a.table) - rank(b.table) ||
          b.index - a.index ||
          b.within - a.within,
      );
    const chains = here.map(({ table, chain, base, registered }) => ({
      nat: base.type === 'nat',
      value: {
        table,
        chain,
        priority: base.priority,
        policy: base.policy,
        reroutes: base.type === 'route',
        registered: registered >= 0,
      },
    }));
    for (const [i, { value }] of chains.entries()) {
      const next = chains[i + 1]?.value;
      if (next && tied(value, next)) ties.push({ hook, priority: value.priority });
    }
    const entries: { priority: number; entry: HookEntry }[] = chains
      .filter(({ nat }) => !nat)
      .map(({ value }) => ({ priority: value.priority, entry: { kind: 'chain', chain: value } }));
    if (tracking) {
      if (hook === 'prerouting' || hook === 'output')
        entries.push({ priority: CONNTRACK, entry: { kind: 'conntrack' } });
      const nat = chains.filter(c => c.nat).map(c => c.value);
      if (hook !== 'forward' && all.some(({ base }) => base.type === 'nat'))
        entries.push({
          priority: hook === 'prerouting' || hook === 'output' ? DST_NAT : SRC_NAT,
          entry: { kind: 'nat', chains: nat },
        });
    }
    return entries.sort((a, b) => a.priority - b.priority).map(({ entry }) => entry);
  };
  const hooks: HookTable = {
    prerouting: of('prerouting'),
    input: of('input'),
    forward: of('forward'),
    output: of('output'),
    postrouting: of('postrouting'),
  };
  return { hooks, ties };
}
