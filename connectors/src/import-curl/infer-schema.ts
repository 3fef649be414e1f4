/** A schema from one example. What may be a secret is not kept as an example. */
import type { Json, JsonObject } from '../json.ts';

export const secretName =
  /pass(word|wd)?|secret|token|api_?-?key|authorization|credential|signature|private/i;

/** @param name of the member the value stands in */
export function inferSchema(value: Json, name = ''): JsonObject {
  if (value === null) return {};
  if (Array.isArray(value))
    return { type: 'array', items: value.length > 0 ? inferSchema(value[0]!, name) : {} };
  if (typeof value === 'object')
    return {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(value).map(([key, member]) => [key, inferSchema(member, key)]),
      ),
    };
  const type = typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value;
  if (secretName.test(name)) return { type, 'x-secret': true };
  const isShort = String(value).length <= 200;
  return { type, ...(isShort ? { examples: [value] } : {}) };
}
