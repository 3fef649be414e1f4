// How the client proves itself at a token endpoint.
import { randomUUID } from 'node:crypto';
import type { Scope } from '@weftline/connectors/expression';
import { tokenAuthMethodOf } from '@weftline/connectors/schemas/fixed-credentials';
import type { OAuth2 } from '@weftline/connectors/types';
import * as oauth from 'oauth4webapi';
import { CodedError } from '../../platform/errors.ts';
import { signJwt } from '../sign-jwt.ts';

/** oauth4webapi wants a name for every client; where a grant has none, this one stands in and is never sent. */
export const namelessClient = 'nameless';

const byAssertion =
  (settings: OAuth2, scope: Scope, now: () => number): oauth.ClientAuth =>
  async (server, client, body) => {
    if (settings.jwt === undefined)
      throw new CodedError({ code: 'invalid_input', message: 'The app does not say how to sign.' });
    const usual = {
      iss: client.client_id,
      sub: client.client_id,
      aud: server.token_endpoint ?? '',
      jti: randomUUID(),
    };
    body.set('client_id', client.client_id);
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    body.set('client_assertion', await signJwt(settings.jwt, scope, usual, now()));
  };

/** @throws CodedError `invalid_input` without the secret that the method needs */
export const proveClient = (
  settings: OAuth2,
  credentials: { [name: string]: string },
  scope: Scope,
  now: () => number,
): oauth.ClientAuth => {
  const method = tokenAuthMethodOf(settings);
  if (method === 'private_key_jwt') return byAssertion(settings, scope, now);
  if (method === 'none')
    return (_server, client, body) => {
      if (client.client_id !== namelessClient) body.set('client_id', client.client_id);
    };
  const secret = credentials['clientSecret'] ?? '';
  if (secret === '')
    throw new CodedError({ code: 'invalid_input', message: 'The client secret is missing.' });
  return method === 'client_secret_post' ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
};
