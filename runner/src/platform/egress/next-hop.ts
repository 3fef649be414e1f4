// What a redirect turns a request into. Pure; the new address is judged like the first one before it is called.
import type { Body } from './body-stream.ts';
import { egressError } from './egress-error.ts';
import type { RawResponse } from './send-once.ts';

/** Where the credentials of a call stand, so that they can be taken off it. */
export type CredentialPlaces = {
  /** Header names, lower case. */
  headers: readonly string[];
  /** Query parameter names. */
  query: readonly string[];
  /** True if the body holds a credential. */
  inBody: boolean;
  /** The secret texts themselves, to find them where a service echoes them. */
  values: readonly string[];
};

export type Hop = {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: Body;
  credentials: CredentialPlaces | null;
};

const statuses = new Set([301, 302, 303, 307, 308]);

/** Headers that may cross to another origin: they hold neither an account nor a secret. */
const harmlessHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'idempotency-key',
  'user-agent',
]);

/** True if the answer asks for another address. */
export const isRedirect = (response: RawResponse): boolean =>
  statuses.has(response.status) && response.headers.location !== undefined;

const pickMethod = (status: number, method: string): string => {
  if (status === 303) return method === 'HEAD' ? 'HEAD' : 'GET';
  return (status === 301 || status === 302) && method === 'POST' ? 'GET' : method;
};

const dropBody = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));

const crossOrigin = (target: URL, hop: Hop): Hop => {
  const refuse = (why: string) =>
    egressError(
      'blocked_address',
      'redirect',
      'answered',
      `The redirect to "${target.host}" was not followed: ${why}.`,
    );
  const credentials = hop.credentials;
  for (const name of credentials?.query ?? []) target.searchParams.delete(name);
  if (credentials?.inBody === true && hop.body !== null) throw refuse('the body holds a credential');
  const href = target.href;
  if (
    credentials?.values.some(
      (value) => value !== '' && (href.includes(value) || href.includes(encodeURIComponent(value))),
    )
  )
    throw refuse('the new address holds a credential');
  return {
    ...hop,
    url: href,
    headers: Object.fromEntries(Object.entries(hop.headers).filter(([name]) => harmlessHeaders.has(name))),
    credentials: null,
  };
};

/**
 * The request that follows a redirect. Methods as browsers do it: POST becomes GET on 301 and 302, everything on 303.
 * To another origin only harmless headers go; https never goes down to http.
 * @param isAllowed says whether the operator lists a host:port
 * @throws CodedError `blocked_address` when it must not be followed
 */
export const nextHop = (hop: Hop, response: RawResponse, isAllowed: (url: URL) => boolean): Hop => {
  const { location } = response.headers;
  const from = new URL(hop.url);
  if (typeof location !== 'string')
    throw egressError(
      'blocked_address',
      'redirect',
      'answered',
      `"${from.host}" redirects to several addresses at once.`,
    );
  const target = URL.parse(location, from.href);
  if (target === null)
    throw egressError(
      'blocked_address',
      'redirect',
      'answered',
      `"${from.host}" redirects to an address that cannot be read.`,
    );
  if (from.protocol === 'https:' && target.protocol === 'http:' && !isAllowed(target))
    throw egressError(
      'blocked_address',
      'redirect',
      'answered',
      `"${from.host}" redirects from https to http.`,
    );
  target.hash = '';

  const method = pickMethod(response.status, hop.method);
  const isBodyKept = method === hop.method;
  const next: Hop = {
    url: target.href,
    method,
    headers: isBodyKept ? hop.headers : dropBody(hop.headers),
    body: isBodyKept ? hop.body : null,
    credentials: hop.credentials,
  };
  return target.origin === from.origin ? next : crossOrigin(target, next);
};
