import type { Namespace } from '../../model/namespace.ts';

const PARTS = [
  ['interfaces', 'interfaces'],
  ['routes', 'routes'],
  ['rules', 'rules of routing'],
  ['neighbours', 'neighbours'],
  ['fdb', 'the entries of bridges'],
  ['sysctls', 'settings'],
  ['queues', 'queues'],
] as const satisfies readonly (readonly [keyof Namespace, string])[];

/** Two namespaces that tell the same kinds of things, and what had to be taken to be so. */
export interface Levelled {
  readonly before: Namespace;
  readonly after: Namespace;
  readonly assumptions: readonly string[];
}

/** What only one side captured is taken to be the same on the other: that it was not captured makes no difference. */
export function levelled(before: Namespace, after: Namespace): Levelled {
  const isLone = ([part]: (typeof PARTS)[number]) => (before[part] === undefined) !== (after[part] === undefined);
  const lone = PARTS.filter(isLone);
  if (lone.length === 0) return { before, after, assumptions: [] };
  const filled = (own: Namespace, other: Namespace): Namespace => {
    const missing = lone.filter(([part]) => own[part] === undefined);
    return { ...own, ...Object.fromEntries(missing.map(([part]) => [part, other[part]])) };
  };
  const words = lone.map(
    ([part, name]) => `${name} (captured ${before[part] === undefined ? 'after' : 'before'} alone)`,
  );
  return {
    before: filled(before, after),
    after: filled(after, before),
    assumptions: [`taken to be the same on both sides: ${words.join(', ')}`],
  };
}
