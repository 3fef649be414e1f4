/** A request that is signed in by another entry of `auth` than its connection was made with. Pure; runs in the browser too. */
import { isTemplate, parseTemplate } from '../expression/parse-template.ts';
import { listPaths } from '../expression/list-paths.ts';
import type { Json } from '../json.ts';
import type { Auth } from '../types.ts';
import { fixedCredentials, placementsOf, signInOf } from './fixed-credentials.ts';

/** The key that a request names; null where it is signed in as its connection is, or not at all. */
export function namedAuth({ auth }: { auth?: string | undefined }): string | null {
  return auth === undefined || auth === 'inherit' || auth === 'none' ? null : auth;
}

/** True for a way that gets a token of its own, from a token endpoint or a login, without a person. */
export function exchangesToken(auth: Auth): boolean {
  return auth.type === 'SESSION' || (auth.type === 'OAUTH2' && signInOf(auth) === 'none');
}

/** Names of credentials that nobody types in, because signing in gives them. */
export function givenCredentials(auth: Auth): string[] {
  if (auth.type === 'OAUTH2') return ['accessToken', 'refreshToken'];
  return auth.type === 'OAUTH1' && signInOf(auth) === 'redirect' ? ['token', 'tokenSecret'] : [];
}

export type AuthReads = {
  /** Names of credentials, without those that this way gives itself. */
  credentials: string[];
  /** Names of settings. */
  connection: string[];
  /** Something reads all credentials at once, or by a name that is computed. */
  isOpen: boolean;
};

/** What a way to sign in reads of a connection when it places, signs, exchanges and logs in. */
export function readsOf(auth: Auth): AuthReads {
  const credentials = new Set(fixedCredentials(auth).required);
  const connection = new Set<string>();
  let isOpen = false;
  const { oauth2, session, jwt, signing } = auth;
  for (const text of textsOf([placementsOf(auth), oauth2, session, jwt, signing] as unknown as Json))
    for (const { root, path } of pathsOf(text)) {
      const [name] = path;
      if (root === 'connection' && typeof name === 'string') connection.add(name);
      if (root !== 'credentials') continue;
      if (typeof name === 'string' && name !== '*') credentials.add(name);
      else isOpen = true;
    }
  if (exchangesToken(auth)) for (const name of givenCredentials(auth)) credentials.delete(name);
  return { credentials: [...credentials], connection: [...connection], isOpen };
}

function textsOf(value: Json | undefined): string[] {
  if (typeof value === 'string') return isTemplate(value) ? [value] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((member) => textsOf(member as Json));
}

/** None where a template does not parse, which is told elsewhere. */
function pathsOf(text: string): ReturnType<typeof listPaths> {
  try {
    return listPaths(parseTemplate(text));
  } catch {
    return [];
  }
}
