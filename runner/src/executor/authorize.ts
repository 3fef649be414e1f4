// Puts the credentials of a connection on a request, and says where they stand and which texts are secret.
import {
  evaluateCondition,
  ExpressionError,
  isTemplate,
  listPaths,
  parseTemplate,
} from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { encodeText } from '@weftline/connectors/expression/positions';
import { isJsonObject } from '@weftline/connectors/json';
import type { JsonObject } from '@weftline/connectors/json';
import { allowsHost } from '@weftline/connectors/rules/hosts';
import { credentialsSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import { placementsOf } from '@weftline/connectors/schemas/fixed-credentials';
import type { Auth, Connector } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';
import type { CredentialPlaces } from '../platform/egress/next-hop.ts';
import { CodedError } from '../platform/errors.ts';
import type { BuiltRequest } from './build-request.ts';
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

const publicFacts = new Set(['expiresAt', 'issuedAt', 'scope', 'tokenType']);

/** The secret texts of a connection: members marked `x-secret`, and the pair a BASIC header is made of. */
export const listSecrets = (
  connector: Connector,
  auth: Auth,
  credentials: { [name: string]: string },
): string[] => {
  const schema = credentialsSchemaOf(connector, auth);
  const secrets = Object.entries(credentials)
    .filter(([name]) => !publicFacts.has(name) && isSecretMember(schema, name))
    .map(([, value]) => value);
  if (auth.type === 'BASIC') {
    const pair = `${credentials['username'] ?? ''}:${credentials['password'] ?? ''}`;
    secrets.push(pair, Buffer.from(pair).toString('base64'));
  }
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

/**
 * The request with credentials in their places, signed where the app wants that. `now` is milliseconds since 1970.
 * @throws CodedError `blocked_address` for hosts the connection does not list; ExpressionError for credentials that
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
  if (placements.length === 0 && auth.signing === undefined) return { ...built, credentials: null };
  checkHost(connector, connection, built.url);

  const own = { credentials: connection.credentials, connection: connection.config };
  const token = auth.jwt === undefined ? undefined : await signJwt(auth.jwt, own, {}, now);
  const scope = { ...own, ...(token === undefined ? {} : { auth: { token } }) };
  const schema = credentialsSchemaOf(connector, auth);
  const headers = { ...built.headers };
  const query: string[] = [];
  const places = {
    headers: [] as string[],
    query: [] as string[],
    inBody: false,
    values: [
      ...listSecrets(connector, auth, connection.credentials),
      ...(token === undefined ? [] : [token]),
    ],
  };

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
    const lower = name.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower) || unsafeHeaders.has(lower))
      throw new ExpressionError('bad_value', 'The header name of the connection is not valid.');
    headers[lower] = value;
    places.headers.push(lower);
    if (readsSecret(schema, valueTemplate)) places.values.push(value.replace(/^(Bearer|Basic|Token) /i, ''));
  }
  const url =
    query.length === 0 ? built.url : `${built.url}${built.url.includes('?') ? '&' : '?'}${query.join('&')}`;
  if (auth.signing === undefined) return { ...built, url, headers, credentials: places };
  const signed = signRequest(auth.signing, { ...built, url, headers }, own, now);
  for (const name of Object.keys(signed)) {
    if (unsafeHeaders.has(name))
      throw new ExpressionError('bad_value', `The header ${name} cannot be signed.`);
    places.headers.push(name);
  }
  return { ...built, url, headers: { ...headers, ...signed }, credentials: places };
};
