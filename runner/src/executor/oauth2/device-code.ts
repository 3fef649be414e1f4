// Signing in with a short code that a person types at the service, on any device (RFC 8628).
import * as oauth from 'oauth4webapi';
import type { JsonObject } from '@weftline/connectors/json';
import type { Egress } from '../../platform/egress/create-egress.ts';
import { CodedError, isCodedError } from '../../platform/errors.ts';
import { captureFrom } from '../capture-values.ts';
import { fillAddress } from '@weftline/connectors/expression/fill-address';
import { createRedact } from '../redact.ts';
import { describeProvider, joinScopes } from './describe-provider.ts';
import { mergeTokens, readAnswer, readTokens } from './read-tokens.ts';
import type { StartOauth } from './start-oauth.ts';

export type DeviceSignIn = Omit<StartOauth, 'redirectUri' | 'state'> & { signal?: AbortSignal };

/** What a person needs, and the secret that asks for the token. Times are in seconds. */
export type DeviceCode = {
  deviceCode: string;
  userCode: string;
  verificationUri: string;
  /** The address with the code in it, where the service has one. */
  verificationUriComplete: string | null;
  expiresIn: number;
  interval: number;
};

export type DeviceAnswer =
  | { state: 'waiting'; slower: boolean }
  | { state: 'done'; credentials: { [name: string]: string }; learned: JsonObject };

const shortestInterval = 1;
const longestExpiry = 1_800;

/**
 * Asks for a code.
 * @throws CodedError `invalid_input`, `remote_refused`, `remote_unreachable`, `blocked_address`
 */
export const startDevice = async (
  given: DeviceSignIn,
  { egress, now }: { egress: Egress; now: () => number },
): Promise<DeviceCode> => {
  const provider = describeProvider({ ...given, egress, now });
  const { settings, client, clientAuth, scope } = provider;
  const endpoint = fillAddress(settings.deviceAuthorizationUrl ?? '', {
    connection: scope['connection'] ?? {},
  });
  const server = { ...provider.server, device_authorization_endpoint: endpoint };
  const scopes = settings.omitParams?.includes('scope') ? undefined : joinScopes(settings, given.scopes);
  try {
    const response = await oauth.deviceAuthorizationRequest(
      server,
      client,
      clientAuth,
      scopes === undefined ? {} : { [settings.scopeParam ?? 'scope']: scopes },
      provider.optionsFor(),
    );
    const answer = await oauth.processDeviceAuthorizationResponse(server, client, response);
    return {
      deviceCode: answer.device_code,
      userCode: answer.user_code,
      verificationUri: asPage(answer.verification_uri),
      verificationUriComplete:
        answer.verification_uri_complete === undefined ? null : asPage(answer.verification_uri_complete),
      expiresIn: Math.min(answer.expires_in, longestExpiry),
      interval: Math.max(answer.interval ?? 5, shortestInterval),
    };
  } catch (error) {
    if (isCodedError(error)) throw error;
    const said = error instanceof oauth.ResponseBodyError ? (error.error_description ?? error.error) : null;
    throw new CodedError({
      code: 'remote_refused',
      message: `"${new URL(endpoint).host}" gave no code to sign in with${said ? `: ${createRedact(provider.secrets).text(said.slice(0, 300))}` : ''}.`,
      cause: error,
    });
  }
};

/** A person opens it, so it must be a page of the web. */
const asPage = (address: string): string => {
  const url = URL.parse(address);
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url.href;
  throw new CodedError({
    code: 'response_invalid',
    message: 'The service names an address to sign in at that is no web address.',
  });
};

/**
 * Asks once whether the person has typed the code.
 * @throws CodedError `connection_expired` when the code is too old, `remote_refused` when the person or the service said
 *   no, and as readTokens
 */
export const pollDevice = async (
  given: DeviceSignIn & { deviceCode: string },
  { egress, now }: { egress: Egress; now: () => number },
): Promise<DeviceAnswer> => {
  const provider = describeProvider({ ...given, egress, now });
  const { server, client, clientAuth, settings } = provider;
  const response = await oauth.deviceCodeGrantRequest(
    server,
    client,
    clientAuth,
    given.deviceCode,
    provider.optionsFor(),
  );
  const answer = await readAnswer(response);
  const error = answer.body['error'];
  if (error === 'authorization_pending' || error === 'slow_down')
    return { state: 'waiting', slower: error === 'slow_down' };
  if (error === 'expired_token')
    throw new CodedError({
      code: 'connection_expired',
      message: 'The code is too old: start the sign-in again.',
    });
  if (error === 'access_denied')
    throw new CodedError({
      code: 'remote_refused',
      message: 'The sign-in was refused at the service.',
    });
  const redact = createRedact([...provider.secrets, given.deviceCode]);
  const host = new URL(server.token_endpoint ?? '').host;
  const tokens = readTokens(answer, now(), host, redact.text, settings);
  return {
    state: 'done',
    credentials: mergeTokens(given.credentials, tokens),
    learned: captureFrom(given.connector, provider.auth, 'tokenResponse', answer),
  };
};
