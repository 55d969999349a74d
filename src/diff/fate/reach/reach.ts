import type { Namespace } from '../../../model/namespace.ts';
import type { Chain, Table } from '../../../model/ruleset.ts';
import { type Family, familyOf } from '../../../net/address.ts';
import { listingOf } from '../../../nft/evaluate/table.ts';
import type { Element } from '../../../nft/schema.ts';
import type { SetChange } from '../../answer.ts';
import type { RulesDiff } from '../../rules/ruleset.ts';
import type { LoneChange } from '../../rules/tables.ts';
import { fingerprint } from '../record/facts.ts';
import { type Box, boxSubtract, merge, NUMERIC, type Numeric, SELF } from '../space/box.ts';
import { NO_MARK } from '../space/cube.ts';
import { from, type Intervals, intersect } from '../space/intervals.ts';
import { addresses, PORTS, PROTOCOLS } from '../space/whole.ts';
import { generalDifference } from './alike.ts';
import { Callers, keyed, rulesNaming } from './callers.ts';
import { type Conditions, conditionsOf } from './conditions.ts';
import { changedNeighbours, placesTowards } from './neighbours.ts';
import type { Place } from './place.ts';
import { someRuleSays } from './text.ts';

/** Chains that call each other more often than this may be called from anywhere. */
const MOST_BOXES = 2000;

/** More neighbours than these that differ are not looked at one by one. */
const MOST_NEIGHBOURS = 64;

export interface Reach {
  /** All packets that may be treated differently, and others. */
  readonly boxes: readonly Box[];
  /** Why it is all packets; undefined: what the boxes do not hold is equal because all that it reaches is. */
  readonly everything: string | undefined;
}

type LoneSet = Omit<SetChange, 'nodes'>;

/**
 * The packets that may get to something that differs: back from there along jumps and gotos to the hooks, by the plain
 * conditions of the rules on the way, as far as these are about the packet as it came.
 */
export function reachOf(before: Namespace, after: Namespace, rules: RulesDiff, interfaces: readonly string[]): Reach {
  const general = generalDifference(before, after);
  if (general !== undefined) return everything(`${general} differ`, interfaces);
  if (rules.notCompared.length > 0) return everything(rules.notCompared.join('; '), interfaces);
  const changed = placesOf(before, after, rules);
  if (typeof changed === 'string') return everything(changed, interfaces);
  const neighbours = changedNeighbours(before, after, rules);
  const towards = neighbours.length === 0 ? [] : placesTowards(neighbours, { before, after, rules });
  if (!towards || neighbours.length > MOST_NEIGHBOURS) return everything('neighbours differ', interfaces);
  const places = [...changed, ...towards];
  const ways = new Ways(interfaces, someRuleSays(after, rules, REWRITING), bridgesOf(after));
  const boxes: Box[] = neighbours.map(address => ({
    ...wholeBox(familyOf(address), [SELF, ...interfaces]),
    daddr: from(address),
  }));
  for (const place of places) {
    const found = ways.to(place);
    if (!found || boxes.length + found.length > MOST_BOXES)
      return everything('rules call each other in many ways', interfaces);
    boxes.push(...found);
  }
  return { boxes: disjoint(boxes), everything: undefined };
}

const everything = (why: string, interfaces: readonly string[]): Reach => ({
  boxes: FAMILIES.map(family => wholeBox(family, [SELF, ...interfaces])),
  everything: why,
});

const FAMILIES: readonly Family[] = ['ip', 'ip6'];

const wholeBox = (family: Family, iif: readonly string[]): Box => ({
  family,
  iif: [...iif].sort(),
  saddr: addresses(family),
  daddr: addresses(family),
  protocol: PROTOCOLS,
  sport: PORTS,
  dport: PORTS,
  mark: NO_MARK,
});

/**
 * Ways are looked for on the side of `after` alone: a rule that only the other side has differs itself, and is a place of
 * its own.
 */
function placesOf(before: Namespace, after: Namespace, { chains, sets }: RulesDiff): readonly Place[] | string {
  const places: Place[] = [];
  for (const change of chains) {
    if (change.base && typeOf(change.base.before) !== typeOf(change.base.after)) return 'a base chain hangs elsewhere';
    for (const table of tablesOf(after, change)) {
      const { chain } = change;
      const whole = change.kind === 'added' || change.kind === 'removed' || change.base !== undefined;
      const own = tablesOf(before, change).flatMap(one => one.chains.get(change.chainBefore ?? chain) ?? []);
      const conditions = whole
        ? [ANY]
        : [...rulesOf(change, true, own), ...rulesOf(change, false, [table.chains.get(chain)])];
      places.push({ table, chain, conditions });
    }
  }
  for (const change of sets) places.push(...askingFor(after, before, change));
  return places;
}

