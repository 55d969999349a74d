import type { Disagreement, ServicesAnswer } from '../../explain/answer.ts';
import type { MeaningChange } from '../answer.ts';
import { statement } from '../meaning/statement.ts';

const API = 'API';

/** Where nodes say different things of a service: those that are fewer are out of step. */
export function serviceStatements({ services, nodes }: Pick<ServicesAnswer, 'services' | 'nodes'>): MeaningChange[] {
  const statements = services.flatMap(({ namespace, name, portName, chains, disagreements }) => {
    const label = name === null ? `chains ${chains[0] ?? ''}` : `${namespace}/${name}${portName ? `:${portName}` : ''}`;
    return disagreements.flatMap((each): MeaningChange[] => {
      const found = outOfStep(each);
      if (!found) return [];
      const { at, lacks, rest } = found;
      const what = each.kind === 'endpoint' || each.kind === 'address' ? `${each.kind} ${each.what}` : each.what;
      const others =
        rest.length > 0 ? `; ${rest.join(', ')} ${rest.length > 1 ? 'have' : 'has'} it${lacks ? '' : ' not'}` : '';
      const say = statement('service', label);
      return [{ nodes: at, ...say(lacks ? 'went' : 'came', `${label}: ${lacks ? 'no ' : ''}${what}${others}`) }];
    });
  });
  return [...proxyStatements(nodes), ...statements];
}

/** Undefined: it is between nodes that agree and the API. */
function outOfStep({
  saidBy,
  notBy,
}: Disagreement):
  | { readonly at: readonly string[]; readonly lacks: boolean; readonly rest: readonly string[] }
  | undefined {
  const [have, lack] = [saidBy.filter(name => name !== API), notBy.filter(name => name !== API)];
  if (have.length > 0 && lack.length === 0 && notBy.length === 0) return { at: have, lacks: false, rest: [] };
  if (have.length === 0 || lack.length === 0) return undefined;
  // What the API has, too, is right, however few have it.
  const right = saidBy.includes(API) || (!notBy.includes(API) && have.length >= lack.length);
  return right ? { at: lack, lacks: true, rest: saidBy } : { at: have, lacks: false, rest: notBy };
}

function proxyStatements(nodes: ServicesAnswer['nodes']): MeaningChange[] {
  const kinds = new Map<string, string[]>();
  for (const { node, proxy, releases } of nodes) {
    const text =
      proxy === 'none'
        ? 'no rules of kube-proxy'
        : `${proxy} rules${releases === undefined ? '' : ` of kube-proxy ${releases}`}`;
    const known = kinds.get(text);
    if (known) known.push(node);
    else kinds.set(text, [node]);
  }
  const [most, ...others] = [...kinds].sort(([, a], [, b]) => b.length - a.length);
  return others.map(([text, names]) => ({
    nodes: names,
    ...statement('proxy', 'kube-proxy')(
      'changed',
      `services are handled by ${text}; at ${most?.[1].join(', ')} by ${most?.[0]}`,
    ),
  }));
}
