/** The types that sign say how, and no other type does. */
import { problem, quote, type Problem } from '../problem.ts';
import type { Auth, Signing } from '../types.ts';

const schemes: { [type in Auth['type']]?: Signing['scheme'] } = {
  HMAC: 'hmac',
  AWS_SIGV4: 'awsSigV4',
  OAUTH1: 'oauth1',
};

/** Keys of each scheme: those it needs, and those it may have. */
const keys: { [scheme in Signing['scheme']]: { needed: string[]; allowed: string[] } } = {
  awsSigV4: { needed: ['service', 'region'], allowed: [] },
  oauth1: {
    needed: [],
    allowed: ['signatureMethod', 'requestTokenUrl', 'authorizationUrl', 'accessTokenUrl'],
  },
  hmac: {
    needed: ['algorithm', 'key', 'content', 'encoding', 'headersTemplate'],
    allowed: ['keyEncoding'],
  },
};

const browserKeys = ['requestTokenUrl', 'authorizationUrl', 'accessTokenUrl'] as const;

export function checkSigning(auth: Auth, path: string): Problem[] {
  const { type, jwt, signing } = auth;
  const found: Problem[] = [];
  const add = (key: string, code: string, message: string) =>
    found.push(problem(`${path}/${key}`, code, message));
  if (type === 'JWT' && !jwt) add('jwt', 'missing_key', '"jwt" is missing; the type JWT needs it.');
  if (type !== 'JWT' && jwt)
    add(
      'jwt',
      'unknown_key',
      '"jwt" belongs to the type JWT; for an assertion of OAUTH2 put it into "oauth2".',
    );
  const scheme = schemes[type];
  if (!scheme && signing) add('signing', 'unknown_key', `"signing" does not belong to the type ${type}.`);
  if (scheme && !signing) add('signing', 'missing_key', `"signing" is missing; the type ${type} needs it.`);
  if (!scheme || !signing) return found;
  if (signing.scheme !== scheme) {
    add('signing/scheme', 'wrong_value', `The type ${type} has the scheme ${quote(scheme)}.`);
    return found;
  }
  const { needed, allowed } = keys[scheme];
  for (const key of needed)
    if (signing[key as keyof Signing] === undefined)
      add(`signing/${key}`, 'missing_key', `${quote(key)} is missing; the scheme ${quote(scheme)} needs it.`);
  // A sign-in in the browser needs all three of its addresses.
  if (browserKeys.some((key) => signing[key] !== undefined))
    for (const key of browserKeys)
      if (signing[key] === undefined)
        add(`signing/${key}`, 'missing_key', `${quote(key)} is missing; a sign-in needs all its addresses.`);
  for (const key of Object.keys(signing))
    if (key !== 'scheme' && !needed.includes(key) && !allowed.includes(key))
      add(`signing/${key}`, 'unknown_key', `${quote(key)} does not belong to the scheme ${quote(scheme)}.`);
  return found;
}
