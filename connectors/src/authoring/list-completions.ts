/** What can be written at a place of a connector document. Runs in the browser. */
import { functionCatalogue } from '../expression/functions/catalogue.ts';
import { isJsonObject, type Json } from '../json.ts';
import { plainKeywords, schemaKeywords, schemaListKeywords, schemaMapKeywords } from '../schemas/keywords.ts';
import { credentialsSchemaOf, inputSchemaOf } from '../schemas/compose-schema.ts';
import type { Action, Auth, Connector } from '../types.ts';
import { typeOf } from './describe-place.ts';
import { findSchemas, isInSchema, type FormatNode, type Place } from './find-schemas.ts';

export type Completion = {
  label: string;
  /** JSON to insert instead of what was begun. */
  insert: string;
  detail: string;
  text: string;
  /** The format demands it here. */
  required: boolean;
};

/** Keys that may still be added to the object at a place, those that are needed first. */
export function listKeys(place: Place, present: readonly string[]): Completion[] {
  if (isInSchema(place)) return schemaWords(place, present);
  const found = new Map<string, Completion>();
  for (const node of findSchemas(place)) {
    const { properties, required } = node;
    for (const name of Object.keys(isJsonObject(properties ?? null) ? (properties as object) : {})) {
      if (present.includes(name) || found.has(name)) continue;
      const [member] = findSchemas([...place, name]);
      found.set(name, {
        label: name,
        insert: `${JSON.stringify(name)}: ${emptyValue(member)}`,
        detail: member ? typeOf(member) : 'value',
        text: typeof member?.['description'] === 'string' ? member['description'] : '',
        required: Array.isArray(required) && required.includes(name),
      });
    }
  }
  return [...found.values()].toSorted((a, b) => Number(b.required) - Number(a.required));
}

/** Values that may stand at a place: fixed words, and names of other parts of the document. */
export function listValues(place: Place, document: Connector | null): Completion[] {
  const names = namesFor(place, document);
  const words = names ?? findSchemas(place).flatMap(wordsOf);
  return [...new Map(words.map((word) => [JSON.stringify(word), word])).values()].map((word) => ({
    label: typeof word === 'string' ? word : JSON.stringify(word),
    insert: JSON.stringify(word),
    detail: names ? 'of this connector' : '',
    text: '',
    required: false,
  }));
}

/** What can be read inside `{{ … }}` at a place: names that are declared, and the functions of the language. */
export function listReadable(place: Place, document: Connector | null): Completion[] {
  const [part, index] = place;
  const names = document ? readableNames(document, part, index) : [];
  const plain = names.map((name) => word(name, 'declared', ''));
  const functions = [...functionCatalogue.values()].map((one) =>
    word(`${one.name}(`, 'function', one.description),
  );
  return [...plain, ...functions];
}

function readableNames(
  document: Connector,
  part: Place[0] | undefined,
  index: Place[0] | undefined,
): string[] {
  const properties = (schema: Json | undefined) =>
    isJsonObject(schema ?? null) && isJsonObject((schema as FormatNode)['properties'] ?? null)
      ? Object.keys((schema as { properties: object }).properties)
      : [];
  const found = properties(document.connectionSchema).map((name) => `connection.${name}`);
  try {
    if (part === 'auth' && typeof index === 'number') {
      const auth = document.auth[index] as Auth;
      found.push(...properties(credentialsSchemaOf(document, auth)).map((name) => `credentials.${name}`));
    } else if (part === 'actions' && typeof index === 'number') {
      const action = document.actions[index] as Action;
      const schema = inputSchemaOf(document, action);
      for (const name of properties(schema)) {
        found.push(`input.${name}`);
        const inner = (schema['properties'] as FormatNode)[name];
        found.push(...properties(inner).map((member) => `input.${name}.${member}`));
      }
      found.push('body', 'status', 'headers', 'now', 'run.idempotencyKey');
    }
  } catch {
    // An unfinished document offers less.
  }
  return found;
}

function schemaWords(place: Place, present: readonly string[]): Completion[] {
  // Names below `properties` and `$defs` are the author's own.
  const last = place.at(-1);
  if (last === 'properties' || last === '$defs' || last === 'patternProperties') return [];
  const nested = { ...schemaKeywords, ...schemaListKeywords, ...schemaMapKeywords };
  const plain = Object.entries(plainKeywords).map(([name, [, text]]) => ({ name, text: `Must be ${text}.` }));
  return [...plain, ...Object.keys(nested).map((name) => ({ name, text: '' }))]
    .filter(({ name }) => !present.includes(name))
    .map(({ name, text }) => ({
      label: name,
      insert: `${JSON.stringify(name)}: ${name in schemaListKeywords ? '[]' : name in nested ? '{}' : '""'}`,
      detail: 'JSON Schema',
      text,
      required: false,
    }));
}

/** Places that name another part of the document. */
function namesFor(place: Place, document: Connector | null): string[] | null {
  const key = place.at(-1);
  if (!document) return null;
  const keysOf = (list: readonly { key: string }[]) =>
    Array.isArray(list) ? list.flatMap((one) => (one?.key ? [one.key] : [])) : [];
  const actions = () => keysOf(document.actions);
  const isActionName =
    (key === 'action' && ['test', 'request', 'verify', 'inverse'].includes(String(place.at(-2)))) ||
    key === 'replacedBy';
  if (isActionName) return actions();
  if (key === 'x-optionsFrom') return Object.keys(document.optionSources ?? {});
  if (key === 'x-fieldsFrom') return Object.keys(document.fieldSources ?? {});
  if (key === 'auth' && place.length > 1 && !isInSchema(place))
    return ['inherit', 'none', ...keysOf(document.auth)];
  if (key === 'server') return Object.keys(document.servers ?? {});
  if (typeof key === 'string' && isInSchema(place) && key === 'type')
    return ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
  return null;
}

function wordsOf(node: FormatNode): Json[] {
  if (Array.isArray(node['enum'])) return node['enum'];
  if (node['const'] !== undefined) return [node['const']];
  if (node['type'] === 'boolean') return [true, false];
  // The methods are a pattern, because a hole may stand there too.
  const words =
    typeof node['pattern'] === 'string' ? /^\^\(([A-Za-z|]+)\|\\\{/.exec(node['pattern'])?.[1] : undefined;
  return words ? words.split('|') : [];
}

function emptyValue(node: FormatNode | undefined): string {
  if (!node) return '""';
  const [first] = wordsOf(node);
  if (first !== undefined) return JSON.stringify(first);
  const type = typeOf(node);
  if (type === 'list') return '[]';
  if (type === 'object') return '{}';
  return type === 'number' ? '0' : '""';
}

function word(label: string, detail: string, text: string): Completion {
  return { label, insert: label, detail, text, required: false };
}
