import type { Expression } from '../schema.ts';
import { NotUnderstood } from '../unread.ts';
import type { JsonReader } from './json-reader.ts';

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The one key of `{"payload": {...}}`, and what stands under it. */
export function onlyKey(json: unknown): readonly [key: string, body: unknown] | undefined {
  if (!isObject(json)) return undefined;
  const [entry, ...others] = Object.entries(json);
  return others.length === 0 ? entry : undefined;
}

/** The fields of a JSON object. What is not asked for is not understood: finish() says so. */
export class Fields {
  private readonly what: string;
  private readonly left: Map<string, unknown>;
  private readonly reader: JsonReader;

  /** null stands for an object without fields (`{"log": null}`). */
  constructor(json: unknown, what: string, reader: JsonReader) {
    if (json !== null && !isObject(json)) throw new NotUnderstood(`${what} is no object`);
    this.what = what;
    this.left = new Map(json === null ? [] : Object.entries(json));
    this.reader = reader;
  }

  has(key: string): boolean {
    return this.left.has(key);
  }

  raw(key: string): unknown {
    const value = this.left.get(key);
    this.left.delete(key);
    return value;
  }

  private wrong(key: string, expected: string): never {
    throw new NotUnderstood(`${this.what}: "${key}" is no ${expected}`);
  }

  optionalString(key: string): string | undefined {
    const value = this.raw(key);
    return value === undefined || typeof value === 'string' ? value : this.wrong(key, 'string');
  }

  string(key: string): string {
    return this.optionalString(key) ?? this.wrong(key, 'string');
  }

  /** One of these words. */
  word<const W extends string>(key: string, words: readonly W[]): W {
    return this.optionalWord(key, words) ?? this.wrong(key, words.join(', '));
  }

  optionalWord<const W extends string>(key: string, words: readonly W[]): W | undefined {
    const value = this.optionalString(key);
    if (value === undefined) return undefined;
    return words.find(word => word === value) ?? this.wrong(key, words.join(', '));
  }

  optionalNumber(key: string): number | undefined {
    const value = this.raw(key);
    return value === undefined || (typeof value === 'number' && Number.isFinite(value))
      ? value
      : this.wrong(key, 'number');
  }

  number(key: string): number {
    return this.optionalNumber(key) ?? this.wrong(key, 'number');
  }

  optionalBigint(key: string): bigint | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
    return typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : this.wrong(key, 'whole number');
  }

  bigint(key: string): bigint {
    return this.optionalBigint(key) ?? this.wrong(key, 'whole number');
  }

  boolean(key: string): boolean {
    const value = this.raw(key);
    return value === undefined ? false : typeof value === 'boolean' ? value : this.wrong(key, 'boolean');
  }

  /** A string, or a list of strings; absent: none. */
  strings(key: string): readonly string[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.map(item => (typeof item === 'string' ? item : this.wrong(key, 'list of strings')));
  }

  list(key: string): readonly unknown[] {
    const value = this.raw(key);
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  }

  optionalExpression(key: string): Expression | undefined {
    const value = this.raw(key);
    return value === undefined ? undefined : this.reader.expression(value);
  }

  expression(key: string): Expression {
    return this.optionalExpression(key) ?? this.wrong(key, 'expression');
  }

  /** Fails where a field is left that nobody asked for. */
  finish(): void {
    for (const key of this.left.keys()) throw new NotUnderstood(`${this.what}: "${key}" is not known`);
  }
}
