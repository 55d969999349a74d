import type { Value } from '../schema.ts';
import type { DataType } from './datatype.ts';

/** A constant as nft prints it beside an expression of this datatype. */
export function formatValue(value: Value['value'], type: DataType | undefined): string {
  const special = type?.print?.(value);
  if (special !== undefined) return special;
  if (typeof value === 'boolean') return value ? 'exists' : 'missing';
  if (typeof value === 'string') return type?.quoted ? `"${value}"` : value;
  const base = type?.base ?? 'decimal';
  if (base === 'decimal') return String(value);
  return `0x${value.toString(16).padStart(base === 'hex' ? 1 : base, '0')}`;
}

/** An end of a range: numbers for symbols, seconds for times. */
export function formatRangeEnd(value: Value['value'], type: DataType | undefined): string {
  if (type?.name === 'time' && typeof value === 'number') return `${value}s`;
  const number = typeof value === 'string' ? type?.symbols?.get(value) : undefined;
  return formatValue(number ?? value, type);
}
