import type { Expression } from '../schema.ts';
import type { DataType } from '../type/datatype.ts';
import { symbolOf } from '../type/types.ts';

const NUMBER = /^(?:0x[0-9a-f]+|\d+)$/;
const ENDS = /^(?:\d[\w.:]*|[0-9a-f]*:[0-9a-f:.]+|0x[0-9a-f]+)$/;

function wholeNumber(word: string): number | bigint {
  const value = Number(word);
  return Number.isSafeInteger(value) ? value : BigInt(word);
}

/** A word as the value that JSON has for it. */
export function scalar(word: string, type: DataType | undefined): Expression {
  if (word === 'exists' || word === 'missing') return { kind: 'value', value: word === 'exists' };
  const value = type?.read?.(word) ?? (NUMBER.test(word) ? wholeNumber(word) : word);
  return { kind: 'value', value };
}

/** `10.0.0.0/8`, `22-80`, `@name`, `*`, or a word that is none of these. */
export function constant(word: string, type: DataType | undefined): Expression {
  if (word === '*') return { kind: 'wildcard' };
  if (word.startsWith('@') && word.length > 1) return { kind: 'set-reference', name: word.slice(1) };
  const prefix = /^([0-9a-fx.:]+)\/(\d{1,3})$/.exec(word);
  if (prefix) return { kind: 'prefix', address: scalar(prefix[1] ?? '', type), length: Number(prefix[2]) };
  const [from, to] = rangeEnds(word);
  if (from !== undefined && to !== undefined)
    return { kind: 'range', from: rangeEnd(from, type), to: rangeEnd(to, type) };
  return scalar(word, type);
}

/** In ranges text has numbers where JSON has symbols. */
function rangeEnd(word: string, type: DataType | undefined): Expression {
  const end = scalar(word, type);
  if (end.kind !== 'value' || typeof end.value !== 'number') return end;
  return { kind: 'value', value: (type && symbolOf(type, end.value)) ?? end.value };
}

/** Names have dashes too: both sides must be numbers, addresses or times. */
function rangeEnds(word: string): readonly [string, string] | readonly [] {
  const dash = word.indexOf('-');
  if (dash < 1) return [];
  const from = word.slice(0, dash);
  const to = word.slice(dash + 1);
  return ENDS.test(from) && ENDS.test(to) ? [from, to] : [];
}
