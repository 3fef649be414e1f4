// The headers and query parameters of a request, without credentials.
import {
  evaluateTemplate,
  evaluateValue,
  ExpressionError,
  parseTemplate,
} from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { checkHeaderName, encodeHeaderValue } from '@weftline/connectors/expression/positions';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { HeadersTemplate, QueryTemplate } from '@weftline/connectors/types';

const ownedHeaders: Readonly<Record<string, string>> = {
  authorization: 'put the credential into a connection',
  cookie: 'put the credential into a connection',
  'proxy-authorization': 'it is not for services',
  'idempotency-key': 'the runner sends its own, the same for every attempt',
};

const accepted: Readonly<Record<string, string>> = {
  text: 'text/plain, text/*;q=0.9, */*;q=0.8',
  xml: 'application/xml, text/xml;q=0.9, */*;q=0.8',
  csv: 'text/csv, */*;q=0.8',
  ndjson: 'application/x-ndjson, application/json;q=0.9, */*;q=0.8',
  sse: 'text/event-stream, */*;q=0.8',
  binary: '*/*',
  file: '*/*',
};

/** The header Accept that goes out unless the app sets its own: services that know several forms answer in the one that is read. */
export const acceptFor = (responseFormat: string | undefined): string =>
  accepted[responseFormat ?? ''] ?? 'application/json, */*;q=0.8';

/** Members of a template object or of the object a lone hole gives; undefined and null members are left out. */
export const fillMembers = (
  template: HeadersTemplate | QueryTemplate | undefined,
  scope: Scope,
  what: string,
): JsonObject => {
  if (template === undefined) return {};
  const filled =
    typeof template === 'string'
      ? evaluateTemplate(parseTemplate(template), scope, { missing: 'drop' })
      : evaluateValue(template, scope, { missing: 'drop' });
  if (filled === undefined || filled === null) return {};
  if (!isJsonObject(filled))
    throw new ExpressionError('bad_value', `The ${what} must be an object of names and values.`);
  return Object.fromEntries(Object.entries(filled).filter(([, value]) => value !== null));
};

/**
 * Checks names and values and writes names in lower case. A later member replaces an earlier one of the same name.
 * @throws ExpressionError `bad_value` for names the runner or the connection owns, and for values with line breaks
 */
export const writeHeaders = (members: readonly (readonly [string, Json])[]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of members) {
    const lower = checkHeaderName(name);
    const owned = Object.hasOwn(ownedHeaders, lower) ? ownedHeaders[lower] : undefined;
    if (owned !== undefined)
      throw new ExpressionError('bad_value', `The header ${lower} cannot be set here: ${owned}.`);
    headers[lower] = encodeHeaderValue(value);
  }
  return headers;
};
