// Puts the credentials of a connection on a request, and says where they stand and which texts are secret.
import {
  evaluateCondition,
  ExpressionError,
  isTemplate,
  listPaths,
  parseTemplate,
} from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { encodeText } from '@weftline/connectors/expression/positions';
import { isJsonObject } from '@weftline/connectors/json';
import type { JsonObject } from '@weftline/connectors/json';
import { allowsHost } from '@weftline/connectors/rules/hosts';
import { credentialsSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import { placementsOf } from '@weftline/connectors/schemas/fixed-credentials';
import type { Auth, Connector, Placement } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';
import type { CredentialPlaces } from '../platform/egress/next-hop.ts';
import { CodedError } from '../platform/errors.ts';
import { agreedHostsOf, assertAgreed } from './agreed-hosts.ts';
import type { BuiltRequest } from './build-request.ts';
import { encodeSegment, placeInBody, placeInPath, writeCookie } from './place-credential.ts';
import { readSession, sessionCookies } from './session-names.ts';
import { signJwt } from './sign-jwt.ts';
import { signRequest } from './sign/sign-request.ts';
import type { OpenConnection } from './types.ts';

export type AuthorizedRequest = BuiltRequest & { credentials: CredentialPlaces | null };

const unsafeHeaders = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'te',
  'trailer',
  'expect',
]);

/** The way to sign in that a connection was made for. @throws CodedError `connection_expired` when the app has it no more */
export const findAuth = (connector: Connector, authKey: string): Auth => {
  const auth = connector.auth.find(({ key }) => key === authKey);
  if (auth === undefined)
    throw new CodedError({
      code: 'connection_expired',
      message: `This version of "${connector.app.name}" no longer has the way to sign in "${authKey}": reconnect the account.`,
    });
  return auth;
};

const isSecretMember = (schema: JsonObject, name: string): boolean => {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  if (!Object.hasOwn(properties, name)) return true; // what the schema does not know is taken as secret
  const member = properties[name];
  return isJsonObject(member) && member['x-secret'] === true;
};

/** True for a template that reads a secret member: a fixed version header beside a key is no secret. */
const readsSecret = (schema: JsonObject, template: string): boolean =>
  listPaths(parseTemplate(template)).some(
    ({ root, path }) => root === 'credentials' && isSecretMember(schema, String(path[0] ?? '')),
  );

const publicFacts = /^(auth\.[^.]*\.)?(expiresAt|issuedAt|scope|tokenType)$/;

/** The secret texts of a connection: members marked `x-secret`, and the pair a BASIC header is made of. */
export const listSecrets = (
  connector: Connector,
  auth: Auth,
  credentials: { [name: string]: string },
): string[] => {
  const schema = credentialsSchemaOf(connector, auth);
  const secrets = Object.entries(credentials)
    .filter(([name]) => !publicFacts.test(name) && isSecretMember(schema, name))
    .map(([, value]) => value);
  if (auth.type === 'BASIC') {
    const pair = `${credentials['username'] ?? ''}:${credentials['password'] ?? ''}`;
    secrets.push(pair, Buffer.from(pair).toString('base64'));
  }
  // One cookie of many may be echoed alone.
  for (const pair of (credentials[sessionCookies] ?? '').split('; '))
    if (pair.length > pair.indexOf('=') + 6) secrets.push(pair.slice(pair.indexOf('=') + 1));
  return secrets.filter((secret) => secret !== '');
};

const checkHost = (connector: Connector, connection: OpenConnection, url: string): void => {
  if (connector.allowedHosts?.includes('*') !== true) return;
  const { hosts } = connection.config;
  const allowed =
    connection.allowedHosts ?? (Array.isArray(hosts) ? hosts.filter((host) => typeof host === 'string') : []);
  const { host } = new URL(url);
  if (!allowed.some((entry) => entry !== '*' && allowsHost(entry, host)))
    throw egressError(
      'blocked_address',
      'address',
      'no',
      `The connection "${connection.name}" may not be used with "${host}": add that host to the connection, or take the connection out.`,
    );
};

type Placed = {
  url: string;
  headers: Record<string, string>;
  body: BuiltRequest['body'];
  /** `inHeaders`: what stands there, without the word of its scheme. */
  places: {
    headers: string[];
    query: string[];
    inHeaders: { template: string; value: string }[];
    inBody: boolean;
  };
};

/**
 * Fills placements and puts them on a request.
 * @throws ExpressionError for values that cannot stand in a header
 */
