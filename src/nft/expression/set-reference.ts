import type { ExpressionForm } from '../form.ts';
import type { SetReference } from '../schema.ts';

export const setReference: ExpressionForm<SetReference> = { print: ({ name }) => `@${name}` };
