// The first half of a sign-in: the address a person is sent to.
import type { JsonObject } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi';
import type { Egress } from '../../platform/egress/create-egress.ts';
import { describeProvider, fillAuthorizationParams } from './describe-provider.ts';

export type StartOauth = {
  tenantId: string;
  connector: Connector;
  authKey: string;
  config: JsonObject;
  credentials: { [name: string]: string };
  /** Our callback address, exactly as it is registered at the service. */
  redirectUri: string;
  /** Unguessable, made and remembered by the caller, used once. */
  state: string;
  /** Scopes the person chose; without it the required and the default ones. */
  scopes?: readonly string[];
};

/**
 * @returns the address to open, and the PKCE verifier that must be kept secret until the exchange
 * @throws CodedError `invalid_input`
 */
export const startOauth = async (
  given: StartOauth,
  { egress }: { egress: Egress },
): Promise<{ authorizeUrl: string; codeVerifier: string }> => {
  const { settings, server, client } = describeProvider({ ...given, egress });
  const wanted = settings.scopes.filter(
    (scope) =>
      scope.required === true ||
      (given.scopes === undefined ? scope.default === true : given.scopes.includes(scope.name)),
  );
  const codeVerifier = generateRandomCodeVerifier();
  const url = new URL(server.authorization_endpoint ?? '');
  const parameters = {
    ...fillAuthorizationParams(settings, given.config),
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: given.redirectUri,
    state: given.state,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (wanted.length > 0)
    url.searchParams.set('scope', wanted.map(({ name }) => name).join(settings.scopeSeparator ?? ' '));
  return { authorizeUrl: url.href, codeVerifier };
};
