/** Any value that JSON can hold. Everything that flows through expressions, requests and runs has this type. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object; read its members with `Object.hasOwn`, never through the prototype. */
export type JsonObject = { [name: string]: Json };

/** True for a JSON object, false for lists, null and plain values. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
