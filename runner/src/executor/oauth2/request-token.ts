// Token requests that need no person: a grant of the machine itself, and the renewal by a refresh token.
import { randomUUID } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import { CodedError } from '../../platform/errors.ts';
import { fillAddress } from '@weftline/connectors/expression/fill-address';
import { createRedact } from '../redact.ts';
import { signJwt } from '../sign-jwt.ts';
import { fillAll, joinScopes } from './describe-provider.ts';
import type { Provider } from './describe-provider.ts';
import { readAnswer, readTokens } from './read-tokens.ts';
import type { TokenAnswer, Tokens } from './read-tokens.ts';

export type Granted = { tokens: Tokens; answer: TokenAnswer };

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const read = async (provider: Provider, response: Response, now: number): Promise<Granted> => {
  const host = new URL(provider.server.token_endpoint ?? '').host;
  const answer = await readAnswer(response);
  const clean = createRedact(provider.secrets).text;
  return { answer, tokens: readTokens(answer, now, host, clean, provider.settings) };
};

const parametersOf = async (
  provider: Provider,
  credentials: { [name: string]: string },
  now: number,
): Promise<{ grantType: string; parameters: Record<string, string> }> => {
  const { settings, server, scope } = provider;
  const { grant, jwt } = settings;
  if (grant === 'password')
    return {
      grantType: grant,
      parameters: { username: credentials['username'] ?? '', password: credentials['password'] ?? '' },
    };
  if (grant !== 'jwt_bearer') return { grantType: grant, parameters: {} };
  if (jwt === undefined)
    throw new CodedError({ code: 'invalid_input', message: 'The app does not say how to sign.' });
  const usual = { aud: server.token_endpoint ?? '', jti: randomUUID() };
  return { grantType: jwtBearer, parameters: { assertion: await signJwt(jwt, scope, usual, now) } };
};

/**
 * Gets a token by the connector's own grant.
 * @param now milliseconds since 1970
 * @throws CodedError as readTokens
 */
export const requestToken = async (
  provider: Provider,
  credentials: { [name: string]: string },
  now: number,
): Promise<Granted> => {
  const { settings, server, client, clientAuth } = provider;
  const { grantType, parameters } = await parametersOf(provider, credentials, now);
  const scopes = settings.omitParams?.includes('scope') ? undefined : joinScopes(settings);
  const response = await oauth.genericTokenEndpointRequest(
    server,
    client,
    clientAuth,
    grantType,
    { ...parameters, ...(scopes === undefined ? {} : { [settings.scopeParam ?? 'scope']: scopes }) },
    provider.optionsFor(),
  );
  return read(provider, response, now);
};

/** Renews by refresh token. @throws CodedError as readTokens */
export const renewToken = async (provider: Provider, refreshToken: string, now: number): Promise<Granted> => {
  const { settings, server, client, clientAuth, scope } = provider;
  const token_endpoint =
    settings.refreshUrl === undefined
      ? server.token_endpoint
      : fillAddress(settings.refreshUrl, { connection: scope['connection'] ?? {} });
  const response = await oauth.refreshTokenGrantRequest(
    { ...server, ...(token_endpoint === undefined ? {} : { token_endpoint }) },
    client,
    clientAuth,
    refreshToken,
    provider.optionsFor(fillAll(settings.refreshParams, scope)),
  );
  return read(provider, response, now);
};
