// The body of a request: built as a value, then written in its format. Never spliced as text.
import {
  evaluateTemplate,
  evaluateValue,
  ExpressionError,
  isTemplate,
  parseTemplate,
} from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { encodeQuery } from '@weftline/connectors/expression/encode-query';
import type { ArrayStyle, ObjectStyle } from '@weftline/connectors/expression/encode-query';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { JsonSchema, Request } from '@weftline/connectors/types';

export type BuiltBody = { value: Json; text: string; contentType: string } | null;

type BodyParts = Pick<Request, 'bodyTemplate' | 'bodyFormat' | 'bodyContentType'>;

const styleOf = (
  schema: JsonSchema | undefined,
  name: string,
): { arrayStyle?: ArrayStyle; objectStyle?: ObjectStyle } => {
  const properties = schema?.['properties'];
  const property = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!isJsonObject(property)) return {};
  const arrayStyle = property['x-arrayStyle'];
  const objectStyle = property['x-objectStyle'];
  return {
    ...(typeof arrayStyle === 'string' ? { arrayStyle: arrayStyle as ArrayStyle } : {}),
    ...(typeof objectStyle === 'string' ? { objectStyle: objectStyle as ObjectStyle } : {}),
  };
};

/** Fields as `a=1&b=2`; null and absent ones are left out. Styles come from the `x-` keywords of the schema. */
export const writeFields = (fields: JsonObject, schema: JsonSchema | undefined): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => encodeQuery({ [name]: value }, styleOf(schema, name)))
    .filter((part) => part !== '')
    .join('&');

const readFormat = ({ bodyFormat }: BodyParts, scope: Scope): string => {
  if (bodyFormat === undefined || !isTemplate(bodyFormat)) return bodyFormat ?? 'json';
  const value = evaluateTemplate(parseTemplate(bodyFormat), scope, { missing: 'drop' });
  return typeof value === 'string' ? value : 'auto';
};

const writers: Record<
  string,
  (value: Json, schema: JsonSchema | undefined) => { text: string; contentType: string }
> = {
  json: (value) => ({ text: JSON.stringify(value), contentType: 'application/json' }),
  form: (value, schema) => {
    if (!isJsonObject(value))
      throw new ExpressionError('bad_value', 'A form body must be an object of fields.');
    return { text: writeFields(value, schema), contentType: 'application/x-www-form-urlencoded' };
  },
  text: (value) => ({
    text: typeof value === 'string' ? value : JSON.stringify(value),
    contentType: 'text/plain; charset=utf-8',
  }),
  auto: (value) => (typeof value === 'string' ? writers['text'] : writers['json'])!(value, undefined),
};

/** Puts a value at a path with dots inside an object; the object itself is not changed. */
export const putField = (body: Json | undefined, path: string, value: Json): Json => {
  const [name = '', ...rest] = path.split('.');
  const object = isJsonObject(body) ? body : {};
  const inner = Object.hasOwn(object, name) ? object[name] : undefined;
  return { ...object, [name]: rest.length === 0 ? value : putField(inner, rest.join('.'), value) };
};

/** The value of the body: from its template, else from `input.body` of the wire mode. Undefined: no body. */
export const fillBody = (request: BodyParts, scope: Scope, isWire: boolean): Json | undefined => {
  if (request.bodyTemplate !== undefined)
    return evaluateValue(request.bodyTemplate, scope, { missing: 'drop' });
  const input = isWire && Object.hasOwn(scope, 'input') ? scope['input'] : undefined;
  return isJsonObject(input) && Object.hasOwn(input, 'body') ? input['body'] : undefined;
};

/**
 * Writes a body in the format of the request.
 * @returns null when nothing is sent
 * @throws ExpressionError `bad_value` when the value does not fit the format
 */
export const writeBody = (
  value: Json | undefined,
  request: BodyParts,
  scope: Scope,
  schema: JsonSchema | undefined,
): BuiltBody => {
  const format = readFormat(request, scope);
  if (value === undefined || format === 'none' || (format === 'auto' && (value === null || value === '')))
    return null;
  const write = Object.hasOwn(writers, format) ? writers[format] : undefined;
  if (write === undefined) throw new ExpressionError('bad_value', `A body cannot be written as "${format}".`);
  const { text, contentType } = write(value, schema);
  return { value, text, contentType: request.bodyContentType ?? contentType };
};
