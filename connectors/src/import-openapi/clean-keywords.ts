/** Keywords of a foreign schema that hold no schemas, in the form our subset of JSON Schema has for them. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { formats, schemaLimits } from '../schemas/keywords.ts';
import { splitPattern, type SplitPattern } from './split-pattern.ts';
import { listOf, lookUp, shorten, textOf, type Source } from './source.ts';

const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
/** What writers of documents say where JSON Schema has another word. */
const spoken: { [word: string]: string } = {
  int: 'integer',
  int32: 'integer',
  int64: 'integer',
  long: 'integer',
  float: 'number',
  double: 'number',
  decimal: 'number',
  bool: 'boolean',
  text: 'string',
  str: 'string',
  date: 'string',
  datetime: 'string',
  'date-time': 'string',
  timestamp: 'string',
  uuid: 'string',
  uri: 'string',
  url: 'string',
  file: 'string',
  list: 'array',
  map: 'object',
  dict: 'object',
};
const sameFormats: { [format: string]: string } = {
  url: 'uri',
  iri: 'uri',
  'iri-reference': 'uri-reference',
  'idn-email': 'email',
  'idn-hostname': 'hostname',
  'iso-date-time': 'date-time',
  'iso-time': 'time',
  datetime: 'date-time',
};
const knownFormats = new Set<string>(formats);
const counts = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'];

/** The types a schema allows; empty: any. */
export function typesOf(schema: JsonObject): string[] {
  const given = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  const found = given.flatMap((entry) => {
    if (entry === null) return ['null'];
    if (typeof entry !== 'string') return [];
    const word = entry.toLowerCase();
    return types.has(word) ? [word] : (lookUp(spoken, word) ?? []);
  });
  const isNullable = schema['nullable'] === true && found.length > 0;
  return [...new Set([...found, ...(isNullable ? ['null'] : [])])];
}

/** Everything but the keywords that hold schemas and `required`. */
export function cleanKeywords(schema: JsonObject, source: Source): JsonObject {
  const allowed = typesOf(schema);
  const out: JsonObject = {};
  if (allowed.length > 0) out['type'] = allowed.length === 1 ? allowed[0]! : allowed;
  describe(schema, out);
  if (Object.hasOwn(schema, 'const')) out['const'] = schema['const']!;
  cleanEnum(schema, allowed, out, source);
  cleanText(schema, out, source);
  cleanNumbers(schema, out);
  for (const name of counts) {
    const value = Number(schema[name] ?? NaN);
    if (Number.isSafeInteger(value) && value >= 0) out[name] = value;
  }
  for (const name of ['minContains', 'maxContains'])
    if (Number.isSafeInteger(schema[name]) && (schema[name] as number) >= 0) out[name] = schema[name]!;
  if (schema['uniqueItems'] === true) out['uniqueItems'] = true;
  if (Object.hasOwn(schema, 'default') && JSON.stringify(schema['default']).length < 2000)
    out['default'] = schema['default']!;
  return out;
}

function describe(schema: JsonObject, out: JsonObject): void {
  const title = textOf(schema['title']);
  const description = textOf(schema['description']);
  if (title !== undefined) out['title'] = shorten(title, 100, true);
  if (description !== undefined) out['description'] = shorten(description, 500);
  if (schema['deprecated'] === true) out['deprecated'] = true;
  const [first] = listOf(schema['examples']);
  const example = schema['example'] ?? first;
  const isShort = ['string', 'number', 'boolean'].includes(typeof example) && String(example).length <= 100;
  if (isShort && example !== undefined) out['examples'] = [example];
}

function cleanEnum(schema: JsonObject, allowed: string[], out: JsonObject, source: Source): void {
  const given = schema['enum'];
  if (!Array.isArray(given) || given.length === 0) return;
  // YAML reads yes, no and numbers; where only texts are allowed, texts were meant.
  const onlyText = allowed.length > 0 && allowed.every((type) => type === 'string' || type === 'null');
  const entries = given.map((entry) =>
    onlyText && (typeof entry === 'number' || typeof entry === 'boolean') ? String(entry) : entry,
  );
  const different = [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()];
  if (different.length <= schemaLimits.enumEntries) out['enum'] = different;
  else
    source.warn(
      `A list of ${different.length} allowed values is longer than ${schemaLimits.enumEntries} and was left out.`,
    );
}

function cleanText(schema: JsonObject, out: JsonObject, source: Source): void {
  const { pattern, format } = schema;
  if (typeof pattern === 'string' && pattern !== '') {
    const split = splitPattern(pattern);
    if (split !== null) addPatterns(split, out);
    else {
      out['$comment'] = `pattern: ${pattern.slice(0, 500)}`;
      source.warn(`The pattern ${pattern.slice(0, 100)} cannot be used and is not checked.`);
    }
  }
  if (typeof format !== 'string') return;
  const name = lookUp(sameFormats, format.toLowerCase()) ?? format.toLowerCase();
  if (knownFormats.has(name)) out['format'] = name;
}

function addPatterns({ all, none }: SplitPattern, out: JsonObject): void {
  const [first, ...others] = all;
  if (first !== undefined) out['pattern'] = first;
  const more: Json[] = [
    ...others.map((pattern) => ({ pattern })),
    ...none.map((pattern) => ({ not: { pattern } })),
  ];
  if (more.length > 0) out['allOf'] = more;
}

function numberOf(value: Json | undefined): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Up to 3.0 `exclusiveMinimum: true` says that `minimum` itself is not allowed. */
function cleanNumbers(schema: JsonObject, out: JsonObject): void {
  for (const [name, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    const limit = numberOf(schema[name]);
    if (limit !== undefined) out[schema[exclusive] === true ? exclusive : name] = limit;
    const own = typeof schema[exclusive] === 'boolean' ? undefined : numberOf(schema[exclusive]);
    if (own !== undefined) out[exclusive] = own;
  }
  const step = numberOf(schema['multipleOf']);
  if (step !== undefined && step > 0) out['multipleOf'] = step;
}

/** Names that must be there; documents of old drafts write `required: true` at the member itself. */
export function requiredOf(schema: JsonObject): string[] {
  return [...new Set(listOf(schema['required']).filter((name) => typeof name === 'string'))];
}

/** A schema that says nothing. */
export function isEmpty(schema: Json): boolean {
  return schema === true || (isJsonObject(schema) && Object.keys(schema).length === 0);
}
