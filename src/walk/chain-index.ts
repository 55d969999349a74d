import type { Demand, RuleList } from '../model/ruleset.ts';
import type { Packet } from '../net/packet.ts';
import { NumberMap } from './number-map.ts';

/** Shorter chains are walked rule by rule. */
const WORTH = 16;
const NONE = Number.POSITIVE_INFINITY;

type Field = Demand['field'];

/** Of one field: numbers by the first rule that demands them, further rules and other values by all of theirs. */
interface ByField {
  readonly field: Field;
  readonly numbers: NumberMap;
  readonly others: Map<Demand['value'], number[]>;
}

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
  private readonly byField: ByField[] = [];
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
      known = { field: demand.field, numbers: new NumberMap(), others: new Map() };
      this.byField.push(known);
    }
    const { value } = demand;
    if (typeof value === 'number' && known.numbers.add(value, place)) return;
    const places = known.others.get(value);
    if (places) places.push(place);
    else known.others.set(value, [place]);
  }

  private first(from: number, packet: Packet): number {
    let found = firstFrom(this.open, from);
    for (const { field, numbers, others } of this.byField) {
      if (field === 'dport' && (packet.dport === undefined || packet.fragment === 'later')) {
        found = Math.min(found, firstFrom(this.ports, from));
        continue;
      }
      const value = packet[field];
      if (value === undefined) continue;
      const first = typeof value === 'number' ? numbers.get(value) : -1;
      if (first >= from && first < found) found = first;
      const places = others.size === 0 ? undefined : others.get(value);
      if (places) found = Math.min(found, firstFrom(places, from));
    }
    return found;
  }
}

function firstFrom(places: readonly number[], from: number): number {
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
