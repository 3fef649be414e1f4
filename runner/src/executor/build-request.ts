// From an action and its input to a request. Pure: the same arguments give the same request, in a test and in a run.
import {
  evaluateTemplate,
  ExpressionError,
  isTemplate,
  parseTemplate,
} from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { checkHeaderName, encodeHeaderValue } from '@weftline/connectors/expression/positions';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import { bodilessMethods, methods, safeMethods } from '@weftline/connectors/methods';
import type { Action, Connector, Idempotency, Request } from '@weftline/connectors/types';
import { fillBody, putField, writeBody, writeFields } from './build-body.ts';
import type { BuiltBody } from './build-body.ts';
import { acceptFor, fillMembers, writeHeaders } from './build-headers.ts';
import { buildAddress, checkNextAddress, listAllowedHosts } from './fill-address.ts';
import { parameterStyleOf } from './parameter-style.ts';
import type { PageChange } from './turn-page.ts';
import { writeCookies, writeHeaderValue } from './write-parameter.ts';

export type RunFacts = { id: string; stepId: string; attempt: number; idempotencyKey: string };

export type RequestInput = {
  connector: Connector;
  /** An action, or a request that is written out, such as a connection's test. */
  request: Request | Action;
  input: Json;
  /** Settings of the connection; `{}` without one. */
  config: JsonObject;
  run: RunFacts;
  /** Milliseconds since 1970. */
  now: number;
  /** What the requests before captured, by step. */
  steps?: JsonObject | undefined;
  /** What one page of a list changes. */
  page?: PageChange | undefined;
  /** Scopes that only this request may read, such as the credentials of a login. */
  more?: Scope;
};

export type BuiltRequest = {
  method: string;
  /** Address with query. */
  url: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: BuiltBody;
  /** Hosts this request and its redirects may go to. */
  allowedHosts: readonly string[];
};

const isAction = (request: Request | Action): request is Action => 'key' in request;
const isWire = (request: Request | Action): request is Action =>
  isAction(request) && request.inputSchema === undefined;

const readMethod = (template: string, scope: Scope): string => {
  const value = isTemplate(template)
    ? evaluateTemplate(parseTemplate(template), scope, { missing: 'fail' })
    : template;
  const method = typeof value === 'string' ? value.toUpperCase() : '';
  if (!methods.includes(method))
    throw new ExpressionError('bad_value', `The method must be one of ${methods.join(', ')}.`);
  return method;
};

const memberOf = (scope: Scope, name: string): JsonObject => {
  const input = scope['input'];
  const member = isJsonObject(input) && Object.hasOwn(input, name) ? input[name] : undefined;
  return isJsonObject(member) ? member : {};
};

const keyOf = (idempotency: Idempotency, scope: Scope, run: RunFacts): string => {
  if (idempotency.value === undefined) return run.idempotencyKey;
  return (
    fillTemplate(parseTemplate(idempotency.value), scope, { missing: 'drop', position: 'text' }) ??
    run.idempotencyKey
  );
};

/** What expressions of a request may read. */
export const requestScope = ({
  input,
  config,
  run,
  now,
  steps,
  more,
}: Pick<RequestInput, 'input' | 'config' | 'run' | 'now' | 'steps' | 'more'>): Scope => ({
  ...more,
  ...(steps === undefined ? {} : { steps }),
  input,
  connection: config,
  run: { ...run },
  now: new Date(now).toISOString(),
});

/**
 * Builds the request without its credentials.
 * @throws ExpressionError for values that do not fit where they stand; CodedError `blocked_address`
 */
