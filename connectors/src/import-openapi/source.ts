/** The document that is read: its version, its references, and what is said about what could not be taken over. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { ImportError } from './import-error.ts';
import { nameForeign } from './name-foreign.ts';

export type Source = {
  document: JsonObject;
  /** 2: Swagger 2.0; 3: OpenAPI 3.0; 3.1: from 3.1 on, where schemas are JSON Schema. */
  version: 2 | 3 | 3.1;
  /** Where the document came from; relative servers stand beside it. */
  url: string | null;
  /** Says something once. */
  warn(message: string): void;
  warnings(): string[];
};

const mostWarnings = 200;

/**
 * @throws ImportError `not_openapi` for a document that does not say which version it is, or has no operations
 */
export function openSource(document: JsonObject, url: string | null = null): Source {
  const version = versionOf(document);
  if (!isJsonObject(document['paths']) && !(version === 3.1 && isJsonObject(document['webhooks'])))
    throw new ImportError('not_openapi', 'The document has no "paths", so it has no operations to import.');
  const said = new Set<string>();
  return {
    document,
    version,
    url,
    warn: (message) => {
      if (said.size < mostWarnings) said.add(message.slice(0, 500));
      else said.add('… and more.');
    },
    warnings: () => [...said],
  };
}

function versionOf(document: JsonObject): Source['version'] {
  const { openapi, swagger } = document;
  if (openapi === undefined && swagger === undefined)
    throw new ImportError('not_openapi', nameForeign(document));
  const text = String(openapi ?? swagger)
    .trim()
    .replace(/^v/i, '');
  if (/^2(\.|$)/.test(text)) return 2;
  if (/^3\.0(\.|$)|^3$/.test(text)) return 3;
  if (text.startsWith('3.')) return 3.1;
  throw new ImportError(
    'not_openapi',
    `${openapi === undefined ? 'Swagger' : 'OpenAPI'} ${text.slice(0, 20)} cannot be imported; versions 2.0, 3.0 and 3.1 can. Many tools convert a document from one to the other.`,
  );
}

/** The value a local reference names, and the pointer that names it; undefined when it points nowhere or outside. */
export function findTarget(source: Source, reference: string): { value: Json; pointer: string } | undefined {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let at: Json = source.document;
  const keys = reference.slice(1).split('/').slice(1).map(decodeKey);
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as JsonObject)[key]!;
  }
  return { value: at, pointer: keys.join('/') };
}

function decodeKey(key: string): string {
  let text = key;
  try {
    text = decodeURIComponent(key);
  } catch {
    // Not percent-encoded.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}

/**
 * The object behind a value that may be a reference to a parameter, body, response or path; null when there is none.
 * Members beside the `$ref` (of a path) win over those behind it.
 */
export function follow(source: Source, value: Json | undefined): JsonObject | null {
  let at = value;
  let beside: JsonObject = {};
  for (let steps = 0; steps < 30; steps += 1) {
    if (!isJsonObject(at)) return null;
    const reference: Json | undefined = at['$ref'];
    if (typeof reference !== 'string') return { ...at, ...beside };
    const { $ref: _, ...rest } = at;
    beside = { ...rest, ...beside };
    const target = findTarget(source, reference);
    if (!target) {
      source.warn(
        reference.startsWith('#')
          ? `${reference} points nowhere.`
          : `${reference} points out of the document and is not read; put its parts into one document first.`,
      );
      return null;
    }
    at = target.value;
  }
  return null;
}

/** A text that is there and says something. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The entry of a table by a name from outside, which may be one that every object has. */
export function lookUp<Entry>(table: { [name: string]: Entry }, name: string): Entry | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The objects of a list; what is no list has none. */
export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** The members of an object; what is no object has none. */
export function membersOf(value: Json | undefined): [string, Json][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

/** Cut where a word ends, in one line where `isLine`. */
export function shorten(text: string, characters: number, isLine = false): string {
  const plain = (isLine ? text.replaceAll(/\s+/g, ' ') : text).trim();
  if (plain.length <= characters) return plain;
  const cut = plain.slice(0, characters - 1).toWellFormed();
  return `${cut.includes(' ') ? cut.slice(0, cut.lastIndexOf(' ')) : cut}…`;
}