const ANY: Conditions = { sets: {} };

/** Without the policy, which is the chain's own. */
const typeOf = (base: string): string => base.replace(/;? ?policy .*$/, '');

const tablesOf = (
  { ruleset }: Namespace,
  { family, table, owner }: Pick<LoneChange, 'family' | 'table' | 'owner'>,
): readonly Table[] =>
  ruleset.tables.filter(
    one => one.family === family && one.name === table && (one.owner === 'nft') === (owner === 'nft'),
  );

function rulesOf(
  { lines }: LoneChange,
  isBefore: boolean,
  chains: readonly (Chain | undefined)[],
): readonly Conditions[] {
  return lines.flatMap(({ before, after, commentOnly }) => {
    const line = isBefore ? before : after;
    if (!line || commentOnly) return [];
    return chains.flatMap(chain => (chain ? [conditionsOf(chain.rules.at(line.number - 1).statements)] : []));
  });
}

/** The rules that ask a set that differs; of a set of nft with plain keys, for the elements that differ. */
function askingFor(namespace: Namespace, other: Namespace, change: LoneSet): Place[] {
  const ofNft = change.of !== 'ipset';
  const has = ({ family, name, owner }: Table) =>
    ofNft ? owner === 'nft' && family === change.family && name === change.table : owner !== 'nft';
  return namespace.ruleset.tables.filter(has).flatMap(table =>
    [change.name, ...listsOf(namespace, change)].flatMap(name =>
      rulesNaming(table, name).map(({ chain, rule }): Place => {
        const keys = change.declaration ? undefined : changedKeys(table, other.ruleset.tables.find(has), name);
        const conditions = keys ? keyed(rule, name, keys) : [conditionsOf(rule.statements)];
        return { table, chain: chain.name, conditions };
      }),
    ),
  );
}

const listsOf = ({ sets }: Namespace, { of, name }: LoneSet): readonly string[] =>
  of !== 'ipset'
    ? []
    : [...(sets?.values() ?? [])]
        .filter(({ type, elements }) => type === 'list:set' && elements.some(({ key }) => key === name))
        .map(list => list.name);

/** Of the elements that one of the two tables' sets has alone; undefined: it is no set of nft, or one has none of that name. */
function changedKeys(table: Table, other: Table | undefined, name: string): readonly Element['key'][] | undefined {
  const sets = [listingOf(table)?.sets.get(name), other && listingOf(other)?.sets.get(name)];
  const [own, others] = sets.map(set => set && new Map([...set.elements].map(one => [elementText(one), one] as const)));
  if (!own || !others) return undefined;
  const lone = (a: ReadonlyMap<string, Element>, b: ReadonlyMap<string, Element>) =>
    [...a].flatMap(([text, { key }]) => (b.has(text) ? [] : [key]));
  return [...lone(own, others), ...lone(others, own)];
}

const elementText = ({ key, value }: Element): string => fingerprint([key, value]);

const BELOW_IP: ReadonlySet<Table['family']> = new Set(['bridge', 'netdev']);
const FOR_BOTH: ReadonlySet<Table['family']> = new Set(['inet', ...BELOW_IP]);
const REWRITING = /\b(saddr|daddr|sport|dport) set |-j (SNPT|DNPT)\b/;
const DST_NAT = -100;
const SRC_NAT = 100;

class Ways {
  private readonly interfaces: readonly string[];
  /** By their ports, whose frames rules see come in by the bridge. */
  private readonly bridges: ReadonlyMap<string, string>;
  private readonly callers = new Map<Table, Callers>();
  /** Some rule writes addresses or ports beside NAT. */
  private readonly rewrites: boolean;

  constructor(interfaces: readonly string[], rewrites: boolean, bridges: ReadonlyMap<string, string>) {
    this.interfaces = interfaces;
    this.bridges = bridges;
    this.rewrites = rewrites;
  }

  to({ table, chain, conditions }: Place): readonly Box[] | undefined {
    return this.back(table, chain, conditions, new Set());
  }

  /** Undefined: the chains go round in a circle, or there are too many ways. */
  private back(
    table: Table,
    name: string,
    wanted: readonly Conditions[],
    seen: ReadonlySet<string>,
  ): readonly Box[] | undefined {
    if (seen.has(name)) return [];
    const chain = table.chains.get(name);
    // The kernel lets no rule lead to a base chain.
    if (chain?.base) return wanted.flatMap(one => this.onHook(table, chain, [one]));
    const boxes: Box[] = [];
    for (const call of this.callersIn(table).of(name)) {
      const joined = wanted.flatMap(one => call.conditions.map(other => [one, other]));
      const found = this.chainOf(table, call.chain, joined, new Set([...seen, name]));
      if (!found) return undefined;
      boxes.push(...found);
      if (boxes.length > MOST_BOXES) return undefined;
    }
    return boxes;
  }

