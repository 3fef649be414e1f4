/** What the `xml` objects of a document say, and how the root element of a body is called. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { kindsOf } from './read-parameters.ts';
import { findTarget, follow, listOf, membersOf, textOf, type Source } from './source.ts';

const xmlName = /^[A-Za-z_][\w.-]{0,100}(:[A-Za-z_][\w.-]{0,98})?$/;

/** The keyword `x-xml` of one schema; undefined where it says nothing that can be used. */
export function xmlWords(given: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(given)) return undefined;
  const name = textOf(given['name']);
  const prefix = textOf(given['prefix']);
  const namespace = textOf(given['namespace']);
  const out: JsonObject = {
    ...(name !== undefined && xmlName.test(name) ? { name } : {}),
    ...(prefix !== undefined && xmlName.test(prefix) && !prefix.includes(':') ? { prefix } : {}),
    ...(namespace === undefined ? {} : { namespace: namespace.slice(0, 500) }),
    // Newer versions say with "nodeType" what two flags said.
    ...(given['attribute'] === true || given['nodeType'] === 'attribute' ? { attribute: true } : {}),
    ...(given['wrapped'] === true ? { wrapped: true } : {}),
  };
  return Object.keys(out).length > 0 ? out : undefined;
}

/** What a schema says together with what it names and what must hold beside it; the nearer wins. */
export function xmlOf(source: Source, schema: Json | undefined, depth = 0): JsonObject {
  if (!isJsonObject(schema) || depth > 20) return {};
  const reference = schema['$ref'];
  const target = typeof reference === 'string' ? findTarget(source, reference)?.value : undefined;
  const behind = xmlOf(source, target, depth + 1);
  if (target !== undefined && source.version !== 3.1) return behind;
  const parts = listOf(schema['allOf']).map((part) => xmlOf(source, part, depth + 1));
  return Object.assign({}, behind, ...parts, xmlWords(schema['xml'])) as JsonObject;
}

export type XmlRoot =
  | { kind: 'named'; words: JsonObject }
  /** The only member of the schema is the root. */
  | { kind: 'member'; name: string };

/** How the root element is called; null where the document does not say, or describes no elements. */
export function readXmlRoot(source: Source, schema: Json | undefined): XmlRoot | null {
  const at = follow(source, schema);
  if (!at || !isJsonObject(schema)) return null;
  const kinds = kindsOf(source, schema);
  const words = xmlOf(source, schema);
  if (kinds.array === kinds.object) return null;
  const reference = schema['$ref'];
  const component =
    typeof reference === 'string'
      ? /^#\/(?:components\/schemas|definitions)\/([^/]+)$/.exec(reference)?.[1]
      : undefined;
  const name = words['name'] ?? (kinds.object ? component : undefined);
  if (typeof name === 'string' && xmlName.test(name)) return { kind: 'named', words: { ...words, name } };
  const members = membersOf(at['properties']);
  const [only] = members;
  const isRoot = members.length === 1 && only !== undefined && xmlName.test(only[0]);
  if (kinds.array || !isRoot || at['allOf'] !== undefined) return null;
  const inside = kindsOf(source, only[1]);
  const isElement = isJsonObject(follow(source, only[1])?.['properties']) || hasMembers(source, only[1]);
  return inside.array || !isElement ? null : { kind: 'member', name: only[0] };
}

/** True when `allOf` brings members. */
function hasMembers(source: Source, schema: Json | undefined): boolean {
  return listOf(follow(source, schema)?.['allOf']).some((part) =>
    isJsonObject(follow(source, part)?.['properties']),
  );
}

/** True for a list without an element around it: empty, it leaves nothing behind. */
export function isBareList(source: Source, schema: Json | undefined): boolean {
  return kindsOf(source, schema).array && xmlOf(source, schema)['wrapped'] !== true;
}

/** How the items of a list without an element around it are called. */
export function elementOf(source: Source, list: Json | undefined, called: string): string {
  const find = (schema: Json | undefined, depth: number): Json | undefined => {
    const at = depth > 20 ? null : follow(source, schema);
    if (!at) return undefined;
    if (at['items'] !== undefined) return at['items'];
    for (const part of listOf(at['allOf'])) {
      const found = find(part, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return String(xmlOf(source, find(list, 0))['name'] ?? called);
}
