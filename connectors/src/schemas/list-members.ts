/** Walks what a form asks for: every member of an input schema with the place of its value, references followed. */
import type { Json } from '../json.ts';
import { pointer } from '../problem.ts';
import type { JsonSchema } from '../types.ts';
import { resolveReference, type SchemaRoot } from './resolve-reference.ts';

export type Member = {
  schema: JsonSchema;
  /** Where its value stands: `path.owner`, `rows[].name`; empty for the whole. */
  place: string;
  /** Where it is written. */
  path: string;
  /** Its name stands in `required` of the object around it. */
  isRequired: boolean;
};

/** Schemas may be recursive; a form that is larger than this is not walked on. */
const mostMembers = 20_000;

const sameValue = ['allOf', 'anyOf', 'oneOf'] as const;
const sameValueAlone = ['if', 'then', 'else'] as const;

/**
 * @param schema a sound schema (it passed check-schema.ts)
 * @param path where it stands in the document
 * @param defs the connector's own `$defs`
 * @param place where its value stands in the input
 */
export function listMembers(
  schema: JsonSchema,
  path: string,
  defs: { [name: string]: Json } = {},
  place = '',
): Member[] {
  const root: SchemaRoot = { schema, defs };
  const found: Member[] = [];
  const open = new Set<object>();

  const visit = (at: Json | undefined, here: string, where: string, isRequired: boolean): void => {
    if (!isObject(at) || open.has(at) || found.length >= mostMembers) return;
    open.add(at);
    found.push({ schema: at, place: where, path: here, isRequired });
    if (typeof at['$ref'] === 'string')
      visit(resolveReference(at['$ref'], root), locate(at['$ref'], path, schema), where, isRequired);
    for (const keyword of sameValue)
      if (Array.isArray(at[keyword]))
        at[keyword].forEach((entry, index) => visit(entry, pointer(here, keyword, index), where, isRequired));
    for (const keyword of sameValueAlone) visit(at[keyword], pointer(here, keyword), where, isRequired);
    const required = Array.isArray(at['required']) ? at['required'] : [];
    if (isObject(at['properties']))
      for (const [name, entry] of Object.entries(at['properties']))
        visit(
          entry,
          pointer(here, 'properties', name),
          where === '' ? name : `${where}.${name}`,
          required.includes(name),
        );
    visit(at['items'], pointer(here, 'items'), `${where}[]`, false);
    if (Array.isArray(at['prefixItems']))
      at['prefixItems'].forEach((entry, index) =>
        visit(entry, pointer(here, 'prefixItems', index), `${where}[]`, false),
      );
    visit(at['additionalProperties'], pointer(here, 'additionalProperties'), `${where}.*`, false);
    open.delete(at);
  };
  visit(schema, path, place, false);
  return found;
}

/** A reference names its own `$defs` first, then the connector's. */
export function locate(reference: string, path: string, schema: JsonSchema): string {
  const name = /^#\/\$defs\/([^/]+)/.exec(reference)?.[1];
  const own = isObject(schema['$defs']) ? schema['$defs'] : {};
  return (name === undefined || Object.hasOwn(own, name) ? path : '') + reference.slice(1);
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
