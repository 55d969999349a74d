import type { ExpressionForm } from '../form.ts';
import type { RawPayload } from '../schema.ts';

const BASES = ['ll', 'nh', 'th', 'ih'] as const;

export const rawPayload: ExpressionForm<RawPayload> = {
  print: ({ base, offset, length, tunnel }) =>
    `${tunnel === undefined ? '' : `${tunnel} `}@${base},${offset},${length}`,
};

/** `@nh,96,32`, which is one word; undefined: another one. */
export function parseRawPayload(word: string): RawPayload | undefined {
  const [, named, offset, length] = /^@(ll|nh|th|ih),(\d{1,5}),(\d{1,5})$/.exec(word) ?? [];
  const base = BASES.find(known => known === named);
  return base && { kind: 'raw-payload', base, offset: Number(offset), length: Number(length) };
}
