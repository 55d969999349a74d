import { onlyKey } from '../json/fields.ts';
import type { JsonReader } from '../json/json-reader.ts';
import type { Expression } from '../schema.ts';

/** A statement's object: its name, or a map that yields one. Undefined: the statement has its own terms. */
export function readReference(body: unknown, reader: JsonReader): Expression | undefined {
  return typeof body === 'string' || onlyKey(body)?.[0] === 'map' ? reader.expression(body) : undefined;
}
