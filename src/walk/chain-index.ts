import type { Demand, RuleList } from '../model/ruleset.ts';
import type { Packet } from '../net/packet.ts';

/** Shorter chains are walked rule by rule. */
const WORTH = 16;
const NONE = Number.POSITIVE_INFINITY;

type Field = Demand['field'];
/** Most values are demanded by one rule. */
type Places = number | number[];

/** So many rules are taken in at once: a single packet seldom walks a chain to its end. */
const STEP = 128;

/**
 * The rules of a long chain by what they demand of a packet. A walk through it meets, in order, every rule that could
 * match; those that it leaves out would have said no to their first question. It grows as far as packets walk.
 */
export class ChainIndex {
  private readonly rules: RuleList;
  /** The rules before this one are in the index. */
  private known = 0;
  private readonly byField: { readonly field: Field; readonly values: Map<Demand['value'], Places> }[] = [];
  /** Rules that demand nothing, and those that demand a port, which is of no use where the port is not known. */
  private readonly open: number[] = [];
  private readonly ports: number[] = [];

  private constructor(rules: RuleList) {
    this.rules = rules;
  }

  /** Undefined: the chain is too short, or its rules demand nothing that is known. */
  static of(rules: RuleList): ChainIndex | undefined {
    return rules.length < WORTH || !rules.demand ? undefined : new ChainIndex(rules);
  }

  /** The first rule from `from` on that could match the packet as it is now; infinite: none. */
  next(from: number, packet: Packet): number {
    for (;;) {
      const found = this.first(from, packet);
      if (found < NONE || this.known === this.rules.length) return found;
      this.grow();
    }
  }

  private grow(): void {
    const { rules } = this;
    const end = Math.min(rules.length, this.known + STEP);
    for (; this.known < end; this.known++) this.add(this.known, rules.demand?.(this.known));
  }

  private add(place: number, demand: Demand | undefined): void {
    if (!demand) {
      this.open.push(place);
      return;
    }
    if (demand.field === 'dport') this.ports.push(place);
    let known = this.byField.find(({ field }) => field === demand.field);
    if (!known) {
      known = { field: demand.field, values: new Map() };
      this.byField.push(known);
    }
    const places = known.values.get(demand.value);
    if (places === undefined) known.values.set(demand.value, place);
    else if (typeof places === 'number') known.values.set(demand.value, [places, place]);
    else places.push(place);
  }

  private first(from: number, packet: Packet): number {
    let found = firstFrom(this.open, from);
    for (const { field, values } of this.byField) {
      const known = field !== 'dport' || (packet.dport !== undefined && packet.fragment !== 'later');
      const value = packet[field];
      const places = known ? value !== undefined && values.get(value) : this.ports;
      if (places !== undefined && places !== false) found = Math.min(found, firstFrom(places, from));
    }
    return found;
  }
}

function firstFrom(places: Places, from: number): number {
  if (typeof places === 'number') return places < from ? NONE : places;
  let low = 0;
  for (let high = places.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? NONE) < from) low = middle + 1;
    else high = middle;
  }
  return places[low] ?? NONE;
}

/** The indexes of a ruleset's chains, each made when its chain is first walked. */
export class ChainIndexes {
  private readonly known = new Map<RuleList, ChainIndex | undefined>();

  of(rules: RuleList): ChainIndex | undefined {
    if (rules.length < WORTH) return undefined;
    const known = this.known.get(rules);
    if (known || this.known.has(rules)) return known;
    const index = ChainIndex.of(rules);
    this.known.set(rules, index);
    return index;
  }
}