export const place = (placements: readonly Placement[], built: BuiltRequest, scope: Scope): Placed => {
  const headers = { ...built.headers };
  let { url: address, body } = built;
  const query: string[] = [];
  const places: Placed['places'] = { headers: [], query: [], inHeaders: [], inBody: false };
  for (const { in: where, name: nameTemplate, value: valueTemplate, when } of placements) {
    if (when !== undefined && !evaluateCondition(parseTemplate(when.trim()), scope, { missing: 'drop' }))
      continue;
    const name = isTemplate(nameTemplate)
      ? fillTemplate(parseTemplate(nameTemplate), scope, { missing: 'fail', position: 'text' })
      : nameTemplate;
    const value = fillTemplate(parseTemplate(valueTemplate), scope, {
      missing: 'drop',
      position: where === 'header' ? 'header' : 'text',
    });
    if (name === undefined || value === undefined || value === '') continue;
    if (where === 'query') {
      query.push(`${encodeText(name)}=${encodeText(value)}`);
      places.query.push(name);
      continue;
    }
    if (where === 'path') {
      address = placeInPath(address, name, value);
      // As it stands in the address it is a text of its own, and as secret.
      places.inHeaders.push({ template: valueTemplate, value: encodeSegment(value) });
      continue;
    }
    if (where === 'body') {
      body = placeInBody(body, name, value);
      places.inBody = true;
      continue;
    }
    if (where === 'cookie') {
      const pair = writeCookie(name, value);
      headers['cookie'] = headers['cookie'] === undefined ? pair : `${headers['cookie']}; ${pair}`;
      places.headers.push('cookie');
      continue;
    }
    const lower = name.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower) || unsafeHeaders.has(lower))
      throw new ExpressionError('bad_value', 'The header name of the connection is not valid.');
    // Cookies of the input stay beside the connection's.
    headers[lower] = lower === 'cookie' && headers['cookie'] ? `${headers['cookie']}; ${value}` : value;
    places.headers.push(lower);
    places.inHeaders.push({ template: valueTemplate, value: value.replace(/^(Bearer|Basic|Token) /i, '') });
  }
  const url =
    query.length === 0 ? address : `${address}${address.includes('?') ? '&' : '?'}${query.join('&')}`;
  return { url, headers, body, places };
};

/**
 * The request with credentials in their places, signed where the app wants that. `now` is milliseconds since 1970.
 * @throws CodedError `blocked_address` for hosts the connection does not list, `hosts_not_agreed` for those nobody agreed to; ExpressionError for credentials that
 *   cannot stand in a header
 */
export const authorize = async (
  connector: Connector,
  auth: Auth,
  connection: OpenConnection,
  built: BuiltRequest,
  now: number,
): Promise<AuthorizedRequest> => {
  const placements = placementsOf(auth);
  const cookies = auth.session?.cookies === true ? connection.credentials[sessionCookies] : undefined;
  if (placements.length === 0 && auth.signing === undefined && cookies === undefined)
    return { ...built, credentials: null };
  checkHost(connector, connection, built.url);
  assertAgreed(connector, await agreedHostsOf(connector, auth, connection), built.url);

  const own = { credentials: connection.credentials, connection: connection.config };
  const token = auth.jwt === undefined ? undefined : await signJwt(auth.jwt, own, {}, now);
  const given = auth.type === 'SESSION' ? readSession(connection.credentials) : token && { token };
  const { url, headers, body, places } = place(placements, built, given ? { ...own, auth: given } : own);
  if (cookies !== undefined) {
    headers['cookie'] = headers['cookie'] === undefined ? cookies : `${headers['cookie']}; ${cookies}`;
    places.headers.push('cookie');
  }
  const schema = credentialsSchemaOf(connector, auth);
  const credentials = {
    ...places,
    values: [
      ...listSecrets(connector, auth, connection.credentials),
      ...(token === undefined ? [] : [token]),
      ...places.inHeaders.filter(({ template }) => readsSecret(schema, template)).map(({ value }) => value),
    ],
  };
  if (auth.signing === undefined) return { ...built, url, headers, body, credentials };
  const signed = signRequest(auth.signing, { ...built, url, headers, body }, own, now);
  for (const name of Object.keys(signed)) {
    if (unsafeHeaders.has(name))
      throw new ExpressionError('bad_value', `The header ${name} cannot be signed.`);
    credentials.headers.push(name);
  }
  return { ...built, url, body, headers: { ...headers, ...signed }, credentials };
};
