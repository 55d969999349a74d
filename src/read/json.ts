import { excerpt, type Remarks } from './reading.ts';

export type JsonObject = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object's own field; what it inherits is not data. */
export const field = (object: JsonObject, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

export function stringField(object: JsonObject, key: string): string | undefined {
  const value = field(object, key);
  return typeof value === 'string' ? value : undefined;
}

/** A whole number, also where it is written as a string (iproute2 does both). */
export function numberField(object: JsonObject, key: string): number | undefined {
  const value = field(object, key);
  const number = typeof value === 'string' && /^(?:0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

export function stringsField(object: JsonObject, key: string): readonly string[] {
  const value = field(object, key);
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

export function objectsField(object: JsonObject, key: string): readonly JsonObject[] {
  const value = field(object, key);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The value of a JSON text; undefined, and an error, where it is none. */
export function parseJson(text: string, remarks: Remarks): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    remarks.error(1, `not JSON: ${excerpt(error instanceof Error ? error.message : String(error), 100)}`);
    return undefined;
  }
}

/** The objects of a JSON array, as iproute2 prints them. Empty objects (`ip -j addr show dev`) are left out. */
export function parseObjects(text: string, remarks: Remarks): readonly JsonObject[] {
  const value = parseJson(text, remarks);
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    remarks.error(1, 'not a JSON array of objects');
    return [];
  }
  const objects = value.filter(isObject).filter(object => Object.keys(object).length > 0);
  const others = value.length - value.filter(isObject).length;
  if (others > 0) remarks.error(1, `${others} items of the array are no objects`);
  return objects;
}

/** A remark for every key that the reader does not know, once a file. */
export function remarkUnknownKeys(objects: readonly JsonObject[], known: ReadonlySet<string>, remarks: Remarks): void {
  const unknown = new Set<string>();
  for (const object of objects) for (const key of Object.keys(object)) if (!known.has(key)) unknown.add(key);
  for (const key of [...unknown].slice(0, 20)) remarks.warning(1, `"${excerpt(key)}" is not known and was not used`);
  if (unknown.size > 20) remarks.warning(1, `${unknown.size - 20} further keys are not known and were not used`);
}
