// Where a request goes: base address, server, endpoint, and whether the app may call that host at all.
import { ExpressionError, parseTemplate } from '@weftline/connectors/expression';
import type { Scope, Template } from '@weftline/connectors/expression';
import { fillAddress, fillFree, fillWritten } from '@weftline/connectors/expression/fill-address';
import { encodePathKeepingSlashes } from '@weftline/connectors/expression/positions';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import { allowsHost } from '@weftline/connectors/rules/hosts';
import { credentialPlaces } from '@weftline/connectors/schemas/fixed-credentials';
import type { Connector, JsonSchema, Request } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';
import { showHost } from '../platform/egress/check-url.ts';
import { CodedError } from '../platform/errors.ts';
import { parameterStyleOf } from './parameter-style.ts';
import { writePathValue } from './write-parameter.ts';

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** `{x}` and `{+x}`, filled from `input.path` in the wire mode and for its steps, `{+x}` elsewhere from `input`. */
const fillPlaceholders = (
  template: Template,
  input: Json | undefined,
  schema: JsonSchema | undefined,
  places: ReadonlySet<string>,
  pagePath: { [name: string]: string | number },
): Template => {
  if (!template.parts.some((part) => typeof part === 'string' && part.includes('{'))) return template;
  const path = memberOf(input, 'path');
  const find = (name: string, isFree: boolean): Json | undefined => {
    const own = schema === undefined && isFree ? memberOf(input, name) : undefined;
    return own === undefined || typeof own === 'object' ? memberOf(path, name) : own;
  };
  const replace = (part: string): string =>
    part.replaceAll(/\{(\+?)([^{}/]+)\}/g, (whole, plus: string, name: string) => {
      // A credential comes last, when the request is authorized.
      if (places.has(name)) return whole;
      const value = Object.hasOwn(pagePath, name) ? pagePath[name] : find(name, plus !== '');
      if (value === undefined || value === null)
        throw new ExpressionError('unresolved_path', `The path needs \`${name}\`.`, {
          path: schema === undefined && plus !== '' ? `input.${name}` : `input.path.${name}`,
        });
      return plus === ''
        ? writePathValue(name, value, parameterStyleOf(schema, name))
        : encodePathKeepingSlashes(value);
    });
  return {
    source: template.source,
    parts: template.parts.map((part) => (typeof part === 'string' ? replace(part) : part)),
  };
};

/** The hosts this app may call with this connection; the declared ones, else those of its own addresses. */
export const listAllowedHosts = (connector: Connector, scope: Scope): string[] => {
  if (connector.allowedHosts !== undefined) return connector.allowedHosts;
  return [connector.baseUrl, ...Object.values(connector.servers ?? {})].flatMap((source) => {
    const url = source === undefined ? null : URL.parse(fillAddress(source, scope));
    return url === null ? [] : [url.host];
  });
};

/**
 * The address of a request, without the query of its templates.
 * @throws ExpressionError for values that cannot stand where they should; CodedError `blocked_address` for a host the
 *   app does not list
 */
export const buildAddress = (
  connector: Connector,
  request: Pick<Request, 'endpointTemplate' | 'server'> & { pathSchema?: JsonSchema },
  scope: Scope,
  allowedHosts: readonly string[],
  pagePath: { [name: string]: string | number } = {},
): string => {
  const endpoint = parseTemplate(request.endpointTemplate);
  const first = endpoint.parts[0];
  const filled = fillPlaceholders(
    endpoint,
    memberOf(scope as JsonObject, 'input'),
    request.pathSchema,
    credentialPlaces(connector),
    pagePath,
  );

  let address: string;
  if (typeof first === 'object') address = fillFree(filled, scope);
  else if (request.endpointTemplate === '' || first?.startsWith('/') === true)
    address = findBase(connector, request.server, scope) + fillWritten(filled, scope);
  else address = fillWritten(filled, scope);

  const url = URL.parse(address);
  if (url === null) throw new ExpressionError('bad_value', 'The address of the request cannot be read.');
  if (url.username !== '' || url.password !== '')
    throw new ExpressionError(
      'bad_value',
      'An address may not hold a user name or password: put them into a connection.',
    );
  if (!allowedHosts.some((entry) => allowsHost(entry, url.host)))
    throw egressError(
      'blocked_address',
      'address',
      'no',
      `"${showHost(address)}" is not a host of the app "${connector.app.key}".`,
    );
  return address.replace(/#.*$/s, '');
};

/**
 * The address of a next page, which a service names: as free as any text from outside, so it is judged like the first.
 * @param first address of the first page; where an app may call any host, further pages stay at that one
 * @throws CodedError `blocked_address`; ExpressionError `bad_value`
 */
export const checkNextAddress = (address: string, first: string, allowedHosts: readonly string[]): string => {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '' || !/^https?:$/.test(url.protocol))
    throw new ExpressionError(
      'bad_value',
      'The service names an address for the next page that cannot be called.',
    );
  const isAllowed = allowedHosts.includes('*')
    ? url.host === new URL(first).host
    : allowedHosts.some((entry) => allowsHost(entry, url.host));
  if (!isAllowed || (url.protocol === 'http:' && first.startsWith('https:')))
    throw egressError(
      'blocked_address',
      'address',
      'answered',
      `The next page is said to be at "${showHost(address)}", which is not a host of the app.`,
    );
  return url.href;
};

const findBase = (connector: Connector, server: string | undefined, scope: Scope): string => {
  const source = server === undefined ? connector.baseUrl : connector.servers?.[server];
  if (source === undefined)
    throw new CodedError({
      code: 'invalid_expression',
      message: `The app "${connector.app.key}" has no address for this request.`,
    });
  return fillAddress(source, scope).replace(/\/+$/, '');
};
