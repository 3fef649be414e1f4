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
import { parameterStyleOf } from './parameter-style.ts';
import type { BodyStream } from '../platform/egress/body-stream.ts';
import { writeBinary, writeMultipart, writeRelated } from './write-parts.ts';
import type { BodyPiece } from './write-parts.ts';
import { leaveOutFiles, writeJsonBody } from './write-json.ts';
import { shapeXml } from './shape-xml.ts';
import { writeXml } from './write-xml.ts';
import { speaksXml } from './xml-words.ts';
import type { Definitions } from './xml-words.ts';

/**
 * `stream` is sent where it is there, else `bytes`, else `text`. `value` is what was written, to be shown. `pieces` hold
 * files by reference: `openBody` makes a stream of them.
 */
export type BuiltBody = {
  value: Json;
  text: string;
  bytes?: Uint8Array;
  pieces?: readonly BodyPiece[];
  stream?: BodyStream;
  /** Of a stream that a signature covers, in hexadecimal digits. */
  sha256?: string;
  contentType: string;
} | null;

export type Styles = { arrayStyle?: ArrayStyle; objectStyle?: ObjectStyle };

type BodyParts = Pick<Request, 'bodyTemplate' | 'bodyFormat' | 'bodyContentType' | 'graphql' | 'jsonRpc'>;

/**
 * Fields as `a=1&b=2`; null and absent ones are left out.
 * @param styles of the request; the `x-` keywords of the schema say it for one field
 */
export const writeFields = (fields: JsonObject, schema: JsonSchema | undefined, styles: Styles): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => encodeQuery({ [name]: value }, { ...styles, ...parameterStyleOf(schema, name) }))
    .filter((part) => part !== '')
    .join('&');

const readFormat = ({ bodyFormat }: BodyParts, scope: Scope): string => {
  if (bodyFormat === undefined || !isTemplate(bodyFormat)) return bodyFormat ?? 'json';
  const value = evaluateTemplate(parseTemplate(bodyFormat), scope, { missing: 'drop' });
  return typeof value === 'string' ? value : 'auto';
};

type Writing = {
  request: BodyParts;
  schema: JsonSchema | undefined;
  /** What the schema may name. */
  definitions?: Definitions | undefined;
  styles: Styles;
  key: string;
};
type Written = { text: string; bytes?: Uint8Array; pieces?: readonly BodyPiece[]; contentType: string };

const writeJson = (value: Json): Written => ({
  text: JSON.stringify(value),
  contentType: 'application/json',
});
const writeText = (value: Json): Written => ({
  text: typeof value === 'string' ? value : JSON.stringify(value),
  contentType: 'text/plain; charset=utf-8',
});

const writers: Record<string, (value: Json, writing: Writing) => Written> = {
  json: (value, { key }) => writeJsonBody(value, key),
  text: writeText,
  auto: (value) => (typeof value === 'string' ? writeText(value) : writeJson(value)),
  form: (value, { schema, styles }) => {
    if (!isJsonObject(value))
      throw new ExpressionError('bad_value', 'A form body must be an object of fields.');
    return { text: writeFields(value, schema, styles), contentType: 'application/x-www-form-urlencoded' };
  },
  multipart: (value, { key, schema }) => ({ text: '', ...writeMultipart(value, key, schema) }),
  multipartRelated: (value, { key }) => ({ text: '', ...writeRelated(value, key) }),
  binary: (value) => ({ text: '', ...writeBinary(value) }),
  xml: (value, { schema, definitions = {} }) => ({
    text: writeXml(
      schema !== undefined && speaksXml(schema, definitions) ? shapeXml(value, schema, definitions) : value,
    ),
    contentType: 'application/xml; charset=utf-8',
  }),
  graphql: (value, { request }) => writeJson({ ...request.graphql, variables: value }),
  jsonRpc: (value, { request, key }) =>
    writeJson({ jsonrpc: '2.0', id: key, method: request.jsonRpc?.method ?? '', params: value }),
};

/** Formats that send something even when the template gives nothing: what they hold is not in the template. */
const enveloped = new Set(['graphql', 'jsonRpc']);

/**
 * Puts a value at a path with dots, where a number is a place in a list; what is given itself is not changed.
 * @param body what is no list and no object becomes an object
 * @throws ExpressionError `bad_value` for a name, or a place behind the end, in a list
 */
export const putField = (body: Json | undefined, path: string, value: Json): Json => {
  const [name = '', ...rest] = path.split('.');
  const inside = (inner: Json | undefined): Json =>
    rest.length === 0 ? value : putField(inner, rest.join('.'), value);
  if (Array.isArray(body)) {
    const place = /^\d{1,4}$/.test(name) ? Number(name) : Number.NaN;
    if (!(place <= body.length))
      throw new ExpressionError('bad_value', `The list of the body has no place "${name}" for a value.`);
    return body.toSpliced(place, 1, inside(body[place]));
  }
  const object = isJsonObject(body) ? body : {};
  const inner = Object.hasOwn(object, name) ? object[name] : undefined;
  return { ...object, [name]: inside(inner) };
};

/** The value of the body: from its template, else from `input.body` of the wire mode. Undefined: no body. */
export const fillBody = (request: BodyParts, scope: Scope, isWire: boolean): Json | undefined => {
  if (request.bodyTemplate !== undefined) {
    const filled = evaluateValue(request.bodyTemplate, scope, { missing: 'drop' });
    return filled === undefined ? undefined : leaveOutFiles(request.bodyTemplate, filled);
  }
  const input = isWire && Object.hasOwn(scope, 'input') ? scope['input'] : undefined;
  return isJsonObject(input) && Object.hasOwn(input, 'body') ? input['body'] : undefined;
};

/**
 * Writes a body in the format of the request.
 * @param key the same for every attempt of a step; parts of it mark boundaries and envelopes
 * @returns null when nothing is sent
 * @throws ExpressionError `bad_value` when the value does not fit the format
 */
export const writeBody = (
  given: Json | undefined,
  request: BodyParts,
  scope: Scope,
  { schema, definitions, styles, key }: Omit<Writing, 'request'>,
): BuiltBody => {
  const format = readFormat(request, scope);
  const value = given === undefined && enveloped.has(format) ? {} : given;
  if (value === undefined || format === 'none' || (format === 'auto' && (value === null || value === '')))
    return null;
  const write = Object.hasOwn(writers, format) ? writers[format] : undefined;
  if (write === undefined) throw new ExpressionError('bad_value', `A body cannot be written as "${format}".`);
  const written = write(value, { request, schema, definitions, styles, key });
  return { value, ...written, contentType: typeOf(written, request.bodyContentType) };
};

/** Parts are told apart by a boundary that only their writer knows, so it stays in the type that is declared. */
const typeOf = ({ contentType }: Written, declared: string | undefined): string => {
  const isParts = declared !== undefined && /^multipart\//i.test(declared) && !/boundary=/i.test(declared);
  return isParts ? `${declared}${/;.*$/.exec(contentType)?.[0] ?? ''}` : (declared ?? contentType);
};
