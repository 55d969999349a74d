import type { Demand, RuleList } from '../../../model/ruleset.ts';
import { countBelow } from '../../sorted.ts';

type Value = Demand['value'];

interface OfField {
  /** Rising. */
  readonly places: number[];
  readonly values: Value[];
}

interface OfRules {
  /** The rules before this one were asked. */
  known: number;
  readonly byField: Map<Demand['field'], OfField>;
}

/** What the rules of long chains demand of packets, each asked once. */
export class Demands {
  private readonly known = new Map<RuleList, OfRules>();

  /** Of one field, by the rules from one place up to another. */
  of(rules: RuleList, field: Demand['field'], from: number, to: number): Value[] {
    const asked = this.asked(rules, Math.min(to, rules.length)).byField.get(field);
    if (!asked) return [];
    const { places, values } = asked;
    return values.slice(countBelow(places, from), countBelow(places, to));
  }

  private asked(rules: RuleList, to: number): OfRules {
    const known = this.known.get(rules) ?? { known: 0, byField: new Map<Demand['field'], OfField>() };
    this.known.set(rules, known);
    for (; known.known < to; known.known++) {
      const demand = rules.demand?.(known.known);
      if (!demand) continue;
      const ofField = known.byField.get(demand.field) ?? { places: [], values: [] };
      known.byField.set(demand.field, ofField);
      ofField.places.push(known.known);
      ofField.values.push(demand.value);
    }
    return known;
  }
}
