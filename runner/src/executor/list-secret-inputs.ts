// Secrets that a person typed into an input whose schema marks it `x-secret`.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';
import type { JsonSchema } from '@weftline/connectors/types';
import { redacted } from './redact.ts';

const marked = new WeakMap<JsonSchema, boolean>();

/** Most inputs have no secret member; that is found out once for each schema. */
const hasMark = (schema: JsonSchema): boolean => {
  const known = marked.get(schema);
  if (known !== undefined) return known;
  const found = JSON.stringify(schema).includes('"x-secret"');
  marked.set(schema, found);
  return found;
};

const collect = (schema: Json | undefined, value: Json | undefined, found: string[]): void => {
  if (!isJsonObject(schema) || value === undefined) return;
  if (schema['x-secret'] === true && (typeof value === 'string' || typeof value === 'number'))
    found.push(String(value));
  if (Array.isArray(value)) for (const item of value) collect(schema['items'], item, found);
  const { properties } = schema;
  if (!isJsonObject(value) || !isJsonObject(properties)) return;
  for (const [name, member] of Object.entries(value))
    if (Object.hasOwn(properties, name)) collect(properties[name], member, found);
};

/** The texts in `input` that stand where the schema says `x-secret`. */
export const listSecretInputs = (schema: JsonSchema, input: Json): string[] => {
  const found: string[] = [];
  if (hasMark(schema)) collect(schema, input, found);
  return found;
};

const hide = (schema: Json | undefined, value: Json): Json => {
  if (!isJsonObject(schema)) return value;
  if (schema['x-secret'] === true && value !== null && value !== '') return redacted;
  if (Array.isArray(value)) return value.map((item) => hide(schema['items'], item));
  const { properties } = schema;
  if (!isJsonObject(value) || !isJsonObject(properties)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      Object.hasOwn(properties, name) ? hide(properties[name], member) : member,
    ]),
  );
};

/** An input as it may be journaled and shown: whatever stands where the schema says `x-secret` is replaced. */
export const hideSecretInputs = (schema: JsonSchema, input: Json): Json =>
  hasMark(schema) ? hide(schema, input) : input;
