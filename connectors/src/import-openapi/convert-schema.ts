/** Schemas of a document in our subset of JSON Schema: references stay references, and what nobody can check goes. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { cleanKeywords, isEmpty, requiredOf } from './clean-keywords.ts';
import { makeDefinitions, type Mode } from './definitions.ts';
import { fillMembers, leaveDoubles, speakXml } from './adapt-members.ts';
import { findAskedAnyway } from './asked-anyway.ts';
import { addMapping } from './discriminate.ts';
import { makeOneWay } from './one-way.ts';
import { makeSameValue } from './same-value.ts';
import { splitPattern } from './split-pattern.ts';
import { findTarget, listOf, membersOf, type Source } from './source.ts';

export type Schemas = {
  /** A schema as it stands in a connector; always an object. */
  convert(schema: Json | undefined, mode: Mode): JsonObject;
  definitions(): { [name: string]: JsonObject };
};

const deepest = 250;
/** Copies of schemas that lead back to themselves; past this many, what leads back says nothing. */
const mostCopies = 20_000;
/** The members of an object with more of them become definitions, so that no schema grows without end. */
const manyMembers = 200;

/** Where in a definition a schema stands. */
type Place = {
  /** The definition that is being made, as long as the schema looks at the same value as it. */
  root: string | null;
  /** Below `oneOf`, `anyOf` or a condition. */
  isChoice: boolean;
  /** What is written out here because it leads back to the root. */
  copied: readonly string[];
};
const elsewhere: Place = { root: null, isChoice: false, copied: [] };

export function makeSchemas(source: Source): Schemas {
  const definitions = makeDefinitions();
  const isOneWay = makeOneWay(source);
  const sameValue = makeSameValue(source);
  let copies = 0;

  const reference = (name: string, mode: Mode, depth: number, place: Place): Json | null => {
    const target = resolve(source, name);
    if (!target) return null;
    const { root, isChoice, copied } = place;
    // A schema that names itself again without going into a part of the value could never be checked to an end.
    if (root !== null && sameValue.reaches(target, root)) {
      const isRound = copied.length > 0 || sameValue.reaches(target, root, true);
      if (isChoice && isRound) return {};
      if (!isChoice) {
        copies += 1;
        if (target.pointer === root || copied.includes(target.pointer) || copies > mostCopies) return {};
        return visit(target.value, mode, depth + 1, { ...place, copied: [...copied, target.pointer] });
      }
    }
    const variant = mode === 'input' && !isOneWay(name) ? 'output' : mode;
    const own: Place = { root: target.pointer, isChoice: false, copied: [] };
    const build = () => visit(target.value, mode, 0, own);
    return { $ref: `#/$defs/${definitions.name(target.pointer, variant, build)}` };
  };

  /** `depth`: levels inside this schema, not counting what references name. */
  const visit = (schema: Json, mode: Mode, depth: number, place: Place): Json => {
    if (typeof schema === 'boolean') return schema;
    if (!isJsonObject(schema) || depth > deepest) return {};
    const own = schema['$ref'];
    if (typeof own !== 'string') return keywords(schema, mode, depth, place);
    const target = reference(own, mode, depth, place);
    if (target === null) return {};
    // Up to 3.0 everything beside a reference is overlooked, but descriptions help people.
    const { $ref: _, ...rest } = schema;
    const { description, title } = rest;
    const beside =
      source.version === 3.1
        ? (visit(rest, mode, depth, place) as JsonObject)
        : cleanKeywords({ ...(description ? { description } : {}), ...(title ? { title } : {}) }, source);
    if (!isJsonObject(target)) return target;
    if (Object.hasOwn(target, '$ref') || Object.keys(beside).length === 0) return { ...target, ...beside };
    return Object.keys(target).length === 0 ? beside : { allOf: [target], ...beside };
  };

  const part = (schema: Json, mode: Mode, depth: number, place: Place, isLarge = false): Json =>
    definitions.intern(visit(schema, mode, depth + 1, place), depth + 1, isLarge);

  const keywords = (schema: JsonObject, mode: Mode, depth: number, place: Place): JsonObject => {
    const out = cleanKeywords(schema, source);
    if (mode === 'xml' || mode === 'xml-answer') speakXml(schema, out, mode);
    const isLarge = membersOf(schema['properties']).length > manyMembers;
    const inside = (value: Json) => part(value, mode, depth, elsewhere, isLarge);
    const choice = (value: Json) => part(value, mode, depth, { ...place, isChoice: true });
    const hidden = addProperties(source, schema, out, mode, inside);
    const required = requiredOf(schema).filter((name) => !hidden.has(name) && mayBe(source, out, name));
    const types = [out['type']].flat();
    if (required.length > 0 && (out['type'] === undefined || types.includes('object')))
      out['required'] = required;
    const isSent = mode === 'input' || mode === 'fields' || mode === 'xml';
    for (const [name, member] of isSent ? findAskedAnyway(source, schema) : [])
      out['properties'] = {
        ...(isJsonObject(out['properties']) ? out['properties'] : {}),
        [name]: inside({ ...(member as JsonObject), readOnly: false }),
      };
    if (mode === 'xml') leaveDoubles(source, schema, out);
    if (mode === 'fields' || mode === 'xml') fillMembers(source, schema, out, mode);
    addItems(schema, out, inside);
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
      const given = listOf(schema[keyword]).filter(
        (entry) => isJsonObject(entry) || typeof entry === 'boolean',
      );
      const parts = given.map((entry) =>
        keyword === 'allOf' ? part(entry, mode, depth, place) : choice(entry),
      );
      // One of several that says nothing any more would fit beside every other.
      const isLost =
        keyword === 'oneOf' && parts.some((entry, index) => isEmpty(entry) && !isEmpty(given[index]!));
      if (parts.length > 0 && !isLost) out[keyword] = [...listOf(out[keyword]), ...parts];
    }
    if (source.version === 3.1) addNewer(schema, out, inside, choice);
    else if (isJsonObject(schema['not'])) out['not'] = choice(schema['not']);
    if (isJsonObject(schema['not']) && isEmpty(out['not'] ?? {}) && !isEmpty(schema['not']))
      delete out['not'];
    addMapping(source, schema, out);
    return out;
  };

  return {
    convert: (schema, mode) => {
      const out = visit(schema ?? {}, mode, 0, elsewhere);
      return isJsonObject(out) ? out : out === false ? { not: {} } : {};
    },
    definitions: definitions.all,
  };
}

