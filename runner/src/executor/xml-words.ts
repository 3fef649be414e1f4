// What the schemas of one value say of how it stands in XML: its names, its members and its items.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { JsonSchema } from '@weftline/connectors/types';

/** The keyword `x-xml`. */
export type XmlWords = {
  name?: string;
  prefix?: string;
  namespace?: string;
  attribute?: boolean;
  wrapped?: boolean;
};

/** All schemas of one value taken together: what stands nearer to the value wins. */
export type XmlFacts = {
  words: XmlWords;
  members: ReadonlyMap<string, readonly Json[]>;
  /** Of members that are not declared. */
  more: readonly Json[];
  items: readonly Json[];
  types: ReadonlySet<string>;
  required: ReadonlySet<string>;
};

export type Definitions = { readonly [name: string]: Json };

/** References and choices of one value; more of them say nothing new. */
const mostParts = 500;

const definitionOf = (reference: string, root: JsonSchema, definitions: Definitions): Json => {
  const name = /^#\/\$defs\/(.+)$/.exec(reference)?.[1]?.replaceAll('~1', '/').replaceAll('~0', '~') ?? '';
  const own = root['$defs'];
  if (isJsonObject(own) && Object.hasOwn(own, name)) return own[name]!;
  return Object.hasOwn(definitions, name) ? definitions[name]! : {};
};

/** The schema itself last, so that what it says beside a reference wins. */
const listParts = (schemas: readonly Json[], root: JsonSchema, definitions: Definitions): JsonObject[] => {
  const found: JsonObject[] = [];
  const seen = new Set<Json>();
  const visit = (schema: Json): void => {
    if (!isJsonObject(schema) || seen.has(schema) || seen.size >= mostParts) return;
    seen.add(schema);
    if (typeof schema['$ref'] === 'string') visit(definitionOf(schema['$ref'], root, definitions));
    for (const keyword of ['oneOf', 'anyOf', 'allOf'])
      if (Array.isArray(schema[keyword])) for (const part of schema[keyword]) visit(part);
    for (const keyword of ['then', 'else']) if (isJsonObject(schema[keyword])) visit(schema[keyword]);
    found.push(schema);
  };
  schemas.forEach(visit);
  return found;
};

export const makeXmlReader = (
  root: JsonSchema,
  definitions: Definitions,
): ((schemas: readonly Json[]) => XmlFacts) => {
  const known = new Map<Json, XmlFacts>();
  const read = (schemas: readonly Json[]): XmlFacts => {
    const words: XmlWords = {};
    const members = new Map<string, Json[]>();
    const more: Json[] = [];
    const items: Json[] = [];
    const types = new Set<string>();
    const required = new Set<string>();
    for (const part of listParts(schemas, root, definitions)) {
      if (isJsonObject(part['x-xml'])) Object.assign(words, part['x-xml']);
      for (const [name, schema] of Object.entries(isJsonObject(part['properties']) ? part['properties'] : {}))
        members.set(name, [...(members.get(name) ?? []), schema]);
      if (isJsonObject(part['additionalProperties'])) more.push(part['additionalProperties']);
      if (isJsonObject(part['items'])) items.push(part['items']);
      for (const type of [part['type']].flat()) if (typeof type === 'string') types.add(type);
      for (const name of Array.isArray(part['required']) ? part['required'] : []) required.add(String(name));
    }
    if (types.size === 0 && members.size > 0) types.add('object');
    return { words, members, more, items, types, required };
  };
  return (schemas) => {
    const [only] = schemas;
    if (schemas.length !== 1 || only === undefined) return read(schemas);
    let facts = known.get(only);
    if (facts === undefined) known.set(only, (facts = read(schemas)));
    return facts;
  };
};

/** The name an element or attribute has on the wire. */
export const qualified = ({ name, prefix }: XmlWords, fallback: string): string =>
  `${prefix === undefined || prefix === '' ? '' : `${prefix}:`}${name ?? fallback}`;

/** How the items of a list are called, and the element around them, if there is one. */
export const listNames = (
  list: XmlFacts,
  items: XmlFacts,
  member: string,
): { wrapper: string | null; item: string } => {
  const own = list.words.name ?? member;
  const item = qualified(items.words, list.words.wrapped === true ? own : (list.words.name ?? member));
  return { wrapper: list.words.wrapped === true ? qualified(list.words, member) : null, item };
};

const answers = new WeakMap<JsonSchema, boolean>();

/** True when `x-xml` stands in a schema or in what it names: then values have the shape of the schema, not that of XML. */
export const speaksXml = (schema: JsonSchema | undefined, definitions: Definitions): boolean => {
  if (schema === undefined) return false;
  const known = answers.get(schema);
  if (known !== undefined) return known;
  const seen = new Set<Json>();
  const look = (value: Json): boolean => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return false;
    seen.add(value);
    if (Array.isArray(value)) return value.some(look);
    if (isJsonObject(value['x-xml'])) return true;
    const reference = value['$ref'];
    if (typeof reference === 'string' && look(definitionOf(reference, schema, definitions))) return true;
    return Object.values(value).some(look);
  };
  const speaks = look(schema);
  answers.set(schema, speaks);
  return speaks;
};
