import type { ServiceExplained } from '../../src/explain/answer.ts';
import type { Namespace } from '../../src/model/namespace.ts';
import { explained } from './capture.ts';
import { type Difference, keyOfExplained } from './compare.ts';
import type { Visible } from './facts.ts';

/** A dump of iptables without any comment. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/ -m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, '');

export interface NamelessCounts {
  readonly byHash: number;
  readonly byAddress: number;
  readonly byChains: number;
}

/**
 * Rules without comments: with the API's Services every service port has its name, by what its chains are hashed from or
 * by its address, and nothing else has one; without them services are shown by their chains.
 */
export function nameless(
  node: Namespace,
  expected: ReadonlyMap<string, Visible>,
  objects: readonly unknown[],
): { readonly counts: NamelessCounts; readonly differences: readonly Difference[] } {
  const found: Difference[] = [];
  const tell = (kind: Difference['kind'], what: string) =>
    found.push({ kind, what: `${node.name} without comments: ${what}` });
  const named = explained([node], objects).services;
  const answers = new Map(named.map(each => [keyOfExplained(each), each]));
  for (const [key, wants] of expected) {
    const has = answers.get(key);
    if (!has) tell('missing', key);
    else for (const what of listsDiffer(has, wants)) tell(what.kind, `${key}: ${what.what}`);
  }
  for (const key of answers.keys()) if (!expected.has(key)) tell('invented', key);
  const alone = explained([node]).services;
  for (const { name, chains } of alone) if (name !== null) tell('invented', `${name} for ${chains.join()}`);
  const chained = (list: readonly ServiceExplained[]) => list.filter(({ chains }) => chains.length > 0).length;
  if (chained(alone) !== chained(named)) tell('missing', `${chained(named) - chained(alone)} services shown by chains`);
  const by = (how: ServiceExplained['namedBy']) => named.filter(({ namedBy }) => namedBy === how).length;
  return { counts: { byHash: by('hash'), byAddress: by('address'), byChains: chained(alone) }, differences: found };
}

function* listsDiffer(has: ServiceExplained, wants: Visible): Generator<Difference> {
  const endpoints = has.endpoints.map(({ address, port }) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
  );
  const addresses = has.addresses.flatMap(({ kind, address }) => (kind === 'node port' ? [] : (address ?? [])));
  for (const [own, all] of [
    [addresses, wants.addresses],
    [endpoints, wants.endpoints],
  ] as const) {
    for (const each of all) if (!own.includes(each)) yield { kind: 'missing', what: each };
    for (const each of own) if (!all.includes(each)) yield { kind: 'invented', what: each };
  }
  if (has.nodePort !== wants.nodePort) yield { kind: 'missing', what: `node port ${wants.nodePort}` };
}
