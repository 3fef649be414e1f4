// Signing in with OAuth 1.0 (RFC 5849, section 2): a temporary token, the person's consent, the token that stays.
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '@weftline/connectors/json';
import type { Auth, Connector } from '@weftline/connectors/types';
import type { Egress } from '../../platform/egress/create-egress.ts';
import { CodedError } from '../../platform/errors.ts';
import { assertAgreed, type AgreedHosts } from '../agreed-hosts.ts';
import { findAuth, listSecrets } from '../authorize.ts';
import { captureFrom } from '../capture-values.ts';
import { fillAddress } from '@weftline/connectors/expression/fill-address';
import { createRedact } from '../redact.ts';
import { signOauth1 } from './sign-oauth1.ts';

export type Oauth1SignIn = {
  tenantId: string;
  connector: Connector;
  authKey: string;
  config: JsonObject;
  /** `consumerKey` and `consumerSecret`. */
  credentials: { [name: string]: string };
  /** Where its secrets may be sent. */
  agreedHosts?: AgreedHosts;
  signal?: AbortSignal;
};

type Services = { egress: Egress; now: () => number };
type Temporary = { token: string; tokenSecret: string };

const mostBytes = 64 * 1024;

/**
 * @param callback our address, with the state in its query, where the person comes back to
 * @returns the address to open, and the temporary token that must be kept secret until then
 * @throws CodedError `remote_refused`, `remote_unreachable`, `blocked_address`
 */
export const startOauth1 = async (
  given: Oauth1SignIn,
  callback: string,
  services: Services,
): Promise<{ authorizeUrl: string; temporary: Temporary }> => {
  const { signing } = findAuth(given.connector, given.authKey);
  const answer = await ask(given, signing?.requestTokenUrl, {}, { oauth_callback: callback }, services);
  const temporary = readToken(answer);
  if (answer.get('oauth_callback_confirmed') !== 'true')
    throw new CodedError({
      code: 'remote_refused',
      message: 'The service does not take our address to come back to; it speaks an old, unsafe OAuth.',
    });
  const url = new URL(fillAddress(signing?.authorizationUrl ?? '', { connection: given.config }));
  url.searchParams.set('oauth_token', temporary.token);
  return { authorizeUrl: url.href, temporary };
};

/**
 * @param callback the query that the person came back with
 * @returns the credentials to seal, and settings learned
 * @throws CodedError `invalid_input` for a callback that does not fit, `remote_refused`, `remote_unreachable`
 */
export const finishOauth1 = async (
  given: Oauth1SignIn & { temporary: Temporary; callback: URLSearchParams },
  services: Services,
): Promise<{ credentials: { [name: string]: string }; learned: JsonObject }> => {
  const { temporary, callback, connector, authKey } = given;
  const auth = findAuth(connector, authKey);
  const verifier = callback.get('oauth_verifier');
  if (callback.get('oauth_token') !== temporary.token || !verifier)
    throw new CodedError({
      code: 'invalid_input',
      message: callback.has('denied')
        ? 'The sign-in was refused at the service.'
        : 'The sign-in does not belong to this connection or is too old: start it again.',
    });
  const answer = await ask(
    given,
    auth.signing?.accessTokenUrl,
    temporary,
    { oauth_verifier: verifier },
    services,
  );
  return {
    credentials: { ...given.credentials, ...readToken(answer) },
    learned: {
      ...captureFrom(connector, auth, 'callbackQuery', { callback: Object.fromEntries(callback) }),
      ...captureFrom(connector, auth, 'tokenResponse', { status: 200, body: Object.fromEntries(answer) }),
    },
  };
};

/** One signed POST; the answer is a form. */
const ask = async (
  given: Oauth1SignIn,
  address: string | undefined,
  token: Partial<Temporary>,
  more: Record<string, string>,
  { egress, now }: Services,
): Promise<URLSearchParams> => {
  const auth: Auth = findAuth(given.connector, given.authKey);
  const url = fillAddress(address ?? '', { connection: given.config });
  assertAgreed(given.connector, given.agreedHosts, url);
  const keys = { consumerKey: '', consumerSecret: '', ...given.credentials, ...withoutToken, ...token };
  const authorization = signOauth1(
    { method: 'POST', url, form: null },
    keys,
    auth.signing?.signatureMethod ?? 'HMAC-SHA1',
    { timestamp: Math.floor(now() / 1_000), nonce: randomBytes(16).toString('hex') },
    more,
  );
  const secrets = [...listSecrets(given.connector, auth, given.credentials), ...Object.values(token)];
  const answer = await egress.request({
    tenantId: given.tenantId,
    method: 'POST',
    url,
    headers: { authorization, 'user-agent': 'weftline', accept: 'application/x-www-form-urlencoded' },
    body: '',
    credentials: { headers: ['authorization'], query: [], inBody: false, values: secrets },
    followRedirects: false,
    maxResponseBytes: mostBytes,
    signal: given.signal,
  });
  const text = answer.body.toString('utf8');
  if (answer.status !== 200)
    throw new CodedError({
      code: answer.status >= 500 ? 'remote_unreachable' : 'remote_refused',
      message: `"${new URL(url).host}" gave no token: ${createRedact(secrets).text(text.slice(0, 300) || `status ${answer.status}`)}.`,
    });
  return new URLSearchParams(text);
};

/** A former token has no part in a new sign-in. */
const withoutToken = { token: '', tokenSecret: '' };

const readToken = (answer: URLSearchParams): Temporary => {
  const [token, tokenSecret] = [answer.get('oauth_token'), answer.get('oauth_token_secret')];
  if (!token || tokenSecret === null)
    throw new CodedError({ code: 'response_invalid', message: 'The service answered without a token.' });
  return { token, tokenSecret };
};
