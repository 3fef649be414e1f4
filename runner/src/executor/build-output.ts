// What a successful answer becomes: the body or a part of it, a value built from it, or a list with every item built.
import {
  evaluateItems,
  evaluateTemplate,
  evaluateValue,
  ExpressionError,
  parseTemplate,
} from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';
import type { Action, Request } from '@weftline/connectors/types';
import { openEnvelope } from './read-envelope.ts';
import { unshapeXml } from './unshape-xml.ts';
import { speaksXml } from './xml-words.ts';
import type { Definitions } from './xml-words.ts';

const readPath = (path: string, scope: Scope): Json => {
  const source = /^(status|headers|body|response)\b/.test(path)
    ? path
    : `body${path === '' || path.startsWith('[') ? path : `.${path}`}`;
  return evaluateTemplate(parseTemplate(`{{${source}}}`), scope, { missing: 'fail' }) ?? null;
};

/** True where one element and a list of one cannot be told apart. */
export const isXml = ({ responseFormat }: Pick<Request, 'responseFormat'>): boolean =>
  responseFormat === 'xml';

/** True when the body was read from XML. */
const cameAsXml = (request: Request | Action, { headers }: Scope): boolean => {
  if (request.responseFormat !== 'auto') return isXml(request);
  const type = isJsonObject(headers) ? headers['content-type'] : undefined;
  return typeof type === 'string' && /^[^;]*[/+]xml\b/i.test(type);
};

/**
 * Builds every item of a list, where the app says how; else gives the value as it is.
 * @param whole the output so far, which must be a list
 * @throws ExpressionError `bad_value` when it is none
 */
export const mapItems = (request: Request | Action, whole: Json, scope: Scope): Json => {
  const itemMap = request.response?.itemMap;
  if (itemMap === undefined) return whole;
  const single = isXml(request) ? (whole === null || whole === '' ? [] : [whole]) : undefined;
  const items = Array.isArray(whole) ? whole : single;
  if (items === undefined)
    throw new ExpressionError(
      'bad_value',
      'The answer is no list, so `itemMap` cannot build its items: name the list in `unwrap`.',
    );
  return evaluateItems(itemMap, items, scope, { missing: 'drop' });
};

/**
 * The output of one request.
 * @param scope `status`, `headers`, `body`, `response` of the answer and what the request could read
 * @param definitions what the schema of the output may name; read where it says with `x-xml` how XML has its shape
 * @throws ExpressionError when it cannot be built from the answer
 */
export const buildOutput = (request: Request | Action, scope: Scope, definitions: Definitions = {}): Json => {
  const { map, unwrap } = request.response ?? {};
  const body = scope['body'] ?? null;
  if (request.response === undefined)
    return cameAsXml(request, scope) &&
      'outputSchema' in request &&
      speaksXml(request.outputSchema, definitions)
      ? unshapeXml(body, request.outputSchema, definitions)
      : openEnvelope(request, body);
  const part = unwrap === undefined ? body : readPath(unwrap, scope);
  const inner = unwrap === undefined ? scope : { ...scope, body: part };
  const whole = map === undefined ? part : (evaluateValue(map, inner, { missing: 'drop' }) ?? null);
  return mapItems(request, whole, inner);
};
