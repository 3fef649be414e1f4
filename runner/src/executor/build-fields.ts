// Descriptions of fields, as a service gives them, turned into the schema of an object. Pure.
import { evaluateCondition, evaluateTemplate, parseTemplate } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { FieldSource, JsonSchema } from '@weftline/connectors/types';
import { fillLabel, isChoice } from './load-options.ts';
import { readAt } from './oauth2/read-tokens.ts';

/** Of all fields together: a schema may have 2,000 parts, and fields come first. */
const mostChoices = 1_000;
const longestKey = 200;

const typeOf = ({ type }: FieldSource['field'], scope: Scope): JsonSchema => {
  if (type === undefined) return { type: 'string' };
  const name = readAt(type.from, scope);
  const isKnown = (typeof name === 'string' || typeof name === 'number') && Object.hasOwn(type.map, name);
  const schema = isKnown ? type.map[String(name)] : type.default;
  return isJsonObject(schema) ? { ...schema } : {};
};

const choicesOf = ({ options }: FieldSource['field'], scope: Scope): Json[] => {
  const list = options === undefined ? undefined : readAt(options.items, scope);
  if (options === undefined || !Array.isArray(list)) return [];
  const found = new Map<string, JsonObject>();
  for (const option of list) {
    const own = { ...scope, option };
    const value = evaluateTemplate(parseTemplate(options.value), own, { missing: 'drop' });
    if (!isChoice(value) || found.has(JSON.stringify(value))) continue;
    found.set(JSON.stringify(value), { const: value, title: fillLabel(options.label, own) ?? String(value) });
  }
  return [...found.values()];
};

/** Choices of a list stand at its entries. Choices of the type itself stay. */
const withChoices = (schema: JsonSchema, choices: Json[]): JsonSchema => {
  if (choices.length === 0) return schema;
  if (schema['type'] !== 'array') return { ...schema, oneOf: choices };
  const items = isJsonObject(schema['items']) ? schema['items'] : {};
  return { ...schema, items: { ...items, oneOf: choices }, uniqueItems: true };
};

/**
 * Builds the schema: one member for each description, the first of a name wins.
 * @param scope what templates read beside `item` and `index`
 * @returns `{ type: 'object', properties, required? }`
 * @throws ExpressionError when a template does not fit the descriptions
 */
export const buildFields = ({ field }: FieldSource, items: readonly Json[], scope: Scope): JsonSchema => {
  const properties = new Map<string, JsonSchema>();
  const required: string[] = [];
  let choicesLeft = mostChoices;
  items.forEach((item, index) => {
    const own = { ...scope, item, index };
    const isSkipped =
      field.skipWhen !== undefined &&
      evaluateCondition(parseTemplate(field.skipWhen.trim()), own, { missing: 'drop' });
    const key = fillTemplate(parseTemplate(field.key), own, { missing: 'drop', position: 'text' });
    const isUsable = key !== undefined && key !== '' && key.length <= longestKey && key !== '__proto__';
    if (isSkipped || !isUsable || properties.has(key)) return;
    const choices = choicesOf(field, own);
    // A list that does not fit whole would forbid what the service allows.
    const fits = choices.length <= choicesLeft;
    if (fits) choicesLeft -= choices.length;
    const help = field.help === undefined ? undefined : fillLabel(field.help, own);
    properties.set(key, {
      ...withChoices(typeOf(field, own), fits ? choices : []),
      'x-label': fillLabel(field.title, own) ?? key,
      ...(help === undefined ? {} : { 'x-help': help }),
    });
    if (field.required !== undefined && readAt(field.required, own) === true) required.push(key);
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
};
