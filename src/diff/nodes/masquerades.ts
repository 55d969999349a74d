import { viewOf } from '../../explain/seen.ts';
import type { Namespace } from '../../model/namespace.ts';
import type { MeaningChange } from '../answer.ts';
import { type Knowledge, serviceFacts } from '../meaning/host.ts';
import type { ServiceFacts } from '../meaning/service-facts.ts';
import { masqueradeChanges } from '../meaning/services.ts';
import { statement } from '../meaning/statement.ts';
import { majorityOf, namesOf, type OfOne } from './majority.ts';

/** Services whose connections some nodes masquerade otherwise than most, which explain does not hold against each other. */
export function masqueradeStatements(nodes: readonly Namespace[], known: Knowledge): MeaningChange[] {
  const services = new Map<string, OfOne<ServiceFacts>[]>();
  for (const node of nodes)
    for (const [key, value] of serviceFacts(viewOf(node).services, known, node)) {
      const list = services.get(key);
      if (list) list.push({ node: node.name, value });
      else services.set(key, [{ node: node.name, value }]);
    }
  return [...services.values()].flatMap(list => {
    const { most, others } = majorityOf(list, keyOf);
    const [reference] = most;
    if (!reference) return [];
    const at = namesOf(most).join(', ');
    const words = { came: `are masqueraded; not at ${at}`, went: `are not masqueraded; they are at ${at}` };
    return others.flat().flatMap(({ node, value }) => {
      const say = statement('service', value.label);
      const found = [...masqueradeChanges(reference.value, value, value.label, say, words)];
      return found.map(each => ({ nodes: [node], ...each }));
    });
  });
}

const keyOf = ({ masquerades }: ServiceFacts): string =>
  [...new Set(masquerades.map(({ kind, from }) => `${kind ?? ''} ${from}`))].sort().join('\n');