/** What a reference means in the end; null when it points nowhere, outside, or in a circle of references alone. */
function resolve(source: Source, reference: string): { value: Json; pointer: string } | null {
  const seen = new Set<string>();
  let name = reference;
  for (;;) {
    const target = findTarget(source, name);
    if (!target || seen.has(name)) {
      source.warn(
        name.startsWith('#')
          ? `The schema ${name} is not there; anything is allowed in its place.`
          : `The schema ${name} is in another document, which is not read; anything is allowed in its place.`,
      );
      return null;
    }
    seen.add(name);
    const { value } = target;
    const next = isJsonObject(value) && Object.keys(value).length === 1 ? value['$ref'] : undefined;
    if (typeof next !== 'string') return target;
    name = next;
  }
}

/** Where no other members are allowed, one that is not declared cannot be asked for: nothing would ever fit. */
function mayBe(source: Source, out: JsonObject, name: string): boolean {
  if (name === '__proto__') return false;
  const isClosed = out['additionalProperties'] === false && out['patternProperties'] === undefined;
  if (!isClosed || (isJsonObject(out['properties']) && Object.hasOwn(out['properties'], name))) return true;
  source.warn(`"${name}" is asked for where no such member is allowed; it is not asked for.`);
  return false;
}

/** @returns the members that are not there in this direction */
function addProperties(
  source: Source,
  schema: JsonObject,
  out: JsonObject,
  mode: Mode,
  inside: (value: Json) => Json,
): Set<string> {
  const hidden = new Set<string>();
  const hiding = mode === 'output' || mode === 'xml-answer' ? 'writeOnly' : 'readOnly';
  const properties: JsonObject = {};
  for (const [name, member] of membersOf(schema['properties'])) {
    // Up to 3.0 nothing beside a reference counts.
    const counts = isJsonObject(member) && (source.version === 3.1 || member['$ref'] === undefined);
    if (counts && member[hiding] === true) hidden.add(name);
    else properties[name] = isJsonObject(member) || typeof member === 'boolean' ? inside(member) : {};
  }
  if (isJsonObject(schema['properties'])) out['properties'] = properties;
  const patterns = membersOf(schema['patternProperties']).flatMap(([pattern, member]) => {
    const split = splitPattern(pattern);
    const isOne = split?.all.length === 1 && split.none.length === 0;
    return isOne ? [[split.all[0]!, inside(member)] as const] : [];
  });
  if (patterns.length > 0) out['patternProperties'] = Object.fromEntries(patterns);
  const more = schema['additionalProperties'];
  const isLost = patterns.length < membersOf(schema['patternProperties']).length;
  if (typeof more === 'boolean') out['additionalProperties'] = more || isLost;
  else if (isJsonObject(more)) out['additionalProperties'] = isLost ? true : inside(more);
  return hidden;
}

function addItems(schema: JsonObject, out: JsonObject, inside: (value: Json) => Json): void {
  const { items, additionalItems } = schema;
  const first = Array.isArray(items) ? items : listOf(schema['prefixItems']);
  if (first.length > 0) out['prefixItems'] = first.map(inside);
  if (isJsonObject(items) || typeof items === 'boolean') out['items'] = inside(items);
  else if (Array.isArray(items) && (isJsonObject(additionalItems) || additionalItems === false))
    out['items'] = inside(additionalItems);
}

/** Keywords that schemas have from 3.1 on. */
function addNewer(
  schema: JsonObject,
  out: JsonObject,
  inside: (value: Json) => Json,
  choice: (value: Json) => Json,
): void {
  const isSchema = (value: Json | undefined): value is Json =>
    isJsonObject(value) || typeof value === 'boolean';
  for (const keyword of ['not', 'if', 'then', 'else'])
    if (isSchema(schema[keyword])) out[keyword] = choice(schema[keyword]);
  for (const keyword of ['contains', 'propertyNames', 'unevaluatedItems', 'unevaluatedProperties'])
    if (isSchema(schema[keyword])) out[keyword] = inside(schema[keyword]);
  const dependent = membersOf(schema['dependentSchemas']).filter(([, value]) => isSchema(value));
  if (dependent.length > 0)
    out['dependentSchemas'] = Object.fromEntries(dependent.map(([name, value]) => [name, choice(value)]));
  const needed = membersOf(schema['dependentRequired']).flatMap(([name, value]) =>
    Array.isArray(value) && value.every((entry) => typeof entry === 'string')
      ? [[name, [...new Set(value)]] as [string, Json]]
      : [],
  );
  if (needed.length > 0) out['dependentRequired'] = Object.fromEntries(needed);
}
