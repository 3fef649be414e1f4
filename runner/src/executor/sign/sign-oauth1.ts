// OAuth 1.0 (RFC 5849), section 3: signed requests.
import { createHmac, createSign } from 'node:crypto';
import { ExpressionError } from '@weftline/connectors/expression';
import { encodeStrictly, readPairs, sortPairs } from './encode-strictly.ts';

export type Oauth1Method = 'HMAC-SHA1' | 'HMAC-SHA256' | 'RSA-SHA1' | 'PLAINTEXT';
export type Oauth1Keys = {
  consumerKey: string;
  consumerSecret: string;
  token?: string;
  tokenSecret?: string;
};
export type Oauth1Request = {
  method: string;
  url: string;
  /** The body where it is a form; its parameters are signed. */
  form: string | null;
};

/** RFC 5849, 3.4.1: what is signed. */
export const writeBase = (
  { method, url, form }: Oauth1Request,
  parameters: Readonly<Record<string, string>>,
): string => {
  const { protocol, host, pathname, search } = new URL(url);
  const pairs = [...readPairs(search), ...readPairs(form ?? ''), ...Object.entries(parameters)];
  const address = `${protocol}//${host}${pathname}`;
  return [method, address, sortPairs(pairs)].map(encodeStrictly).join('&');
};

/** RFC 5849, 3.4.3. @throws ExpressionError `bad_value` when the key is none */
const signByKey = (base: string, privateKey: string): string => {
  try {
    return createSign('RSA-SHA1').update(base).sign(privateKey.replaceAll('\\n', '\n'), 'base64');
  } catch {
    throw new ExpressionError(
      'bad_value',
      'The private key of the connection cannot be read; it must be PEM.',
    );
  }
};

/**
 * @param more further protocol parameters, such as `oauth_callback` and `oauth_verifier` of a sign-in
 * @returns the value of the header `authorization`; `timestamp` is seconds since 1970
 * @throws ExpressionError `bad_value` when RSA-SHA1 has no usable key
 */
export const signOauth1 = (
  request: Oauth1Request,
  { consumerKey, consumerSecret, token, tokenSecret }: Oauth1Keys,
  method: Oauth1Method,
  { timestamp, nonce }: { timestamp: number; nonce: string },
  more: Readonly<Record<string, string>> = {},
): string => {
  const parameters: Record<string, string> = {
    ...more,
    oauth_consumer_key: consumerKey,
    ...(token ? { oauth_token: token } : {}),
    oauth_signature_method: method,
    oauth_timestamp: String(timestamp),
    oauth_nonce: nonce,
  };
  const key = `${encodeStrictly(consumerSecret)}&${encodeStrictly(tokenSecret ?? '')}`;
  const signature =
    method === 'PLAINTEXT'
      ? key
      : method === 'RSA-SHA1'
        ? signByKey(writeBase(request, parameters), consumerSecret)
        : createHmac(method === 'HMAC-SHA1' ? 'sha1' : 'sha256', key)
            .update(writeBase(request, parameters))
            .digest('base64');
  const written = Object.entries({ ...parameters, oauth_signature: signature }).map(
    ([name, value]) => `${name}="${encodeStrictly(value)}"`,
  );
  return `OAuth ${written.join(', ')}`;
};
