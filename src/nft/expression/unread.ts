import type { ExpressionForm } from '../form.ts';
import type { UnreadExpression } from '../schema.ts';

/** Kept as it stood: text as text, JSON as JSON. */
export const unread: ExpressionForm<UnreadExpression> = { print: ({ text }) => text };
