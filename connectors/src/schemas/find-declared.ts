/** Looks a path up in a schema: is every name on the way declared? */
import type { Json } from '../json.ts';
import type { JsonSchema } from '../types.ts';
import { resolveReference } from './resolve-reference.ts';

const budget = 2000;

/**
 * @param schema a schema that stands alone (see compose-schema.ts)
 * @param path member names, list indexes and `*`
 * @returns null when the path may exist, else the position of the first name that is declared nowhere
 */
export function findDeclared(schema: JsonSchema, path: readonly (string | number)[]): number | null {
  let open: Json[] = expand([schema], schema);
  for (const [position, key] of path.entries()) {
    const next = open.flatMap((at) => stepInto(at, key));
    if (next.length === 0) return position;
    open = expand(next, schema);
    // A schema that says nothing about the value allows everything below it.
    if (open.some(saysNothing)) return null;
  }
  return null;
}

/** The schemas themselves and everything that applies to the same value: references, allOf, anyOf, oneOf, then, else. */
function expand(schemas: Json[], root: JsonSchema): Json[] {
  const found: Json[] = [];
  const seen = new Set<Json>();
  const open = [...schemas];
  while (open.length > 0 && seen.size < budget) {
    const at = open.pop()!;
    if (seen.has(at)) continue;
    seen.add(at);
    found.push(at);
    if (!isObject(at)) continue;
    if (typeof at['$ref'] === 'string') {
      const target = resolveReference(at['$ref'], { schema: root, defs: {} });
      if (target !== undefined) open.push(target);
    }
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      if (Array.isArray(at[keyword])) open.push(...at[keyword]);
    for (const keyword of ['then', 'else']) if (isObject(at[keyword])) open.push(at[keyword]);
  }
  return found;
}

function stepInto(schema: Json, key: string | number): Json[] {
  if (!isObject(schema)) return schema === true ? [true] : [];
  if (typeof key === 'number' || key === '*') {
    if (schema['items'] !== undefined) return [schema['items']];
    if (typeof key === 'number' && Array.isArray(schema['prefixItems']))
      return schema['prefixItems'].slice(key, key + 1);
    return schema['type'] === 'array' ? [true] : [];
  }
  const properties = schema['properties'];
  if (isObject(properties) && Object.hasOwn(properties, key)) return [properties[key]!];
  if (isObject(schema['patternProperties'])) return Object.values(schema['patternProperties']);
  const more = schema['additionalProperties'];
  if (more !== undefined) return more === false ? [] : [more];
  // An object without any declared member is a free object.
  return properties === undefined && (schema['type'] === 'object' || saysNothing(schema)) ? [true] : [];
}

const speaking = [
  'type',
  'properties',
  'items',
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'enum',
  'const',
  'additionalProperties',
  'patternProperties',
  'prefixItems',
  'then',
  'else',
];

function saysNothing(schema: Json): boolean {
  return schema === true || (isObject(schema) && !speaking.some((keyword) => Object.hasOwn(schema, keyword)));
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
