// The first half of a sign-in: the address a person is sent to.
import type { JsonObject } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi';
import type { Egress } from '../../platform/egress/create-egress.ts';
import { CodedError } from '../../platform/errors.ts';
import type { AgreedHosts } from '../agreed-hosts.ts';
import { describeProvider, fillAll, joinScopes } from './describe-provider.ts';

export type StartOauth = {
  tenantId: string;
  connector: Connector;
  authKey: string;
  config: JsonObject;
  credentials: { [name: string]: string };
  /** Where its secrets may be sent. */
  agreedHosts?: AgreedHosts;
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
  const { settings, server, client, scope } = describeProvider({ ...given, egress });
  if (settings.grant !== 'authorization_code')
    throw new CodedError({
      code: 'invalid_input',
      message: 'This way to sign in needs no browser: save the connection and press Test.',
    });
  const separator = settings.scopeSeparator ?? ' ';
  const codeVerifier = generateRandomCodeVerifier();
  const url = new URL(server.authorization_endpoint ?? '');
  const scopes = joinScopes(settings, given.scopes);
  const parameters: Record<string, string> = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: given.redirectUri,
    ...(scopes === undefined ? {} : { scope: scopes }),
  };
  for (const name of settings.omitParams ?? []) delete parameters[name];
  const { scope: scopeText, ...rest } = parameters;
  const more = Object.entries(settings.extraScopeParams ?? {})
    .filter(([, names]) => names.length > 0)
    .map(([name, names]) => [name, names.join(separator)] as const);
  const all = {
    ...fillAll(settings.authorizationParams, scope),
    ...rest,
    ...(scopeText === undefined ? {} : { [settings.scopeParam ?? 'scope']: scopeText }),
    ...Object.fromEntries(more),
    [settings.stateParam ?? 'state']: given.state,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return { authorizeUrl: url.href, codeVerifier };
};
