// What a successful answer becomes: the body or a part of it, a value built from it, or a list with every item built.
import {
  evaluateItems,
  evaluateTemplate,
  evaluateValue,
  ExpressionError,
  parseTemplate,
} from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { Action, Request } from '@weftline/connectors/types';
import { openEnvelope } from './read-envelope.ts';

const readPath = (path: string, scope: Scope): Json => {
  const source = /^(status|headers|body|response)\b/.test(path)
    ? path
    : `body${path === '' || path.startsWith('[') ? path : `.${path}`}`;
  return evaluateTemplate(parseTemplate(`{{${source}}}`), scope, { missing: 'fail' }) ?? null;
};

/** True where one element and a list of one cannot be told apart. */
export const isXml = ({ responseFormat }: Pick<Request, 'responseFormat'>): boolean =>
  responseFormat === 'xml';

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
 * @throws ExpressionError when it cannot be built from the answer
 */
export const buildOutput = (request: Request | Action, scope: Scope): Json => {
  const { map, unwrap } = request.response ?? {};
  const body = scope['body'] ?? null;
  if (request.response === undefined) return openEnvelope(request, body);
  const part = unwrap === undefined ? body : readPath(unwrap, scope);
  const inner = unwrap === undefined ? scope : { ...scope, body: part };
  const whole = map === undefined ? part : (evaluateValue(map, inner, { missing: 'drop' }) ?? null);
  return mapItems(request, whole, inner);
};
