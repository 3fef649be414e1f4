// Fields that only the service knows: a step or trigger keeps what was found, so that its input is checked without asking again. Pure.
import { isTemplate } from '@weftline/connectors/expression';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import { pointer, type Problem } from '@weftline/connectors/problem';
import { checkExpansions, checkSchema } from '@weftline/connectors/schemas/check-schema';
import { listMembers } from '@weftline/connectors/schemas/list-members';
import type { JsonSchema } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import type { ActionStep } from './types.ts';

/** Characters of one stored schema, written as JSON. */
export const longestFields = 500_000;

/** The members at these keys; undefined when an expression gives one of the values on the way, or none is there. */
function literalAt(input: Json, keys: readonly string[]): Json | undefined {
  let value: Json | undefined = input;
  for (const key of keys) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof value === 'string' ? undefined : value;
}

const keysOf = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

/** True when an expression gives the value at this place, or one around it: what it gives is known in a run only. */
function isOpen(value: Json, path: string): boolean {
  let at: Json | undefined = value;
  for (const key of keysOf(path)) {
    if (typeof at === 'string') break;
    at = Array.isArray(at)
      ? at[Number(key)]
      : isJsonObject(at) && Object.hasOwn(at, key)
        ? at[key]
        : undefined;
  }
  return typeof at === 'string' && isTemplate(at);
}

type Part = Pick<ActionStep, 'input' | 'fields'>;

function labelOf(schema: JsonSchema, key: string): string {
  const { properties } = schema;
  const member = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  return isJsonObject(member) && typeof member['x-label'] === 'string' ? member['x-label'] : key;
}

function checkStored(part: Part, path: string, place: string, schema: JsonSchema): Problem[] {
  const here = pointer(path, 'fields', place);
  if (JSON.stringify(schema).length > longestFields)
    return [{ path: here, code: 'too_large', message: 'There are too many fields to keep in the workflow.' }];
  const faults = checkSchema(schema, here);
  if (faults.length === 0) faults.push(...checkExpansions([{ schema, path: here }]));
  if (faults.length > 0) return faults;
  const keys = place.split('.');
  const value = literalAt(part.input ?? {}, keys);
  if (value === undefined) return [];
  return validateValue(schema, value)
    .filter((problem) => !isOpen(value, problem.path))
    .map((problem) => {
      const at = pointer(`${path}/input`, ...keys) + problem.path;
      if (problem.code !== 'missing_key') return { ...problem, path: at };
      const key = keysOf(problem.path).at(-1) ?? '';
      return { path: at, code: 'required', message: `Fill in "${labelOf(schema, key)}".` };
    });
}

/**
 * Problems of what a step or trigger keeps under `fields`, and of its input that does not fit it.
 * @param schema of the whole input @param name of the action or trigger
 */
export function checkFields(part: Part, path: string, schema: JsonSchema, name: string): Problem[] {
  const stored = Object.entries(part.fields ?? {});
  if (stored.length === 0) return [];
  const places = new Set(
    listMembers(schema, '')
      .filter((member) => member.schema['x-fieldsFrom'] !== undefined)
      .map(({ place }) => place),
  );
  return stored.flatMap(([place, fields]) =>
    places.has(place)
      ? checkStored(part, path, place, fields)
      : [
          {
            path: pointer(path, 'fields', place),
            code: 'unknown_key',
            message: `"${name}" has no fields of its own at "${place}". Take this out.`,
          },
        ],
  );
}
