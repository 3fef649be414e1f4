// A connector's `oauth2` in the words of oauth4webapi, with token requests going out through our own egress.
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { ExpressionError, parseTemplate } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import type { JsonObject } from '@weftline/connectors/json';
import type { Auth, Connector, OAuth2 } from '@weftline/connectors/types';
import * as oauth from 'oauth4webapi';
import type { Egress } from '../../platform/egress/create-egress.ts';
import { CodedError } from '../../platform/errors.ts';
import { findAuth } from '../authorize.ts';
import { fillAddress } from '../fill-address.ts';

export type Provider = {
  auth: Auth;
  settings: OAuth2;
  server: oauth.AuthorizationServer;
  client: oauth.Client;
  clientAuth: oauth.ClientAuth;
  /** Options of every token request. */
  options: oauth.TokenEndpointRequestOptions;
};

export type ProviderInput = {
  tenantId: string;
  connector: Connector;
  authKey: string;
  config: JsonObject;
  /** `clientId` and, unless the client is public, `clientSecret`. */
  credentials: { [name: string]: string };
  egress: Egress;
  signal?: AbortSignal | undefined;
};

const fillAll = (templates: Record<string, string> | undefined, scope: Scope): Record<string, string> => {
  const filled: Record<string, string> = {};
  for (const [name, template] of Object.entries(templates ?? {})) {
    const value = fillTemplate(parseTemplate(template), scope, { missing: 'drop', position: 'text' });
    if (value !== undefined && value !== '') filled[name] = value;
  }
  return filled;
};

const pickClientAuth = (method: OAuth2['tokenAuthMethod'], secret: string): oauth.ClientAuth => {
  if (method === 'none') return oauth.None();
  if (secret === '')
    throw new CodedError({ code: 'invalid_input', message: 'The client secret is missing.' });
  return method === 'client_secret_post' ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
};

const fetchThrough =
  ({ egress, tenantId, signal }: ProviderInput) =>
  async (
    url: string,
    init: { method: string; headers: Record<string, string>; body?: unknown },
  ): Promise<Response> => {
    const answer = await egress.request({
      tenantId,
      method: init.method,
      url,
      headers: { ...init.headers, 'user-agent': 'weftline' },
      body: String(init.body ?? ''),
      credentials: { headers: ['authorization'], query: [], inBody: true, values: [] },
      maxResponseBytes: 1024 * 1024,
      signal,
    });
    const type = answer.headers['content-type'];
    const isEmpty = answer.status === 204 || answer.status === 304;
    return new Response(isEmpty ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: type === undefined ? {} : { 'content-type': type },
    });
  };

/** The parameters of the sign-in address that the connector adds. */
export const fillAuthorizationParams = (settings: OAuth2, config: JsonObject): Record<string, string> =>
  fillAll(settings.authorizationParams, { connection: config });

/** @throws CodedError `invalid_input` when this way to sign in is not OAuth2; ExpressionError for addresses that cannot be filled */
export const describeProvider = (given: ProviderInput): Provider => {
  const auth = findAuth(given.connector, given.authKey);
  const settings = auth.oauth2;
  if (auth.type !== 'OAUTH2' || settings === undefined)
    throw new CodedError({
      code: 'invalid_input',
      message: `"${auth.label}" is not a sign-in at the service.`,
    });
  const clientId = given.credentials['clientId'] ?? '';
  if (clientId === '') throw new CodedError({ code: 'invalid_input', message: 'The client ID is missing.' });
  const scope = { connection: given.config, credentials: given.credentials };
  const authorizationUrl = fillAddress(settings.authorizationUrl, { connection: given.config });
  if (!/^https?:$/.test(URL.parse(authorizationUrl)?.protocol ?? ''))
    throw new ExpressionError('bad_value', 'The sign-in address is not an http or https address.');
  return {
    auth,
    settings,
    server: {
      // No connector names its issuer; where a service sends one, finish-oauth compares its origin (RFC 9207).
      issuer: new URL(authorizationUrl).origin,
      authorization_endpoint: authorizationUrl,
      token_endpoint: fillAddress(settings.tokenUrl, { connection: given.config }),
    },
    client: { client_id: clientId },
    clientAuth: pickClientAuth(settings.tokenAuthMethod, given.credentials['clientSecret'] ?? ''),
    options: {
      [oauth.customFetch]: fetchThrough(given) as never,
      // The egress decides where plain http may go, by EGRESS_ALLOW alone.
      [oauth.allowInsecureRequests]: true,
      headers: fillAll(settings.tokenHeaders, scope),
      additionalParameters: fillAll(settings.tokenParams, scope),
    },
  };
};
