// The second half of a sign-in: from the callback to tokens.
import type { JsonObject } from '@weftline/connectors/json';
import type { OAuth2 } from '@weftline/connectors/types';
import * as oauth from 'oauth4webapi';
import type { Egress } from '../../platform/egress/create-egress.ts';
import { CodedError, isCodedError } from '../../platform/errors.ts';
import { describeProvider } from './describe-provider.ts';
import type { Provider } from './describe-provider.ts';
import { captureFrom } from '../capture-values.ts';
import { createRedact } from '../redact.ts';
import { mergeTokens, readAnswer, readTokens } from './read-tokens.ts';
import type { StartOauth } from './start-oauth.ts';

export type FinishOauth = Omit<StartOauth, 'scopes'> & {
  /** The query of the callback. */
  callback: URLSearchParams;
  codeVerifier: string;
  signal?: AbortSignal;
};

const refuse = (message: string, cause?: unknown) =>
  new CodedError({ code: 'invalid_input', message, cause });

/** The callback with the names that RFC 6749 gives; some services have their own. */
const nameUsually = ({ stateParam, codeParam }: OAuth2, callback: URLSearchParams): URLSearchParams => {
  const named = new URLSearchParams(callback);
  for (const [usual, own] of [
    ['state', stateParam ?? 'state'],
    ['code', codeParam ?? 'code'],
  ] as const) {
    if (own === usual) continue;
    named.delete(usual);
    named.delete(own);
    for (const value of callback.getAll(own)) named.append(usual, value);
  }
  return named;
};

/** An answer of another service than the one we sent the person to would hand its code to this one's token endpoint. */
const checkIssuer = (provider: Provider, callback: URLSearchParams): oauth.AuthorizationServer => {
  const issuer = callback.get('iss');
  if (issuer === null) return provider.server;
  if (URL.parse(issuer)?.origin !== provider.server.issuer)
    throw refuse('The sign-in came back from another service.');
  return { ...provider.server, issuer };
};

const checkCallback = (
  server: oauth.AuthorizationServer,
  provider: Provider,
  given: FinishOauth,
): URLSearchParams => {
  const error = given.callback.get('error');
  if (error !== null && given.callback.get('state') === given.state) {
    const described = given.callback.get('error_description') ?? error;
    throw new CodedError({
      code: 'remote_refused',
      message:
        error === 'access_denied'
          ? 'The sign-in was refused at the service.'
          : `The service ended the sign-in: ${described.slice(0, 300)}.`,
    });
  }
  try {
    return oauth.validateAuthResponse(server, provider.client, given.callback, given.state);
  } catch (cause) {
    throw refuse('The sign-in does not belong to this connection or is too old: start it again.', cause);
  }
};

/**
 * Exchanges the code. Messages never show the secrets that took part.
 * @returns the credentials to seal: those given, with `accessToken`, `refreshToken`, `expiresAt`, `scope`; and settings learned
 * @throws CodedError `invalid_input` for a callback that does not fit, `remote_refused`, `connection_expired`,
 *   `remote_unreachable`, `blocked_address`
 */
export const finishOauth = async (
  given: FinishOauth,
  { egress, now }: { egress: Egress; now: () => number },
): Promise<{ credentials: { [name: string]: string }; scope: string | null; learned: JsonObject }> => {
  const provider = describeProvider({ ...given, egress, now });
  const callback = nameUsually(provider.settings, given.callback);
  const server = checkIssuer(provider, callback);
  const parameters = checkCallback(server, provider, { ...given, callback });
  let response: Response;
  try {
    response = await oauth.authorizationCodeGrantRequest(
      server,
      provider.client,
      provider.clientAuth,
      parameters,
      given.redirectUri,
      given.codeVerifier,
      provider.optionsFor({}, Object.fromEntries(given.callback)),
    );
  } catch (error) {
    throw isCodedError(error)
      ? error
      : refuse('The sign-in came back without a code: start it again.', error);
  }
  const redact = createRedact([...provider.secrets, given.codeVerifier, parameters.get('code') ?? '']);
  const host = new URL(server.token_endpoint ?? '').host;
  const answer = await readAnswer(response);
  const tokens = readTokens(answer, now(), host, redact.text, provider.settings);
  const { connector } = given;
  return {
    credentials: mergeTokens(given.credentials, tokens),
    scope: tokens.scope ?? null,
    learned: {
      ...captureFrom(connector, provider.auth, 'callbackQuery', {
        callback: Object.fromEntries(given.callback),
      }),
      ...captureFrom(connector, provider.auth, 'tokenResponse', answer),
    },
  };
};
