/** A value to build with, for a schema of a connector: what it shows itself, else something of the right type. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';

const deepest = 5;
const mostMembers = 40;

const formats: { [format: string]: string } = {
  date: '2026-01-31',
  time: '12:00:00Z',
  'date-time': '2026-01-31T12:00:00Z',
  duration: 'PT1H',
  email: 'somebody@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/1',
  'uri-reference': '/1',
  uuid: '0190f5a4-7e2b-7c3d-8a4f-1b2c3d4e5f60',
  'json-pointer': '/a',
  byte: 'AAEC',
};

/**
 * The same schema gives the same value; whether it fits is for the caller to check.
 * @param isSmall only what must be there
 */
export function makeSample(schema: Json, definitions: { [name: string]: Json }, isSmall = false): Json {
  const make = (given: Json, depth: number): Json => {
    const at = flatten(given, definitions, 0);
    const [example] = listOf(at['examples']);
    const [choice] = listOf(at['enum']).filter((one) => one !== null);
    for (const shown of [at['const'], example, choice, at['default']]) if (shown !== undefined) return shown;
    const types = [at['type']].flat().filter((type) => typeof type === 'string');
    const type = types.find((one) => one !== 'null') ?? types[0] ?? guess(at);
    if (type === 'object') return makeObject(at, depth);
    if (type === 'array') return makeArray(at, depth);
    if (type === 'integer' || type === 'number') return makeNumber(at);
    if (type === 'boolean') return true;
    if (type === 'null') return null;
    return makeText(at);
  };
  const makeObject = (at: JsonObject, depth: number): JsonObject => {
    const required = new Set(listOf(at['required']));
    const out: JsonObject = {};
    for (const [name, member] of Object.entries(isJsonObject(at['properties']) ? at['properties'] : {})) {
      const isWanted =
        !isSmall && depth < deepest && Object.keys(out).length < mostMembers && member !== false;
      if (required.has(name) ? depth < 30 : isWanted) out[name] = make(member, depth + 1);
    }
    for (const name of required)
      if (!Object.hasOwn(out, String(name)) && depth < 30) out[String(name)] = 'text';
    return out;
  };
  const makeArray = (at: JsonObject, depth: number): Json[] => {
    const first = listOf(at['prefixItems']).map((item) => make(item, depth + 1));
    const least = Math.max(
      Number(at['minItems'] ?? 0),
      isSmall || depth >= deepest || at['maxItems'] === 0 ? 0 : 1,
    );
    while (first.length < Math.min(least, 20) && at['items'] !== false)
      first.push(make(at['items'] ?? true, depth + 1));
    return first;
  };
  return make(schema, 0);
}

/** References followed, `allOf` taken together, the first choice of others. */
function flatten(given: Json, definitions: { [name: string]: Json }, depth: number): JsonObject {
  if (!isJsonObject(given) || depth > 30) return {};
  const { $ref, allOf, oneOf, anyOf, ...own } = given;
  let out: JsonObject = {};
  const parts: Json[] = [...listOf(allOf), ...listOf(oneOf).slice(0, 1), ...listOf(anyOf).slice(0, 1)];
  if (typeof $ref === 'string') parts.unshift(definitions[$ref.replace('#/$defs/', '')] ?? true);
  for (const part of parts) out = together(out, flatten(part, definitions, depth + 1));
  return together(out, own);
}

function together(a: JsonObject, b: JsonObject): JsonObject {
  const out = { ...a, ...b };
  if (isJsonObject(a['properties']) && isJsonObject(b['properties'])) {
    const properties: JsonObject = { ...a['properties'] };
    for (const [name, member] of Object.entries(b['properties']))
      properties[name] = Object.hasOwn(properties, name) ? { allOf: [properties[name]!, member] } : member;
    out['properties'] = properties;
  }
  if (a['required'] && b['required']) out['required'] = [...listOf(a['required']), ...listOf(b['required'])];
  return out;
}

function guess(at: JsonObject): string {
  if (at['properties'] ?? at['required'] ?? at['additionalProperties']) return 'object';
  return at['items'] ? 'array' : 'string';
}

function makeNumber(at: JsonObject): number {
  const low =
    at['minimum'] ?? (typeof at['exclusiveMinimum'] === 'number' ? at['exclusiveMinimum'] + 1 : undefined);
  const high =
    at['maximum'] ?? (typeof at['exclusiveMaximum'] === 'number' ? at['exclusiveMaximum'] - 1 : undefined);
  const step = typeof at['multipleOf'] === 'number' ? at['multipleOf'] : 1;
  const value = typeof low === 'number' ? low : typeof high === 'number' ? Math.min(1, high) : 1;
  return Math.ceil(value / step) * step;
}

function makeText(at: JsonObject): string {
  const known = typeof at['format'] === 'string' ? formats[at['format']] : undefined;
  if (known !== undefined) return known;
  const least = Math.min(Number(at['minLength'] ?? 0), 1000);
  const most = Number(at['maxLength'] ?? Infinity);
  return 'text'.padEnd(least, 'x').slice(0, most);
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
