import type { ExpressionForm } from '../form.ts';
import type { Wildcard } from '../schema.ts';

export const wildcard: ExpressionForm<Wildcard> = { print: () => '*' };
