import { count } from '../net/count.ts';
import type { ChainChange, Noted } from './answer.ts';
import type { Aside } from './meaning/statement.ts';

/** One thing of one node, and what tells whether another node has the same. */
export interface OfNode<T> {
  readonly node: string;
  readonly key: string;
  readonly value: T;
}

/** What several nodes have alike is said once, with their names; in the order in which it first came. */
export function mergeNodes<T extends object>(
  list: readonly OfNode<T>[],
): (T & { readonly nodes: readonly string[] })[] {
  const groups = new Map<string, { readonly value: T; readonly nodes: string[] }>();
  for (const { node, key, value } of list) {
    const known = groups.get(key);
    if (!known) groups.set(key, { value, nodes: [node] });
    else if (!known.nodes.includes(node)) known.nodes.push(node);
  }
  return [...groups.values()].map(({ value, nodes }) => ({ nodes, ...value }));
}

/** Alike: the same rules in the same order; where they stand in their files and chains is each node's own. */
export function chainKey(change: Omit<ChainChange, 'nodes'>): string {
  const lines = change.lines.map(({ kind, before, after, commentOnly }) => [
    kind,
    before?.text,
    after?.text,
    commentOnly,
  ]);
  const { family, owner, table, chain, kind, chainBefore, base } = change;
  return JSON.stringify([family, owner, table, chain, kind, chainBefore, base, lines]);
}

export const noted = (list: readonly { readonly node: string; readonly text: string }[]): Noted[] =>
  mergeNodes(list.map(({ node, text }) => ({ node, key: text, value: { text } })));

/** What is of one kind is added up over the nodes. */
export function notedAsides(list: readonly { readonly node: string; readonly aside: Aside }[]): Noted[] {
  const groups = new Map<string, { readonly nodes: Set<string>; readonly aside: Aside; sum: number }>();
  for (const { node, aside } of list) {
    const key = `${aside.noun}${aside.rest}`;
    const known = groups.get(key) ?? { nodes: new Set(), aside, sum: 0 };
    known.nodes.add(node);
    known.sum += aside.count;
    groups.set(key, known);
  }
  return [...groups.values()].map(({ nodes, aside, sum }) => ({
    nodes: [...nodes],
    text: `${count(sum, aside.noun)}${aside.rest}`,
  }));
}
