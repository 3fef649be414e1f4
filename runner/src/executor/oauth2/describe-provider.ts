// A connector's `oauth2` in the words of oauth4webapi, with token requests going out through our own egress.
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { ExpressionError, parseTemplate } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import type { JsonObject } from '@weftline/connectors/json';
import type { Auth, Connector, OAuth2 } from '@weftline/connectors/types';
import * as oauth from 'oauth4webapi';
import type { Egress } from '../../platform/egress/create-egress.ts';
import { CodedError } from '../../platform/errors.ts';
import { assertAgreed, type AgreedHosts } from '../agreed-hosts.ts';
import { findAuth, listSecrets } from '../authorize.ts';
import { fillAddress } from '@weftline/connectors/expression/fill-address';
import { tokenFetch } from './fetch-token.ts';
import { namelessClient, proveClient } from './prove-client.ts';

export type Provider = {
  auth: Auth;
  settings: OAuth2;
  server: oauth.AuthorizationServer;
  client: oauth.Client;
  clientAuth: oauth.ClientAuth;
  /** What templates may read. */
  scope: Scope;
  /** Secret texts of the credentials. */
  secrets: string[];
  /** Options of a token request; `more` are further parameters and the callback of a sign-in. */
  optionsFor: (
    more?: Record<string, string>,
    callback?: Record<string, string>,
  ) => oauth.TokenEndpointRequestOptions;
};

export type ProviderInput = {
  tenantId: string;
  connector: Connector;
  authKey: string;
  config: JsonObject;
  /** `clientId` and what else the grant asks for. */
  credentials: { [name: string]: string };
  /** Where its secrets may be sent. */
  agreedHosts?: AgreedHosts;
  egress: Egress;
  now?: () => number;
  signal?: AbortSignal | undefined;
};

/** Templates of parameters or headers, filled; those without a value are left out. */
export const fillAll = (
  templates: Record<string, string> | undefined,
  scope: Scope,
): Record<string, string> => {
  const filled: Record<string, string> = {};
  for (const [name, template] of Object.entries(templates ?? {})) {
    const value = fillTemplate(parseTemplate(template), scope, { missing: 'drop', position: 'text' });
    if (value !== undefined && value !== '') filled[name] = value;
  }
  return filled;
};

/** Scopes of a sign-in or a token request, as the service wants them written; undefined when there are none. */
export const joinScopes = (settings: OAuth2, wanted?: readonly string[]): string | undefined => {
  const names = settings.scopes
    .filter(
      (scope) =>
        scope.required === true ||
        (wanted === undefined ? scope.default === true : wanted.includes(scope.name)),
    )
    .map(({ name }) => name);
  return names.length === 0 ? undefined : names.join(settings.scopeSeparator ?? ' ');
};

const describeServer = (settings: OAuth2, config: JsonObject): oauth.AuthorizationServer => {
  const fill = (address: string): string => fillAddress(address, { connection: config });
  const tokenUrl = fill(settings.tokenUrl);
  const signIn = settings.authorizationUrl === undefined ? tokenUrl : fill(settings.authorizationUrl);
  if (!/^https?:$/.test(URL.parse(signIn)?.protocol ?? ''))
    throw new ExpressionError('bad_value', 'The sign-in address is not an http or https address.');
  return {
    // No connector names its issuer; where a service sends one, finish-oauth compares its origin (RFC 9207).
    issuer: new URL(signIn).origin,
    authorization_endpoint: signIn,
    token_endpoint: tokenUrl,
    ...(settings.revokeUrl === undefined ? {} : { revocation_endpoint: fill(settings.revokeUrl) }),
  };
};

/** @throws CodedError `invalid_input` when this way to sign in is not OAuth2; ExpressionError for addresses that cannot be filled */
export const describeProvider = (given: ProviderInput): Provider => {
  const { connector, credentials, config, egress, tenantId, signal } = given;
  const auth = findAuth(connector, given.authKey);
  const settings = auth.oauth2;
  if (auth.type !== 'OAUTH2' || settings === undefined)
    throw new CodedError({
      code: 'invalid_input',
      message: `"${auth.label}" is not a sign-in at the service.`,
    });
  const clientId = credentials['clientId'] ?? '';
  if (clientId === '' && settings.grant !== 'jwt_bearer')
    throw new CodedError({ code: 'invalid_input', message: 'The client ID is missing.' });
  const scope = { connection: config, credentials };
  const secrets = listSecrets(connector, auth, credentials);
  return {
    auth,
    settings,
    server: describeServer(settings, config),
    client: { client_id: clientId === '' ? namelessClient : clientId },
    clientAuth: proveClient(settings, credentials, scope, given.now ?? Date.now),
    scope,
    secrets,
    optionsFor: (more = {}, callback = {}) => ({
      [oauth.customFetch]: tokenFetch({
        egress,
        tenantId,
        settings,
        parameters: { ...fillAll(settings.tokenParams, { ...scope, callback }), ...more },
        secrets,
        signal,
        check: (url) => assertAgreed(connector, given.agreedHosts, url),
      }) as never,
      // The egress decides where plain http may go, by EGRESS_ALLOW alone.
      [oauth.allowInsecureRequests]: true,
      headers: fillAll(settings.tokenHeaders, scope),
    }),
  };
};
