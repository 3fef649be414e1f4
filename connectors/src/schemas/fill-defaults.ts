/**
 * Defaults of required members. A schema's `default` says what holds when a member is absent; where the member may be
 * absent, that is for the service to know and nothing is sent. Only a member that must be there is filled in: without
 * that the value would be refused, so no value that was good before becomes another one.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { JsonSchema } from '../types.ts';
import { resolveReference } from './resolve-reference.ts';

/** Levels of a value that are looked at, and references that may follow each other. */
const deepest = 32;
const longestChain = 8;

/** The schema behind local references; keywords beside `$ref` win, as in `{ "$ref": …, "default": 1 }`. */
function follow(schema: Json | undefined, root: JsonSchema): JsonObject | undefined {
  let own: JsonObject = {};
  let at = schema;
  for (let step = 0; step < longestChain; step += 1) {
    if (!isJsonObject(at)) return undefined;
    own = { ...at, ...own };
    const reference = at['$ref'];
    if (typeof reference !== 'string') return own;
    at = resolveReference(reference, { schema: root, defs: {} });
  }
  return undefined;
}

function fillMember(schema: Json | undefined, root: JsonSchema, depth: number): Json | undefined {
  const followed = follow(schema, root);
  if (followed === undefined) return undefined;
  if (followed['default'] !== undefined) return followed['default'];
  // An object that is absent as a whole comes to be when its required members all have a default.
  const required = followed['required'];
  if (!Array.isArray(required) || required.length === 0 || !isJsonObject(followed['properties']))
    return undefined;
  const filled = fill(followed, {}, root, depth + 1) as JsonObject;
  return required.every((name) => Object.hasOwn(filled, String(name))) ? filled : undefined;
}

function fill(schema: Json | undefined, value: Json, root: JsonSchema, depth: number): Json {
  const followed = depth > deepest ? undefined : follow(schema, root);
  if (followed === undefined) return value;
  if (Array.isArray(value)) {
    const { items } = followed;
    return isJsonObject(items) ? value.map((item) => fill(items, item, root, depth + 1)) : value;
  }
  const { properties } = followed;
  if (!isJsonObject(value) || !isJsonObject(properties)) return value;
  const members = Object.entries(value).map(([name, member]): [string, Json] => [
    name,
    Object.hasOwn(properties, name) ? fill(properties[name], member, root, depth + 1) : member,
  ]);
  const required = Array.isArray(followed['required']) ? followed['required'] : [];
  for (const name of required) {
    if (typeof name !== 'string' || Object.hasOwn(value, name) || !Object.hasOwn(properties, name)) continue;
    const preset = fillMember(properties[name], root, depth);
    if (preset !== undefined) members.push([name, preset]);
  }
  return Object.fromEntries(members);
}

/**
 * The value with the defaults of absent required members, at every depth of `properties` and `items`.
 * @param schema one that stands alone (see `compose-schema.ts`)
 * @returns a new value; the given one is not changed
 */
export function fillDefaults(schema: JsonSchema, value: Json): Json {
  return fill(schema, value, schema, 0);
}

/** True when a member that must be there has a default, so that it may be left out. */
export function hasDefault(schema: JsonSchema, name: string): boolean {
  const { properties } = schema;
  const member = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return follow(member, schema)?.['default'] !== undefined;
}