  private chainOf(
    table: Table,
    name: string,
    wanted: readonly (readonly Conditions[])[],
    seen: ReadonlySet<string>,
  ): readonly Box[] | undefined {
    return this.back(table, name, wanted.map(together), seen);
  }

  private callersIn(table: Table): Callers {
    const known = this.callers.get(table) ?? new Callers(table);
    this.callers.set(table, known);
    return known;
  }

  private onHook(table: Table, { base }: Chain, conditions: readonly Conditions[]): readonly Box[] {
    if (!base) return [];
    const { hook, priority, type } = base;
    const early = (hook === 'prerouting' || hook === 'output') && (type === 'nat' || priority < DST_NAT);
    const { rewrites } = this;
    const daddr = rewrites || !early;
    const saddr = rewrites || ((hook === 'input' || hook === 'postrouting') && type !== 'nat' && priority >= SRC_NAT);
    const families = FAMILIES.filter(
      family =>
        (table.family === family || FOR_BOTH.has(table.family)) &&
        conditions.every(one => one.family === undefined || one.family === family),
    );
    // Below IP a frame may come by once more, translated, and the devices are ports.
    if (BELOW_IP.has(table.family) || hook === 'ingress')
      return families.flatMap(family =>
        this.box(family, [SELF, ...this.interfaces], conditions, { daddr: true, saddr: true, iif: true }),
      );
    return families.flatMap(family => [
      ...(hook === 'output' ? [] : this.box(family, this.interfaces, conditions, { daddr, saddr, iif: false })),
      // What the node sends comes back by lo, with both ends translated; nat asks no packet twice.
      ...(hook === 'output' || hook === 'postrouting'
        ? this.box(family, [SELF], conditions, { daddr, saddr, iif: true })
        : type === 'nat'
          ? []
          : this.box(family, [SELF], conditions, { daddr: true, saddr: true, iif: true })),
    ]);
  }

  /** `open`: what the conditions say of it is not said of the packet as it came. */
  private box(
    family: Family,
    names: readonly string[],
    conditions: readonly Conditions[],
    open: { readonly daddr: boolean; readonly saddr: boolean; readonly iif: boolean },
  ): readonly Box[] {
    const ends = { saddr: open.saddr, sport: open.saddr, daddr: open.daddr, dport: open.daddr, protocol: false };
    const fits = (name: string) =>
      conditions.every(({ iif }) => !iif || iif(name) || iif(this.bridges.get(name) ?? name));
    const iif = open.iif ? names : names.filter(fits);
    if (iif.length === 0) return [];
    let box: Box = wholeBox(family, iif);
    for (const { sets } of conditions)
      for (const field of NUMERIC) {
        const set = sets[field];
        if (set && !ends[field] && sameKind(box[field], set)) box = { ...box, [field]: intersect(box[field], set) };
        if (box[field].length === 0) return [];
      }
    return [box];
  }
}

const bridgesOf = ({ interfaces = [] }: Namespace): ReadonlyMap<string, string> =>
  new Map(interfaces.flatMap(({ name, master }) => (master === undefined ? [] : [[name, master] as const])));

/** A condition on addresses of the other family fits no packet, and is left to the walk. */
const sameKind = (a: Intervals, b: Intervals): boolean => typeof a[0]?.low === typeof (b[0]?.low ?? a[0]?.low);

function together(conditions: readonly Conditions[]): Conditions {
  const sets: Partial<Record<Numeric, Intervals>> = {};
  for (const one of conditions)
    for (const field of NUMERIC) {
      const set = one.sets[field];
      const known = sets[field];
      if (set) sets[field] = known ? intersect(known, set) : set;
    }
  const families = conditions.flatMap(({ family }) => family ?? []);
  const tests = conditions.flatMap(({ iif }) => iif ?? []);
  const [family] = families;
  return {
    sets,
    ...(family && { family }),
    ...(tests.length > 0 && { iif: (name: string) => tests.every(test => test(name)) }),
  };
}

/** Boxes that overlap are cut: each packet belongs to one. */
function disjoint(boxes: readonly Box[]): readonly Box[] {
  const merged = merge(boxes);
  const apart: Box[] = [];
  for (const box of merged)
    apart.push(...apart.reduce<readonly Box[]>((left, other) => left.flatMap(one => boxSubtract(one, other)), [box]));
  return merge(apart);
}
