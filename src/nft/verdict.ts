import type { Expression, Statement, Verdict } from './schema.ts';

const KINDS: ReadonlySet<string> = new Set(['accept', 'drop', 'continue', 'return', 'jump', 'goto', 'queue']);

/** Tells the verdicts from the other statements, and from what a map's key may lead to. */
export const isVerdict = (node: Expression | Statement): node is Verdict => KINDS.has(node.kind);