export const buildRequest = (given: RequestInput): BuiltRequest => {
  const { connector, page } = given;
  const request =
    page?.endpointTemplate === undefined ? given.request : elsewhere(given.request, page.endpointTemplate);
  const { defaults } = connector;
  const scope = requestScope(given);
  const wire = isWire(request);
  const method = readMethod(request.method, scope);
  const idempotency = isAction(request) && !safeMethods.has(method) ? request.idempotency : undefined;
  const key = idempotency === undefined ? '' : keyOf(idempotency, scope, given.run);

  const allowedHosts = listAllowedHosts(connector, scope);
  const address = buildAddress(connector, request, scope, allowedHosts, page?.path);

  const next = page?.url === undefined ? undefined : checkNextAddress(page.url, address, allowedHosts);

  const query: JsonObject = {
    ...fillMembers(defaults?.queryTemplate, scope, 'query'),
    ...fillMembers(request.queryTemplate, scope, 'query'),
    ...(wire ? memberOf(scope, 'query') : {}),
    ...(idempotency?.mode === 'query' ? { [idempotency.name ?? '']: key } : {}),
    ...page?.query,
  };
  const arrayStyle = request.arrayStyle ?? defaults?.arrayStyle;
  const objectStyle = request.objectStyle ?? defaults?.objectStyle;
  const styles = { ...(arrayStyle ? { arrayStyle } : {}), ...(objectStyle ? { objectStyle } : {}) };
  const search = writeFields(query, wire ? request.querySchema : undefined, styles);

  const filled = fillBody(request, scope, wire);
  const keyed = idempotency?.mode === 'field' ? putField(filled, idempotency.name ?? '', key) : filled;
  const value = Object.entries(page?.body ?? {}).reduce<Json | undefined>(
    (whole, [path, member]) => putField(whole, path, member),
    keyed,
  );
  const body = writeBody(value, request, scope, {
    schema: isAction(request) ? request.bodySchema : undefined,
    definitions: connector.$defs,
    styles,
    key: given.run.idempotencyKey,
  });
  if (body !== null && bodilessMethods.has(method))
    throw new ExpressionError(
      'bad_value',
      `A ${method} request has no body: take the body out, or choose another method.`,
    );

  const headersSchema = wire ? request.headersSchema : undefined;
  const headers = writeHeaders([
    ['accept', acceptFor(request.responseFormat)],
    ['user-agent', 'weftline'],
    ...(body === null ? [] : [['content-type', body.contentType] as const]),
    ...Object.entries(fillMembers(defaults?.headersTemplate, scope, 'headers')),
    ...Object.entries(fillMembers(request.headersTemplate, scope, 'headers')),
    ...Object.entries(wire ? memberOf(scope, 'headers') : {}).flatMap(([name, member]) => {
      const text = writeHeaderValue(member, parameterStyleOf(headersSchema, name));
      return text === undefined ? [] : [[name, text] as const];
    }),
    ...Object.entries(page?.headers ?? {}),
  ]);
  const cookies = wire ? writeCookies(memberOf(scope, 'cookies'), request.cookiesSchema) : undefined;
  if (cookies !== undefined) headers['cookie'] = cookies;
  if (idempotency?.mode === 'header')
    headers[checkHeaderName(idempotency.name ?? '')] = encodeHeaderValue(key);

  return {
    method,
    url:
      next === undefined
        ? withSearch(address, search)
        : page?.keepQuery === true
          ? addMissing(next, search)
          : next,
    headers,
    body,
    allowedHosts,
  };
};

/** Further pages at another address get nothing but what the page itself sends. */
const elsewhere = (request: Request | Action, endpointTemplate: string): Request => {
  const { method, server, headersTemplate, bodyFormat, bodyContentType, graphql, jsonRpc, auth } = request;
  return {
    method,
    endpointTemplate,
    ...(server === undefined ? {} : { server }),
    ...(headersTemplate === undefined ? {} : { headersTemplate }),
    ...(bodyFormat === undefined ? {} : { bodyFormat }),
    ...(bodyContentType === undefined ? {} : { bodyContentType }),
    ...(graphql === undefined ? {} : { graphql }),
    ...(jsonRpc === undefined ? {} : { jsonRpc }),
    ...(auth === undefined ? {} : { auth }),
  };
};

const withSearch = (address: string, search: string): string =>
  search === '' ? address : `${address}${address.includes('?') ? '&' : '?'}${search}`;

/** Parameters of the first request that an address does not have yet. */
const addMissing = (address: string, search: string): string => {
  const known = new URL(address).searchParams;
  const nameOf = (pair: string): string => new URLSearchParams(pair).keys().next().value ?? '';
  const missing = search.split('&').filter((pair) => pair !== '' && !known.has(nameOf(pair)));
  return withSearch(address, missing.join('&'));
};
